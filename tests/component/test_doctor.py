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

from harness import ROOT, Action, Anew, credentials, from_port, run_id_of, writes
from markdown import plain
from pd_incident_action.setup.workflows import by_ocean
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
    action = by_ocean(action, [installation]) if installation else action
    sim.port.state.actions[identifier] = action | {"publish": True}


def maintain(sim: Simulator, service: str) -> None:
    now = datetime.now(UTC)
    sim.pagerduty.state.maintenance_windows["PMAINT1"] = {
        "id": "PMAINT1",
        "type": "maintenance_window",
        "start_time": (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_time": (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "services": [{"id": service, "type": "service_reference"}],
    }


def schema(sim: Simulator) -> dict[str, Any]:
    found: dict[str, Any] = sim.port.state.blueprints["pagerdutyIncident"]["schema"]
    return found


def relate(sim: Simulator, **relations: bool) -> None:
    """Give the incidents' blueprint other relations, required or not."""
    sim.port.state.blueprints["pagerdutyIncident"]["relations"] = {
        name: {"target": name, "title": name, "many": False, "required": required}
        for name, required in relations.items()
    }


def refuse(sim: Simulator, status: int, *paths: str) -> None:
    for path in paths:
        sim.faults.add(Fault("status", method="GET", path=path, status=status, count=None))


def findings(log: str) -> list[str]:
    """List the lines about what was found."""
    return re.findall(r"^[✓!✗] .*$", log, re.MULTILINE)


def test_a_repository_that_is_set_up_well_is_told_so(sim: Simulator, act: Action) -> None:
    install(sim)
    entities = json.dumps(sim.port.state.entities)
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
    assert json.dumps(sim.port.state.entities) == entities
    assert sim.pagerduty.state.incidents == {}
    written = {
        one.path for one in writes(sim.exchanges, "pagerduty", "events", "incident-io", "port")
    }
    assert all(path.startswith("/v1/actions/runs/") for path in written), "only its own run's"


def break_pagerduty(sim: Simulator) -> None:
    state = sim.pagerduty.state
    state.services["PSVC001"]["status"] = "disabled"
    state.priorities.pop("PPRIO02")
    state.custom_fields.pop("root_cause")
    state.notification_rules["PUSER1"].clear()
    sim.port.state.blueprints.pop("pagerdutyIncident")
    sim.port.state.start_run("r_ended")
    sim.port.state.runs["r_ended"].status = "FAILURE"


def lack_features(sim: Simulator) -> None:
    maintain(sim, "PSVC001")
    sim.pagerduty.state.missing_abilities |= {"priorities", "custom_fields"}
    refuse(sim, 404, "/users/PUSER2/*")
    schema(sim)["required"] = ["team", "status"]


def refuse_reading(sim: Simulator) -> None:
    sim.pagerduty.state.services["PSVC001"]["escalation_policy"]["id"] = "PPOL003"
    sim.pagerduty.state.services.pop("PSVC002")
    relate(sim, pagerdutyService=True, owner=True)
    refuse(sim, 403, "/priorities", "/incidents/types", "/v1/actions/runs/r_1")


ERRORS: list[tuple[Provoke | None, dict[str, Any], list[str]]] = [
    (
        None,
        {
            "config": """
                escalation-policies: {default: PGONE01, shop: Nonsense}
                assignees: {boss: bob@example.com, other: PGONE1}
                severities: {A: {workflows: Brigde, responders: ada@example.com}}
                custom-fields: {cause: Root cause}
            """,
            "blueprint": "mine",
            # PagerDuty itself finds parts of addresses.
            "from_": "ada@example.co",
            "incident_io_token": "wrong",
            "port_run_id": "r_unknown",
            "routing_key": "R012345",
            "service": "Chekcout",
        },
        [
            "escalation policy Nonsense: PagerDuty has no escalation policy 'Nonsense'",
            "failed to find escalation policy PGONE01 of the configuration file's escalation pol",
            "assignee 'boss': PagerDuty has no user 'bob@example.com'",
            "failed to find user PGONE1 of the configuration file's assignee 'other'",
            "severity 'A': PagerDuty has no incident workflow 'Brigde'",
            "custom field 'cause': PagerDuty has no custom field 'Root cause'",
            "blueprint mine: is not in this Port account",
            "from: PagerDuty has no user with the address ada@example.co; use the e-mail",
            "incident.io failed to recognise the API key",
            "Port run r_unknown: is not in this Port account",
            "routing-key: has 7 characters; an integration key has",
            "service Chekcout: PagerDuty has no service 'Chekcout'",
        ],
    ),
    (
        break_pagerduty,
        {"port_run_id": "r_ended"},
        [
            "service Checkout: is disabled: a page would reach nobody; enable it in PagerDuty.",
            "routing-key: pages service Checkout, which is disabled: events are dropped; enable",
            "severity 'SEV-2': PagerDuty has no priority 'PPRIO02'; use one of P1, P3",
            "custom field 'cause': PagerDuty has no custom field 'root_cause'; use its name, not",
            "on-call Ada Lovelace: can't be reached on level 1 of Platform: no notification rule",
            "blueprint pagerdutyIncident: is not in this Port account; run operation: setup",
            "Port run r_ended: has already ended (FAILURE)",
        ],
    ),
    (
        lack_features,
        {"incident_io_token": "inc-readonly-key"},
        [
            "service Checkout: is in maintenance: a page would reach nobody; end the maintenance",
            "routing-key: pages service Checkout, which is in maintenance: events are dropped",
            "priorities: the account's plan does not include priorities; leave priority out",
            "custom fields: the account's plan does not include custom fields",
            "on-call Grace Hopper: PagerDuty failed to list the notification rules of user PUSER2",
            "blueprint pagerdutyIncident: requires team, which the action does not write; make",
            "incident-io-token: may not create",
        ],
    ),
    (
        refuse_reading,
        {"routing_key": None, "port_run_id": "r_1"},
        [
            "escalation policy Nobody: nobody is on call on any level: a page",
            "failed to find service PSVC002 of the configuration file's service 'pay'",
            "priorities: PagerDuty failed to look up the priority: it answered 403",
            "custom fields: PagerDuty failed to list the incident types: it answered 403",
            "blueprint pagerdutyIncident: requires owner, which the action does not write",
            "Port run r_1: Port failed to find run r_1 of input 'port-run-id': it answered 403",
        ],
    ),
    (
        lambda sim: sim.pagerduty.state.integrations["PINTEG1"].update(
            type="generic_email_inbound_integration"
        ),
        {"pagerduty_token": "pd-user-token", "from_": "nobody@example.com"},
        [
            "to service Checkout, but to another kind of integration (generic email inbound integ",
            "from: PagerDuty has no user with the address nobody@example.com; use the e-mail",
        ],
    ),
    (
        lambda sim: refuse(sim, 403, "/v1/blueprints/mine"),
        {"pagerduty_token": "wrong", "blueprint": "mine"},
        [
            "failed to recognise pagerduty-token: it answered 401",
            "blueprint mine: Port failed to show blueprint 'mine': it answered 403",
        ],
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
            assert [one for one in errors if not any(one in text for text in told)] == []
            assert len(told) == len(errors), told
            assert (result.outputs["ok"], result.outputs["problems"]) == ("false", str(len(errors)))
            assert all(f"✗ {text.split(': ')[0]}: " in result.log for text in told)
            count = rf"\d+ checks: \d+ passed, {len(errors)} failed"
            assert re.search(count, unescape(result.summary))


def test_what_is_wrong_ends_the_port_run_with_every_reason(sim: Simulator, act: Action) -> None:
    sim.pagerduty.state.services["PSVC001"]["status"] = "disabled"
    event = from_port(sim, "PSVC001")
    result = act("doctor", event=event, routing_key=None)
    run = sim.port.state.runs[run_id_of(event)]
    assert (run.status, run.status_label) == ("FAILURE", "Doctor found a problem")
    assert result.annotations("error")[0] in plain("\n".join(run.logs))


def leave_gaps(sim: Simulator) -> None:
    first = {"escalation_level": 1, "user": {"id": "PUSER2", "summary": "Grace"}}
    body = json.dumps({"oncalls": [first], "more": False})
    sim.faults.add(Fault("status", path="/oncalls", status=200, body=body))
    sim.port.state.actions.clear()
    schema(sim)["properties"].pop("urgency")


def hide_from_people(sim: Simulator) -> None:
    # Two on one level, of whom one can be reached.
    first = sim.pagerduty.state.escalation_policies["PPOL001"]["escalation_rules"][0]
    first["targets"].append({"id": "PUSER4", "type": "user_reference"})
    sim.pagerduty.state.notification_rules["PUSER2"].clear()
    low = sim.pagerduty.state.notification_rules["PUSER1"][-1]
    sim.pagerduty.state.notification_rules["PUSER1"] = [low | {"urgency": "high"}]
    install(sim, org="<GITHUB_ORG>")
    relate(sim)


def forbid_rules(sim: Simulator) -> None:
    refuse(sim, 403, "/users/*/notification_rules")
    install(sim, workflow="page.yml")


WARNINGS: list[tuple[Provoke, dict[str, Any], list[str]]] = [
    (
        leave_gaps,
        {"service": "Payments", "from_": None, "routing_key": "E" * 32},
        [
            "from: isn't set, and PagerDuty requires it",
            "policy Payments on-call: nobody is on call on level 2; put somebody on call there",
            "routing-key: belongs to none of the services that can be seen",
            "blueprint pagerdutyIncident: lacks urgency, which entities are written without; add",
            "self-service actions: none of the 31 actions of port/actions is installed; run op",
        ],
    ),
    (
        hide_from_people,
        {"service": "Checkout"},
        [
            "on-call Ada Lovelace: is reached by email only (email now); add push, phone or sms",
            "on-call Margaret Hamilton: can't be reached on level 1 of Platform: no contact method",
            "on-call Grace Hopper: can't be reached on level 2 of Platform: no notification rule",
            "blueprint pagerdutyIncident: lacks pagerdutyService, which entities are",
            "pagerduty_create: starts a workflow of <GITHUB_ORG>/shop, not of octo/shop; set org",
        ],
    ),
    (
        forbid_rules,
        {"service": "Checkout"},
        [
            "rules: can't be read with these credentials, of Ada Lovelace, Grace Hopper; give the",
            "self-service action pagerduty_create: starts page.yml, not create.yml; check that",
        ],
    ),
]


def test_what_may_surprise_somebody_is_a_warning(anew: Anew, workflows: Path) -> None:
    for provoke, inputs, warnings in WARNINGS:
        with anew() as (sim, act):
            act.environment["GITHUB_WORKSPACE"] = str(workflows.parents[1])
            install(sim)
            provoke(sim)
            result = act("doctor", **inputs)
            assert result.code == 0, result.log
            told = result.annotations("warning")
            assert len(told) == len(warnings), told
            assert all(words in text for words, text in zip(warnings, told, strict=True)), told
            assert (result.outputs["ok"], result.outputs["problems"]) == ("true", "0")
            count = rf"\d+ checks: \d+ passed, {len(warnings)} warnings\."
            assert re.search(count, unescape(result.summary))


def test_setups_that_differ_from_ours_and_work_are_fine(sim: Simulator, act: Action) -> None:
    # Both official blueprints lack some property of the other.
    schema(sim)["properties"].pop("responder")
    blueprints = sim.port.state.blueprints
    blueprints["mine"] = blueprints.pop("pagerdutyIncident") | {"identifier": "mine"}
    install(sim, type="WEBHOOK", url="https://example.com")
    install(sim, "deploy", org="somebody")
    sim.pagerduty.state.services["PSVC001"]["status"] = "critical"
    # A workflow's node run can't be read.
    run_id = sim.port.state.start_run("wfnr_AbC123")
    given: dict[str, Any] = {"incident_io_token": "inc-api-key", "port_run_id": run_id}
    result = act("doctor", config=CONFIG, blueprint="mine", **given)
    assert result.annotations("warning") == result.annotations("error") == []
    assert "✓ self-service actions: 1 of 31 are installed, and this repository has" in result.log
    for name in ("mine", "pagerdutyService", "incidentIOIncident"):
        assert f"✓ blueprint {name}: has every property the action writes\n" in result.log


def test_what_starts_actions_is_said(sim: Simulator, act: Action, tmp_path: Path) -> None:
    install(sim)
    install(sim, "pagerduty_acknowledge", repo="other")
    install(sim, "pagerduty_escalate", installation="")
    install(sim, "pagerduty_note", installation="gone")
    result = act("doctor")
    expected = (
        "! self-service action pagerduty_acknowledge: starts a workflow of octo/other",
        "✓ self-service actions pagerduty_create, pagerduty_acknowledge: are started by GitHub",
        "! self-service actions pagerduty_escalate: are started by Port's GitHub app, which Port",
        "✗ self-service actions pagerduty_note: are started by GitHub Ocean integration gone, w",
        "✓ self-service actions: 1 of 31 are installed",
    )
    assert [text for text in expected if text not in result.log] == []
    refuse(sim, 403, "/v1/integration")
    act.environment["GITHUB_REPOSITORY"] = ""
    result = act("doctor")
    assert result.annotations("error") == [], "a member may not read the integrations"
    assert "✓ self-service actions: 4 of 31 are installed" in result.log
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    unknown = "4 of 31 are installed; whether this repository has their workflows isn't"
    assert unknown in act("doctor").annotations("warning")[-1]


DISPATCH = "on:\n  workflow_dispatch:\n    inputs:\n"
MORE = "      team: {required: true}\n      area: {required: true, default: all}\n"


def test_a_workflow_that_a_click_would_not_start_is_an_error(
    sim: Simulator, act: Action, workflows: Path
) -> None:
    install(sim)
    file = workflows / "create.yml"
    example = file.read_text(encoding="utf-8")
    for text, problem in [
        ("on: [push", "pagerduty_create: a click fails, since create.yml isn't usable YAML; take"),
        ("on: [push]", "create.yml has no trigger workflow_dispatch; take"),
        ("on: {push: }", "create.yml has no trigger workflow_dispatch"),
        ("on: workflow_dispatch", "create.yml lacks inputs that the action sends: title, "),
        (f"{DISPATCH}      title:\n", "create.yml lacks inputs that the action sends: severity, "),
        (
            example.replace("    inputs:\n", f"    inputs:\n{MORE}", 1),
            "create.yml requires inputs that the action doesn't send: team; take the file",
        ),
        ("", "self-service actions: a click fails, since .github/workflows lacks create.yml; "),
    ]:
        file.write_text(text, encoding="utf-8")
        if not text:
            file.unlink()
        result = act("doctor")
        (told,) = result.annotations("error")
        assert problem in told
        assert "✓ self-service actions: " not in result.log


def test_what_is_not_given_is_not_checked(sim: Simulator, act: Action) -> None:
    install(sim)
    result = act("doctor", pagerduty_token=None, routing_key=None)
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert warning.startswith("credentials: there are only Port's, so nobody can be paged; set p")
    assert "blueprint incidentIOIncident" not in result.log
    without: dict[str, Any] = {
        "pagerduty_token": None,
        "routing_key": None,
        "incident_io_token": "inc-api-key",
    }
    result = act("doctor", **without)
    assert "✓ blueprint incidentIOIncident: has every property the action writes" in result.log
    assert "pagerdutyIncident" not in result.log
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    result = act("doctor", routing_key="R" * 32)
    assert result.code == 0, result.log
    (finding,) = findings(result.log)
    assert finding.startswith("✓ routing-key: has the form of an integration key; to check which ")
    assert result.annotations("notice") == ["1 check passed."]
    asked = len(sim.exchanges)
    result = act("doctor")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "none is set" in error
    assert "pagerduty-token or routing-key" in error
    assert len(sim.exchanges) == asked


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


def test_whose_token_it_is_is_said(sim: Simulator, act: Action) -> None:
    result = act("doctor", pagerduty_token="pd-user-token", from_=None)
    assert result.code == 0, result.log
    assert "belongs to user Ada Lovelace <ada@example.com>" in result.log
    assert "✓ from: isn't needed with a user's own token\n" in result.log
    result = act("doctor", pagerduty_token="pd-user-token")
    assert "✓ from: ada@example.com is a user of this account\n" in result.log
    refuse(sim, 403, "/users/me")
    result = act("doctor", routing_key="R1123456789ABCDEF0123456789ABCDE")
    assert result.code == 0, result.log
    assert "belongs to the account (a general access key), region us" in result.log, "a narrow one"
    keys = [one["integration_key"] for one in sim.pagerduty.state.integrations.values()]
    assert not [key for key in keys if key in result.everything]
    assert "✓ routing-key: pages service Payments\n" in result.log


def test_trouble_that_heals_is_a_warning_and_other_trouble_no_obstacle_to_the_rest(
    sim: Simulator, act: Action
) -> None:
    install(sim)
    sim.faults.add(Fault(api="pagerduty", path="/users/me", kind="status", status=503))
    result = act("doctor")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert "PagerDuty's API: answers in" in warning
    assert "attempts failed" in warning
    refuse(sim, 503, "/users/me")
    result = act("doctor", timeout="4s")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "PagerDuty failed to recognise pagerduty-token: it answered 503" in error
    assert "✓ Port credentials: valid, region eu\n" in result.log


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
