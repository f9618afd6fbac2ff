"""``operation: doctor``: everything that a workflow needs is checked, and nothing is changed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import ROOT, Action, Anew, credentials, from_port, run_id_of
from markdown import plain
from pd_incident_action.setup.workflows import Backend
from pd_incident_simulator import Fault, Simulator

CONFIG = """
services: {default: shop, shop: PSVC001, pay: PSVC002}
escalation-policies: {pay: Platform}
assignees: {boss: ada@example.com, other: PUSER3}
severities: {SEV-1: {priority: p1}, SEV-2: {priority: PPRIO02}, quiet: {urgency: low}}
custom-fields: {cause: root_cause}
"""
Provoke = Callable[[Simulator], object]


@pytest.fixture(autouse=True)
def workflows(act: Action, tmp_path: Path) -> Path:
    """Check out a repository that has every workflow."""
    folder = tmp_path / "workspace/.github/workflows"
    shutil.copytree(ROOT / "examples/workflows", folder)
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path / "workspace")
    return folder


def install(
    sim: Simulator,
    identifier: str = "pagerduty_create",
    installation: str = "github-ocean",
    **method: str,
) -> None:
    """Install the action for creating incidents, as the file in port/actions has it."""
    action = json.loads((ROOT / "port" / "actions" / "create.json").read_text(encoding="utf-8"))
    action["identifier"] = identifier
    action["invocationMethod"] |= {"org": "octo", "repo": "shop"} | method
    backend = Backend((installation,) if installation else ())
    sim.port.state.actions[identifier] = backend.adapt(action, None) | {"publish": True}


def set_status(status: str) -> Provoke:
    return lambda sim: sim.pagerduty.state.services["PSVC001"].update(status=status)


def maintain(sim: Simulator) -> None:
    now = datetime.now(UTC)
    sim.pagerduty.state.maintenance_windows["PMAINT1"] = {
        "id": "PMAINT1",
        "type": "maintenance_window",
        "start_time": (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_time": (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "services": [{"id": "PSVC001", "type": "service_reference"}],
    }


def use_nobodys_policy(sim: Simulator) -> None:
    sim.pagerduty.state.services["PSVC001"]["escalation_policy"]["id"] = "PPOL003"


def empty_a_level(sim: Simulator) -> None:
    first = {"escalation_level": 1, "user": {"id": "PUSER2", "summary": "Grace"}}
    body = json.dumps({"oncalls": [first], "more": False})
    sim.faults.add(Fault("status", path="/oncalls", status=200, body=body))


def next_to_ada(user: str) -> Provoke:
    """Put somebody on call together with Ada."""

    def provoke(sim: Simulator) -> None:
        first = sim.pagerduty.state.escalation_policies["PPOL001"]["escalation_rules"][0]
        first["targets"].append({"id": user, "type": "user_reference"})

    return provoke


def email_only(sim: Simulator) -> None:
    """Let PagerDuty notify Ada by e-mail alone."""
    low = sim.pagerduty.state.notification_rules["PUSER1"][-1]
    sim.pagerduty.state.notification_rules["PUSER1"] = [low | {"urgency": "high"}]


def schema(sim: Simulator) -> dict[str, Any]:
    found: dict[str, Any] = sim.port.state.blueprints["pagerdutyIncident"]["schema"]
    return found


def relate(sim: Simulator, **relations: bool) -> None:
    """Give the incidents' blueprint other relations, required or not."""
    sim.port.state.blueprints["pagerdutyIncident"]["relations"] = {
        name: {"target": name, "title": name, "many": False, "required": required}
        for name, required in relations.items()
    }


def findings(log: str) -> list[str]:
    """List the lines about what was found."""
    return re.findall(r"^[✓!✗] .*$", log, re.MULTILINE)


