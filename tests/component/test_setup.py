"""``operation: setup``: a Port account that is ready, and stays as people made it."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness import ROOT, Action, Anew, from_port, run_id_of, writes
from pd_incident_action.doctor import finding
from pd_incident_action.port.jq_mapping import JqMapping
from pd_incident_action.setup import resources
from pd_incident_action.setup.workflows import RETIRED
from pd_incident_simulator import Fault, Simulator

OCEAN = "INTEGRATION_ACTION"
BLUEPRINTS = {path.stem for path in (ROOT / "port/blueprints").glob("*.json")}


@pytest.fixture
def empty(sim: Simulator) -> Simulator:
    """An account of Port's that nobody has set up."""
    sim.port.state.blueprints.clear()
    sim.port.state.entities.clear()
    return sim


def test_an_empty_account_gets_everything(empty: Simulator, act: Action) -> None:
    result = act("setup", catalog_errors="fail")

    assert result.code == 0, result.log
    assert result.annotations("warning") == []
    state = empty.port.state
    assert set(state.blueprints) == BLUEPRINTS
    create = state.actions["pagerduty_create"]
    invocation = create["invocationMethod"]
    assert (invocation["type"], invocation["installationId"]) == (OCEAN, "github-ocean")
    started = invocation["integrationActionExecutionProperties"]
    assert (started["org"], started["repo"], started["workflow"]) == ("octo", "shop", "create.yml")
    assert started["reportWorkflowStatus"] is True, "Ocean's default isn't what its docs say"
    assert len(state.actions) == len(resources.slugs())
    assert set(state.webhooks) == {"pagerduty_incidents"}
    (subscription,) = empty.pagerduty.state.webhook_subscriptions.values()
    assert subscription["delivery_method"]["url"].startswith(empty.ingest.url)
    assert "added blueprint pagerdutySchedule" in result.log
    assert "pagerduty_create" in result.outputs["added"].split(",")
    assert f"{len(resources.slugs()) + len(BLUEPRINTS) + 2} added" in result.summary
    secret = state.webhooks["pagerduty_incidents"]["security"]["secret"]
    assert f"::add-mask::{secret}" in result.log
    assert secret not in result.everything


def test_the_run_in_port_shows_what_was_done(empty: Simulator, act: Action) -> None:
    event = from_port(empty, None, actions="none", webhooks="false")
    act.environment["GITHUB_REPOSITORY"] = ""
    result = act("setup", event=event)
    assert result.code == 0, result.log
    log = "\n".join(empty.port.state.runs[run_id_of(event)].logs)
    assert "added blueprint pagerdutyIncident" in log
    assert f"Setup complete: {len(BLUEPRINTS)} added." in log
    assert (empty.port.state.actions, empty.port.state.webhooks) == ({}, {})


def test_a_second_time_changes_nothing(sim: Simulator, act: Action) -> None:
    act("setup", webhook_actions="true")
    before = len(sim.exchanges)
    again = act("setup", webhook_actions="true")
    assert again.code == 0, again.log
    assert writes(sim.exchanges[before:], "port", "pagerduty") == []
    assert (again.outputs["added"], again.outputs["changed"]) == ("", "")
    assert (again.outputs["created"], "added" in again.outputs["response"]) == ("false", False)
    assert re.search(r"Setup complete: \d+ unchanged\.", again.annotations("notice")[0])


def test_what_people_made_of_it_stays(sim: Simulator, act: Action) -> None:
    act("setup", webhooks="false", actions="create")
    state = sim.port.state
    incident = state.blueprints["pagerdutyIncident"]
    incident["title"] = "Störung"
    incident["schema"]["properties"]["team"] = {"type": "string", "title": "Team"}
    del incident["schema"]["properties"]["priority"]
    action = state.actions["pagerduty_create"]
    action["title"] = "Page somebody"
    action["trigger"]["userInputs"]["properties"]["floor"] = {"type": "number"}
    method = action["invocationMethod"]
    method["integrationActionExecutionProperties"]["repo"] = "elsewhere"

    result = act("setup", webhooks="false", actions="create")
    assert result.code == 0, result.log
    incident, action = state.blueprints["pagerdutyIncident"], state.actions["pagerduty_create"]
    assert incident["title"] == "Störung"
    assert {"team", "priority"} <= set(incident["schema"]["properties"])
    assert action["title"] == "Page somebody"
    assert "floor" in action["trigger"]["userInputs"]["properties"]
    method = action["invocationMethod"]
    assert method["integrationActionExecutionProperties"]["repo"] == "shop"
    assert "changed blueprint pagerdutyIncident: + schema.properties.priority: {" in result.log
    assert (
        "changed action pagerduty_create: ~ invocationMethod."
        "integrationActionExecutionProperties.repo: elsewhere → shop" in result.log
    )
    assert result.outputs["changed"] == "pagerdutyIncident,pagerduty_create"


def test_actions_move_to_ocean_and_back_in_place(sim: Simulator, act: Action) -> None:
    sim.port.state.integrations.clear()
    result = act("setup", webhooks="false", actions="create")
    assert result.code == 0, result.log
    assert result.annotations("warning") == [RETIRED]
    action = sim.port.state.actions["pagerduty_create"]
    assert action["invocationMethod"]["type"] == "GITHUB"
    action |= {"title": "Page", "icon": "Alert", "requiredApproval": {"type": "ANY"}}
    sim.port.state.install_ocean()
    for backend, kind in (("auto", OCEAN), ("github-app", "GITHUB")):
        result = act("setup", webhooks="false", actions="create", backend=backend)
        assert result.outputs["changed"] == "pagerduty_create", result.log
        moved = sim.port.state.actions["pagerduty_create"]
        assert moved["invocationMethod"]["type"] == kind
        for name in ("title", "icon", "requiredApproval", "id", "trigger"):
            assert moved[name] == action[name]


def test_of_several_integrations_an_action_keeps_its_own(sim: Simulator, act: Action) -> None:
    inputs: dict[str, Any] = {"webhooks": "false", "actions": "create"}
    act("setup", **inputs)
    sim.port.state.integrations.clear()
    for name in ("other", "third"):
        sim.port.state.install_ocean(name)
    result = act("setup", **inputs)
    method = sim.port.state.actions["pagerduty_create"]["invocationMethod"]
    assert method["installationId"] == "other", "the one that it had is gone"
    assert "several GitHub Ocean integrations (other, third)" in result.annotations("warning")[0]
    method["installationId"] = "third"
    assert act("setup", **inputs).outputs["changed"] == ""


def test_a_backend_that_can_not_start_anything_is_explained(anew: Anew) -> None:
    for backend, idle, expected in [
        ("ocean", (), "GitHub Ocean integration isn't installed; install it in Port"),
        ("ocean", ("mine",), "integration mine doesn't process actions; turn on actions"),
        ("auto", ("mine",), "integration mine doesn't process actions, so Port's app is used"),
        ("kafka", (), "'backend' must be one of auto, ocean, github-app"),
    ]:
        with anew() as (sim, act):
            sim.port.state.integrations.clear()
            for name in idle:
                sim.port.state.install_ocean(name, processes_actions=False)
            result = act("setup", webhooks="false", actions="create", backend=backend)
            assert result.code == (backend != "auto")
            assert expected in result.annotations("error" if result.code else "warning")[0]
            assert bool(writes(sim.exchanges, "port")) == (backend == "auto")


def test_an_odd_shape_is_found_before_anything_is_changed(anew: Anew) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        ("blueprint", {"schema": ["odd"]}),
        ("blueprint", {"schema": {"properties": ["odd"]}}),
        ("action", {"trigger": "self-service", "invocationMethod": {"type": "GITHUB"}}),
    ]
    for kind, body in cases:
        with anew() as (sim, act):
            name = {"blueprint": "pagerdutyIncident", "action": "pagerduty_create"}[kind]
            odd = json.dumps({"ok": True, kind: {"identifier": name, **body}})
            sim.faults.add(
                Fault("status", path=f"/v1/{kind}s/{name}", status=200, body=odd, count=None)
            )
            result = act("setup", webhooks="false", actions="create")
            assert result.code == 1
            (error,) = result.annotations("error")
            assert (
                f"Nothing was installed: {kind} '{name}' in Port has a shape that setup can't"
                in error
            )
            assert writes(sim.exchanges, "port") == []