def test_a_repository_that_is_set_up_well_is_told_so(sim: Simulator, act: Action) -> None:
    install(sim)
    event = from_port(sim, "PSVC003")
    result = act("doctor", event=event, config=CONFIG, incident_io_token="inc-api-key")

    assert result.code == 0, result.log
    assert (result.outputs["ok"], result.outputs["problems"]) == ("true", "0")
    assert result.annotations("error") == result.annotations("warning") == []
    for line in (
        "✓ pagerduty-token: belongs to the account (a general access key), region us",
        "✓ from: ada@example.com is a user of this account",
        "✓ service Database: found (PSVC003), pages Platform",
        "✓ service Checkout: found (PSVC001) as service 'shop', pages Platform",
        "✓ service Payments: found (PSVC002) as service 'pay', pages Payments on-call",
        "✓ escalation policy Platform: somebody is on call on every level, first Ada Lovelace",
        "✓ on-call Ada Lovelace: push now, phone after 5 min",
        "✓ on-call Grace Hopper: sms now, phone after 10 min",
        "✓ on-call Linus Low: push now",
        "✓ assignee 'boss': is Ada Lovelace",
        "✓ assignee 'other': is Linus Low",
        "✓ priorities: p1, PPRIO02 found",
        "✓ custom fields: root_cause found",
        "✓ routing-key: pages service Checkout",
        "✓ incident-io-token: is the key 'Incident action', and may do everything needed",
        "✓ blueprint pagerdutyIncident: has every property the action writes",
        "✓ blueprint incidentIOIncident: has every property the action writes",
        "✓ Port credentials: valid, region eu",
        f"✓ Port run {run_id_of(event)}: is in progress",
    ):
        assert result.log.count(f"{line}\n") == 1, line
    assert "PagerDuty's API: answers in" in result.log
    assert f"{len(findings(result.log))} checks passed." in result.summary
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "✓ service Checkout: found (PSVC001)" in log


def test_nothing_is_changed_and_no_event_is_sent(sim: Simulator, act: Action) -> None:
    entities = json.dumps(sim.port.state.entities)
    act("doctor", event=from_port(sim, "PSVC001"), config=CONFIG)
    asked = {(one.api, one.method, one.path) for one in sim.exchanges}
    assert {method for api, method, _ in asked if api != "port"} == {"GET"}
    writes = {path for api, method, path in asked if api == "port" and method != "GET"}
    assert all(path == "/v1/auth/access_token" or "/actions/runs/" in path for path in writes)
    assert json.dumps(sim.port.state.entities) == entities
    assert sim.pagerduty.state.incidents == {}


def test_doing_it_again_finds_the_same(act: Action) -> None:
    first, second = (act("doctor", config=CONFIG) for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    whats = [
        [one["what"] for one in json.loads(r.outputs["response"])["findings"]]
        for r in (first, second)
    ]
    assert whats[0] == whats[1]


ERRORS: list[tuple[Provoke | None, dict[str, Any], list[str]]] = [
    (
        set_status("disabled"),
        {},
        [
            "service Checkout: is disabled: a page would reach nobody; enable it in PagerDuty.",
            "routing-key: pages service Checkout, which is disabled: events are dropped; enable",
        ],
    ),
    (
        maintain,
        {},
        [
            "service Checkout: is in maintenance: a page would reach nobody; end the maintenance",
            "routing-key: pages service Checkout, which is in maintenance: events are dropped",
        ],
    ),
    (use_nobodys_policy, {}, ["escalation policy Nobody: nobody is on call on any level: a page"]),
    (
        lambda sim: sim.pagerduty.state.services.pop("PSVC002"),
        {"routing_key": None},
        ["failed to find service PSVC002 of the configuration file's service 'pay'"],
    ),
    (
        None,
        {"config": "escalation-policies: {default: PGONE01, shop: Nonsense}"},
        [
            "escalation policy Nonsense: PagerDuty has no escalation policy 'Nonsense'",
            "failed to find escalation policy PGONE01 of the configuration file's escalation pol",
        ],
    ),
    (
        None,
        {"config": "assignees: {boss: bob@example.com, other: PGONE1}"},
        [
            "assignee 'boss': PagerDuty has no user 'bob@example.com'",
            "failed to find user PGONE1 of the configuration file's assignee 'other'",
        ],
    ),
    (
        lambda sim: sim.pagerduty.state.priorities.pop("PPRIO02"),
        {},
        ["severity 'SEV-2': PagerDuty has no priority 'PPRIO02'; use one of P1, P3"],
    ),
    (
        lambda sim: sim.pagerduty.state.missing_abilities.add("priorities"),
        {},
        ["priorities: the account's plan does not include priorities; leave priority out"],
    ),
    (
        lambda sim: sim.pagerduty.state.custom_fields.pop("root_cause"),
        {},
        ["custom field 'cause': PagerDuty has no custom field 'root_cause'; use its name, not"],
    ),
    (
        None,
        {"config": "severities: {A: {workflows: Brigde, responders: ada@example.com}}"},
        ["severity 'A': PagerDuty has no incident workflow 'Brigde'"],
    ),
    (
        None,
        {"config": "custom-fields: {cause: Root cause}"},
        ["custom field 'cause': PagerDuty has no custom field 'Root cause'"],
    ),
    (
        lambda sim: sim.pagerduty.state.missing_abilities.add("custom_fields"),
        {},
        ["custom fields: the account's plan does not include custom fields"],
    ),
    (
        lambda sim: sim.faults.add(Fault("status", path="/priorities", status=403)),
        {},
        ["priorities: PagerDuty failed to look up the priority: it answered 403"],
    ),
    (
        lambda sim: sim.faults.add(Fault("status", path="/incidents/types", status=403)),
        {},
        ["custom fields: PagerDuty failed to list the incident types: it answered 403"],
    ),
    (
        lambda sim: sim.port.state.blueprints.pop("pagerdutyIncident"),
        {},
        ["blueprint pagerdutyIncident: is not in this Port account; run operation: setup"],
    ),
    (
        None,
        {"blueprint": "mine"},
        ["blueprint mine: is not in this Port account"],
    ),
    (
        lambda sim: sim.faults.add(
            Fault("status", path="/v1/blueprints/mine", status=403, count=None)
        ),
        {"blueprint": "mine"},
        ["blueprint mine: Port failed to show blueprint 'mine': it answered 403"],
    ),
    (
        lambda sim: schema(sim).update(required=["team", "status"]),
        {},
        ["blueprint pagerdutyIncident: requires team, which the action does not write; make"],
    ),
    (
        lambda sim: relate(sim, pagerdutyService=True, owner=True),
        {},
        ["blueprint pagerdutyIncident: requires owner, which the action does not write"],
    ),
    (
        None,
        {"pagerduty_token": "wrong"},
        ["failed to recognise pagerduty-token: it answered 401"],
    ),
    (
        None,
        {"from_": "nobody@example.com"},
        ["from: PagerDuty has no user with the address nobody@example.com; use the e-mail"],
    ),
    (
        None,
        {"pagerduty_token": "pd-user-token", "from_": "nobody@example.com"},
        ["from: PagerDuty has no user with the address nobody@example.com; use the e-mail"],
    ),
    (
        lambda sim: sim.pagerduty.state.notification_rules["PUSER1"].clear(),
        {},
        ["on-call Ada Lovelace: can't be reached on level 1 of Platform: no notification rule for"],
    ),
    (
        lambda sim: sim.faults.add(Fault("status", path="/users/PUSER2/*", status=404)),
        {},
        ["on-call Grace Hopper: PagerDuty failed to list the notification rules of user PUSER2: "],
    ),
    # PagerDuty itself finds parts of addresses.
    (None, {"from_": "ada@example.co"}, ["no user with the address ada@example.co;"]),
    (None, {"routing_key": "R012345"}, ["routing-key: has 7 characters; an integration key has"]),
    (
        lambda sim: sim.pagerduty.state.integrations["PINTEG1"].update(
            type="generic_email_inbound_integration"
        ),
        {},
        ["to service Checkout, but to another kind of integration (generic email inbound integ"],
    ),
    (
        None,
        {"port_client_secret": "wrong"},
        ["Port credentials: Port failed to issue an access token"],
    ),
    (
        None,
        {"port_client_secret": None},
        ["Port credentials: port-client-secret is missing, so nothing is reported to Port"],
    ),
    (None, {"incident_io_token": "wrong"}, ["incident.io failed to recognise the API key"]),
    (None, {"incident_io_token": "inc-readonly-key"}, ["incident-io-token: may not create"]),
    (None, {"service": "Chekcout"}, ["service Chekcout: PagerDuty has no service 'Chekcout'"]),
    (None, {"port_run_id": "r_unknown"}, ["Port run r_unknown: is not in this Port account"]),
    (
        lambda sim: sim.faults.add(
            Fault("status", method="GET", path="/v1/actions/runs/r_1", status=403)
        ),
        {"port_run_id": "r_1"},
        ["Port run r_1: Port failed to find run r_1 of input 'port-run-id': it answered 403"],
    ),
]


def test_what_will_fail_is_an_error(anew: Anew, workflows: Path) -> None:
    for provoke, inputs, errors in ERRORS:
        with anew() as (sim, act):
            act.environment["GITHUB_WORKSPACE"] = str(workflows.parents[1])
            install(sim)
            if provoke is not None:
                provoke(sim)
            result = act("doctor", **{"config": CONFIG, **inputs})
            assert result.code == 1
            told = result.annotations("error")
            assert len(told) == len(errors), told
            assert all(any(words in text for text in told) for words in errors), told
            assert (result.outputs["ok"], result.outputs["problems"]) == ("false", str(len(errors)))
            assert all(f"✗ {text.split(': ')[0]}: " in result.log for text in told)
            assert re.search(
                rf"\d+ checks: \d+ passed, {len(errors)} failed", unescape(result.summary)
            )


def test_an_ended_run_is_told(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001")
    sim.port.state.runs[run_id_of(event)].status = "FAILURE"
    result = act("doctor", event=event)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert f"Port run {run_id_of(event)}: has already ended (FAILURE)" in error


def test_what_is_wrong_ends_the_port_run_with_every_reason(sim: Simulator, act: Action) -> None:
    set_status("disabled")(sim)
    event = from_port(sim, "PSVC001")
    result = act("doctor", event=event, routing_key=None)
    run = sim.port.state.runs[run_id_of(event)]
    assert (run.status, run.status_label) == ("FAILURE", "Doctor found a problem")
    assert result.annotations("error")[0] in plain("\n".join(run.logs))


def test_what_may_surprise_somebody_is_a_warning(anew: Anew, workflows: Path) -> None:
    cases: list[tuple[Provoke | None, dict[str, Any], str]] = [
        (None, {"from_": None}, "from: isn't set, and PagerDuty requires it"),
        (
            empty_a_level,
            {"service": "Payments"},
            "policy Payments on-call: nobody is on call on level 2; put somebody on call there",
        ),
        (
            lambda sim: sim.pagerduty.state.notification_rules["PUSER2"].clear(),
            {"service": "Checkout"},
            "on-call Grace Hopper: can't be reached on level 2 of Platform: no notification rule",
        ),
        (
            next_to_ada("PUSER4"),
            {"service": "Checkout"},
            "on-call Margaret Hamilton: can't be reached on level 1 of Platform: no contact method",
        ),
        (
            email_only,
            {"service": "Checkout"},
            "on-call Ada Lovelace: is reached by email only (email now); add push, phone or sms",
        ),
        (
            lambda sim: sim.faults.add(
                Fault("status", path="/users/*/notification_rules", status=403, count=None)
            ),
            {"service": "Checkout"},
            "rules: can't be read with these credentials, of Ada Lovelace, Grace Hopper; give the",
        ),
        (
            lambda sim: install(sim, org="<GITHUB_ORG>"),
            {},
            "pagerduty_create: starts a workflow of <GITHUB_ORG>/shop, not of octo/shop; set org",
        ),
        (
            lambda sim: install(sim, workflow="page.yml"),
            {},
            "self-service action pagerduty_create: starts page.yml, not create.yml; check that",
        ),
        (
            lambda sim: sim.port.state.actions.clear(),
            {},
            "self-service actions: none of the 31 actions of port/actions is installed; run op",
        ),
        (
            lambda sim: schema(sim)["properties"].pop("urgency"),
            {},
            "blueprint pagerdutyIncident: lacks urgency, which entities are written without; add",
        ),
        (relate, {}, "blueprint pagerdutyIncident: lacks pagerdutyService, which entities are"),
        (
            None,
            {"routing_key": "E" * 32},
            "routing-key: belongs to none of the services that can be seen",
        ),
    ]
    for provoke, inputs, warning in cases:
        with anew() as (sim, act):
            act.environment["GITHUB_WORKSPACE"] = str(workflows.parents[1])
            install(sim)
            if provoke is not None:
                provoke(sim)
            result = act("doctor", **inputs)
            assert result.code == 0, result.log
            (told,) = result.annotations("warning")
            assert warning in told
            assert (result.outputs["ok"], result.outputs["problems"]) == ("true", "0")
            assert re.search(r"\d+ checks: \d+ passed, 1 warning\.", unescape(result.summary))


def test_what_is_as_good_is_fine(anew: Anew, workflows: Path) -> None:
    for provoke in [
        # Both official blueprints lack some property of the other.
        lambda sim: schema(sim)["properties"].pop("responder"),
        lambda sim: install(sim, type="WEBHOOK", url="https://example.com"),
        lambda sim: install(sim, "deploy", org="somebody"),
        set_status("critical"),
    ]:
        with anew() as (sim, act):
            act.environment["GITHUB_WORKSPACE"] = str(workflows.parents[1])
            install(sim)
            provoke(sim)
            # A workflow's node run can't be read.
            run_id = sim.port.state.start_run("wfnr_AbC123")
            result = act("doctor", config=CONFIG, port_run_id=run_id)
            assert result.annotations("warning") == result.annotations("error") == []
            assert (
                "✓ self-service actions: 1 of 31 are installed, and this repository has"
                in result.log
            )


def test_actions_that_start_something_else_are_named_beside_the_good_ones(
    sim: Simulator, act: Action
) -> None:
    install(sim)
    install(sim, "pagerduty_escalate", repo="other")
    result = act("doctor")
    assert "! self-service action pagerduty_escalate: starts a workflow of octo/other" in result.log
    assert "✓ self-service actions: 1 of 31 are installed" in result.log
    act.environment["GITHUB_REPOSITORY"] = ""
    assert "✓ self-service actions: 2 of 31 are installed" in act("doctor").log


def test_what_starts_actions_is_said(sim: Simulator, act: Action) -> None:
    install(sim)
    install(sim, "pagerduty_escalate", installation="")
    install(sim, "pagerduty_note", installation="gone")
    result = act("doctor")
    expected = (
        "✓ self-service actions pagerduty_create: are started by GitHub Ocean integration github-o",
        "! self-service actions pagerduty_escalate: are started by Port's GitHub app, which Port",
        "✗ self-service actions pagerduty_note: are started by GitHub Ocean integration gone, w",
    )
    assert [text for text in expected if text not in result.log] == []
    sim.faults.add(Fault("status", path="/v1/integration", status=403, count=None))
    assert act("doctor").annotations("error") == [], "a member may not read the integrations"


DISPATCH = "on:\n  workflow_dispatch:\n    inputs:\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "self-service actions: a click fails, since .github/workflows lacks create.yml; "),
        ("on: [push", "pagerduty_create: a click fails, since create.yml isn't usable YAML; take"),
        ("on: [push]", "create.yml has no trigger workflow_dispatch; take"),
        ("on: {push: }", "create.yml has no trigger workflow_dispatch"),
        ("on: workflow_dispatch", "create.yml lacks inputs that the action sends: title, "),
        (f"{DISPATCH}      title:\n", "create.yml lacks inputs that the action sends: severity, "),
        ("+", "create.yml requires inputs that the action doesn't send: team; take the file"),
    ],
)
def test_a_workflow_that_a_click_would_not_start_is_an_error(
    sim: Simulator, act: Action, workflows: Path, text: str | None, problem: str
) -> None:
    install(sim)
    file = workflows / "create.yml"
    more = "      team: {required: true}\n      area: {required: true, default: all}\n"
    if text is None:
        file.unlink()
    elif text == "+":
        example = file.read_text(encoding="utf-8")
        file.write_text(example.replace("    inputs:\n", f"    inputs:\n{more}", 1))
    else:
        file.write_text(text)
    result = act("doctor")
    assert result.code == 1
    (told,) = result.annotations("error")
    assert problem in told
    assert "✓ self-service actions: " not in result.log