def test_a_first_copy_fills_the_catalog(empty: Simulator, act: Action) -> None:
    act(title="Down", service="PSVC001", port_client_id=None)
    result = act("setup", actions="create", first_copy="true")
    assert result.code == 0, result.log
    entities = empty.port.state.entities
    assert {"PSVC001", "PSVC002"} <= set(entities["pagerdutyService"])
    assert entities["pagerdutyService"]["PSVC001"]["properties"]["oncall"] == "ada@example.com"
    assert set(entities["pagerdutyIncident"]) == set(empty.pagerduty.state.incidents)
    assert "Setup complete" in result.annotations("notice")[0]
    assert "Synced PagerDuty to Port" in result.annotations("notice")[0]


def test_what_is_installed_stays_where_the_first_copy_fails(empty: Simulator, act: Action) -> None:
    empty.faults.add(Fault("status", api="pagerduty", path="/services", status=403))
    result = act("setup", actions="create", webhooks="false", first_copy="true")
    assert result.code == 1
    assert "403" in result.annotations("error")[0]
    assert set(empty.port.state.actions) == {"pagerduty_create"}
    assert "Run operation: sync to copy the rest." in result.log


def test_a_form_picks_what_the_catalog_has(sim: Simulator, act: Action) -> None:
    inputs: dict[str, Any] = {"webhooks": "false", "actions": "override, sync, merge"}
    result = act("setup", **inputs)
    assert result.code == 0, result.log
    sync, override, merge = (
        sim.port.state.actions[f"pagerduty_{name}"]["trigger"]["userInputs"]["properties"]
        for name in ("sync", "override", "merge")
    )
    assert sync["service"]["items"]["blueprint"] == "pagerdutyService"
    assert merge["source_incidents"]["items"]["blueprint"] == "pagerdutyIncident"
    assert "format" not in override["assignee"]
    sim.port.state.entities["pagerdutyUser"] = {"PUSR001": {"identifier": "PUSR001"}}
    assert act("setup", **inputs).outputs["changed"] == "pagerduty_override"
    form = sim.port.state.actions["pagerduty_override"]["trigger"]["userInputs"]["properties"]
    assert (form["assignee"]["format"], form["assignee"]["blueprint"]) == (
        "entity",
        "pagerdutyUser",
    )


def test_a_dashboard_shows_what_is_installed_and_stays_as_users_arrange_it(
    sim: Simulator, act: Action
) -> None:
    result = act("setup", webhooks="false", actions="create", dashboard="true")
    assert result.code == 0, result.log
    page = sim.port.state.pages["pagerduty_incidents"]
    (board,) = page["widgets"]
    shown = {widget["id"] for widget in board["widgets"]}
    assert {"openByUrgency", "openByService", "onCall", "pages"} <= shown
    assert "sla" not in shown, "its action isn't installed"
    page["title"] = "Mine"
    again = act("setup", webhooks="false", dashboard="true")
    assert "unchanged page pagerduty_incidents" in again.log
    assert sim.port.state.pages["pagerduty_incidents"]["title"] == "Mine"


def test_synced_actions_come_with_their_automations(sim: Simulator, act: Action) -> None:
    wanted = "create, trigger"
    result = act("setup", actions=wanted, webhook_actions="true", pagerduty_region="eu")
    assert result.code == 0, result.log
    actions = sim.port.state.actions
    assert {"pagerduty_create_sync", "pagerduty_trigger_sync_status"} <= set(actions)
    for name, url in (
        ("create", "https://api.eu.pagerduty.com/incidents"),
        ("trigger", "https://events.eu.pagerduty.com/v2/enqueue"),
    ):
        assert actions[f"pagerduty_{name}_webhook"]["invocationMethod"]["url"] == url
    assert "added automation pagerduty_create_sync" in result.log
    secrets = "PAGERDUTY_API_TOKEN, PAGERDUTY_ROUTING_KEY"
    assert f"add {secrets} in Port" in result.annotations("warning")[0]