def test_without_a_checkout_the_workflows_are_not_known(
    sim: Simulator, act: Action, tmp_path: Path
) -> None:
    install(sim)
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    (told,) = act("doctor").annotations("warning")
    assert "1 of 31 are installed; whether this repository has their workflows isn't" in told


def test_only_ports_credentials_page_nobody(sim: Simulator, act: Action) -> None:
    install(sim)
    result = act("doctor", pagerduty_token=None, routing_key=None)
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert warning.startswith("credentials: there are only Port's, so nobody can be paged; set p")


def test_a_routing_key_alone_is_one_check(act: Action) -> None:
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    result = act("doctor", routing_key="R" * 32)
    assert result.code == 0, result.log
    (finding,) = findings(result.log)
    assert finding.startswith("✓ routing-key: has the form of an integration key; to check which ")
    assert result.annotations("notice") == ["1 check passed."]


def test_without_any_credentials_it_says_what_to_set(sim: Simulator, act: Action) -> None:
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    result = act("doctor")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "none is set" in error
    assert "pagerduty-token or routing-key" in error
    assert sim.exchanges == []


def test_an_app_needs_no_more_than_reading(sim: Simulator, act: Action) -> None:
    app: dict[str, Any] = {
        "pagerduty_token": None,
        "pagerduty_client_id": "pd-oauth-client",
        "pagerduty_client_secret": "pd-oauth-secret",
        "pagerduty_subdomain": "acme",
    }
    install(sim)
    result = act("doctor", config=CONFIG, **app)
    assert result.code == 0, result.log
    assert "✓ PagerDuty app: signs in, region us\n" in result.log
    assert "✓ custom fields: root_cause found\n" in result.log
    assert "✓ on-call Ada Lovelace: push now, phone after 5 min\n" in result.log
    for sign_in in [one for one in sim.exchanges if one.api == "identity"]:
        assert b".write" not in sign_in.body