def test_incident_ios_severities_are_choices(sim: Simulator, act: Action) -> None:
    wanted: dict[str, Any] = {"actions": "incident-io-create", "webhook_actions": "true"}
    result = act("setup", **wanted, incident_io_token="inc-api-key")
    assert result.code == 0, result.log
    actions, names = sim.port.state.actions, ["Minor", "Major", "Critical"]
    for name, field in (("create_webhook", "severity_id"), ("create", "severity")):
        form = actions[f"incident_io_{name}"]["trigger"]["userInputs"]["properties"]
        assert form[field]["enum"] == names
    template = actions["incident_io_create_webhook"]["invocationMethod"]["body"]["severity_id"]
    expression = template.removeprefix("{{ ").removesuffix(" }}")
    chosen = {"inputs": {"severity_id": "Major"}}
    (found,) = JqMapping({"id": expression}).evaluate(chosen)[0].values()
    assert found in {one["id"] for one in sim.incident_io.state.severities.values()}
    # A second run, even without the key, changes nothing.
    again = act("setup", **wanted)
    assert (again.outputs["added"], again.outputs["changed"]) == ("", "")


def test_a_dry_run_shows_the_plan_and_changes_nothing(
    empty: Simulator, act: Action, tmp_path: Path
) -> None:
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "https://ingest.port.io/dry-run"),
        ({"port_region": "us"}, "https://ingest.us.port.io/dry-run"),
        ({"port_ingest_url": "https://in.example.com"}, "https://in.example.com/dry-run"),
    ]
    for inputs, url in cases:
        result = act("setup", dry_run="true", workflows="flows", **inputs)
        assert result.code == 0, result.log
        assert writes(empty.exchanges, "port", "pagerduty") == []
        planned = json.loads(result.outputs["plan"])["requests"]
        (body,) = [one["body"] for one in planned if one["url"].endswith("/webhook_subscriptions")]
        assert body["webhook_subscription"]["delivery_method"]["url"] == url
    assert empty.port.state.blueprints == {}
    assert not (tmp_path / "flows").exists()
    for what in (
        "blueprint pagerdutyIncident",
        "action pagerduty_escalate",
        "webhook pagerduty_incidents",
        "workflow flows/create.yml",
    ):
        assert f"would add {what}" in result.log


def test_workflows_are_written_and_not_overwritten(act: Action, tmp_path: Path) -> None:
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    inputs: dict[str, Any] = {
        "actions": "create, escalate",
        "webhooks": "false",
        "workflows": ".github/workflows",
    }
    result = act("setup", **inputs)
    assert result.code == 0, result.log
    listed = " Next: commit these workflows: .github/workflows/create.yml, .github/workflows/esca"
    assert listed in result.annotations("notice")[0]
    folder = tmp_path / ".github" / "workflows"
    assert sorted(path.name for path in folder.iterdir()) == ["create.yml", "escalate.yml"]
    example = (ROOT / "examples" / "workflows" / "create.yml").read_bytes()
    assert (folder / "create.yml").read_bytes() == example

    (folder / "create.yml").write_text("mine: true\n")
    kept = act("setup", **inputs)
    assert (folder / "create.yml").read_text() == "mine: true\n"
    (warning,) = kept.annotations("warning")
    assert warning.startswith(".github/workflows/create.yml was left as it is")
    assert "Next:" not in kept.annotations("notice")[0]
    replaced = act("setup", **inputs, overwrite="true")
    assert (folder / "create.yml").read_bytes() == example
    assert "changed workflow .github/workflows/create.yml" in replaced.log


def test_what_the_repository_lacks_is_listed(sim: Simulator, act: Action, tmp_path: Path) -> None:
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    inputs: dict[str, Any] = {"actions": "create, escalate", "webhooks": "false"}
    (notice,) = act("setup", **inputs).annotations("notice")
    assert notice.endswith(" Next: commit these workflows: create.yml, escalate.yml.")

    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "create.yml").write_text("on: workflow_dispatch\n")
    result = act("setup", **inputs)
    assert "lacks inputs that the action sends: title, " in result.summary
    assert "/blob/v1/examples/workflows/escalate.yml" in result.summary

    for name in ("create.yml", "escalate.yml"):
        shutil.copy(ROOT / "examples/workflows" / name, folder)
    assert "Next:" not in act("setup", **inputs).log

    invocation = sim.port.state.actions["pagerduty_create"]["invocationMethod"]
    invocation["integrationActionExecutionProperties"]["workflow"] = "page.yml"
    summary = act("setup", **inputs).summary
    assert "Next: commit these workflows: `page.yml`." in summary
    assert "examples/workflows/page.yml" not in summary


def test_a_folder_that_can_not_be_written_to_is_explained(act: Action, tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (inside / "flows").symlink_to(outside)
    (inside / "file").write_text("")
    act.environment["GITHUB_WORKSPACE"] = str(inside)
    for folder, problem in [
        ("flows", "the path leads out of the workspace"),
        ("file", "The workflows were not written to file: File exists; use a folder"),
    ]:
        result = act("setup", actions="create", webhooks="false", workflows=folder)
        assert result.code == 1
        assert problem in result.annotations("error")[0]
    assert list(outside.iterdir()) == []


def test_what_is_wrong_is_said_before_anything_is_changed(sim: Simulator, act: Action) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"actions": "create, escalat"}, "not 'escalat'. Did you mean 'escalate'?"),
        ({"actions": "zzz"}, ", update, not 'zzz'."),
        ({"scope": "service"}, "'scope' must be account, team: and a team's id"),
        ({"scope": "team:"}, "'scope' must be account, team: and a team's id"),
        ({"scope": "user:PU1"}, "not 'user:PU1'"),
        ({"scope": "service:Chekcout"}, "PagerDuty has no service 'Chekcout'"),
        (
            {"webhooks": "true", "pagerduty_token": None},
            "'pagerduty-token' is empty, but webhooks: true needs it",
        ),
        ({"workflows": "../elsewhere"}, "'workflows' must be a folder below the workspace"),
        ({"webhooks": "perhaps"}, "'webhooks' must be true or false"),
        ({"port_client_id": None}, "'port-client-id'"),
        ({"webhook_headers": "X-Env prod"}, "'webhook-headers' must be headers such as X-Team:"),
        (
            {"first_copy": "true", "pagerduty_token": None},
            "'pagerduty-token' is empty, but first-copy: true needs it",
        ),
        ({"port_ingest_url": "http://ingest.port.io"}, "'port-ingest-url' must be an https://"),
    ]
    cases.append(({}, "GITHUB_REPOSITORY doesn't say which repository"))
    for inputs, expected in cases:
        act.environment["GITHUB_REPOSITORY"] = "octo/shop" if inputs else ""
        result = act("setup", **inputs)
        assert result.code == 1
        assert expected in result.annotations("error")[0]
        assert writes(sim.exchanges, "port", "pagerduty") == []


def test_a_missing_permission_is_named_and_a_rerun_goes_on(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", path="/v1/integration", status=403))
    (error,) = act("setup", webhooks="false", actions="create").annotations("error")
    assert "use credentials with the permission read:integrations" in error
    assert writes(sim.exchanges, "port") == []
    sim.faults.add(Fault("status", method="POST", path="/v1/actions", status=403))
    result = act("setup", webhooks="false", actions="create")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "Port failed to add action 'pagerduty_create': it answered 403" in error
    assert "use credentials with the permission create:actions" in error
    assert "added blueprint pagerdutySchedule" in result.log
    again = act("setup", webhooks="false", actions="create")
    assert again.code == 0, again.log
    assert again.outputs["added"] == "pagerduty_create"


def test_what_exists_by_then_is_not_added_twice(anew: Anew) -> None:
    path = "/v1/actions"
    for fault, code in [
        (Fault("reset", method="POST", path=path, processed=True), 0),
        (Fault("status", method="POST", path=path, status=409, processed=True), 0),
        # What Port says exists, and doesn't.
        (Fault("status", method="POST", path=path, status=409), 1),
    ]:
        with anew() as (sim, act):
            sim.faults.add(fault)
            result = act("setup", webhooks="false", actions="create")
            assert result.code == code, result.log
            assert set(sim.port.state.actions) == ({"pagerduty_create"} if code == 0 else set())
            errors = " ".join(result.annotations("error"))
            named = "Port failed to add action 'pagerduty_create': it answered 409" in errors
            assert named == bool(code)


def test_a_clock_that_is_wrong_is_a_warning(act: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = SimpleNamespace(time=lambda: time.time() + 3600, monotonic=time.monotonic)
    monkeypatch.setattr(finding, "time", fast)
    result = act("setup", webhooks="false", actions="none")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert "60 minutes ahead of Port's" in warning