def test_a_users_own_token_needs_no_from(act: Action) -> None:
    result = act("doctor", pagerduty_token="pd-user-token", from_=None)
    assert result.code == 0, result.log
    assert "belongs to user Ada Lovelace <ada@example.com>" in result.log
    assert "✓ from: isn't needed with a user's own token\n" in result.log
    result = act("doctor", pagerduty_token="pd-user-token")
    assert "✓ from: ada@example.com is a user of this account\n" in result.log


def test_a_narrow_token_belongs_to_no_user(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", path="/users/me", status=403))
    result = act("doctor")
    assert result.code == 0, result.log
    assert "belongs to the account (a general access key), region us" in result.log


def test_no_secret_is_shown(sim: Simulator, act: Action) -> None:
    result = act("doctor", config=CONFIG, routing_key="R1123456789ABCDEF0123456789ABCDE")
    keys = [one["integration_key"] for one in sim.pagerduty.state.integrations.values()]
    assert keys
    assert not [key for key in keys if key in result.everything]
    assert "✓ routing-key: pages service Payments\n" in result.log


def test_bad_input_and_a_broken_file_are_told_before_anything_is_asked(
    sim: Simulator, act: Action
) -> None:
    result = act("doctor", config="servces: {a: PSVC001}", service="x" * 300)
    assert result.code == 1
    assert len(result.annotations("error")) == 2
    assert [one for one in sim.exchanges if one.api == "pagerduty"] == []


def test_an_api_that_is_down_is_told_and_the_others_are_looked_at(
    sim: Simulator, act: Action
) -> None:
    sim.faults.add(Fault(api="pagerduty", path="/users/me", kind="status", status=503, count=99))
    result = act("doctor", timeout="4s")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "PagerDuty failed to recognise pagerduty-token: it answered 503" in error
    assert "✓ Port credentials: valid, region eu\n" in result.log


def test_trouble_that_heals_is_a_warning(sim: Simulator, act: Action) -> None:
    install(sim)
    sim.faults.add(Fault(api="pagerduty", path="/users/me", kind="status", status=503))
    result = act("doctor")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert "PagerDuty's API: answers in" in warning
    assert "attempts failed" in warning


def test_the_file_of_the_repository_is_looked_at(
    sim: Simulator, act: Action, tmp_path: Path
) -> None:
    folder = tmp_path / "repository" / ".github"
    folder.mkdir(parents=True)
    (folder / "pd-incident.yml").write_text("services: {shop: PSVC999}", encoding="utf-8")
    act.environment["GITHUB_WORKSPACE"] = str(folder.parent)
    result = act("doctor")
    assert result.code == 1
    assert "the configuration file's service 'shop'" in result.annotations("error")[0]
    assert sim.pagerduty.state.incidents == {}


def test_the_scheduled_example_looks_at_all_systems(sim: Simulator, act: Action) -> None:
    install(sim)
    path = ROOT / "examples/scheduled/doctor.yml"
    example = yaml.safe_load(path.read_text(encoding="utf-8"))
    _, step = example["jobs"]["doctor"]["steps"]
    secrets = {**credentials(), "incident-io-token": "inc-api-key"}
    given = {name: secrets.get(name, value) for name, value in step["with"].items()}
    assert not [value for value in given.values() if "${{" in value]
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    result = act(**{name.replace("-", "_"): value for name, value in given.items()})
    assert result.code == 0, result.log
    assert {one.api for one in sim.exchanges} == {"pagerduty", "port", "incident-io"}
