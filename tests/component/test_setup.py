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

from harness import ROOT, Action, from_port, run_id_of, writes
from pd_incident_action.doctor import finding
from pd_incident_action.setup import resources
from pd_incident_simulator import Fault, Simulator

BLUEPRINTS = {"pagerdutyService", "pagerdutyIncident", "pagerdutySchedule", "incidentIOIncident"}


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
    assert (invocation["org"], invocation["repo"]) == ("octo", "shop")
    assert len(state.actions) == len(resources.slugs())
    assert set(state.webhooks) == {"pagerduty_incidents"}
    (subscription,) = empty.pagerduty.state.webhook_subscriptions.values()
    assert subscription["delivery_method"]["url"].startswith(empty.ingest.url)
    assert "added blueprint pagerdutySchedule" in result.log
    assert "pagerduty_create" in result.outputs["added"].split(",")
    assert f"{len(resources.slugs()) + 6} added" in result.summary
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
    assert "Setup complete: 4 added." in log
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
    action["invocationMethod"]["repo"] = "elsewhere"

    result = act("setup", webhooks="false", actions="create")
    assert result.code == 0, result.log
    incident, action = state.blueprints["pagerdutyIncident"], state.actions["pagerduty_create"]
    assert incident["title"] == "Störung"
    assert {"team", "priority"} <= set(incident["schema"]["properties"])
    assert action["title"] == "Page somebody"
    assert "floor" in action["trigger"]["userInputs"]["properties"]
    assert action["invocationMethod"]["repo"] == "shop"
    assert "changed blueprint pagerdutyIncident: + schema.properties.priority: {" in result.log
    assert (
        "changed action pagerduty_create: ~ invocationMethod.repo: elsewhere → shop" in result.log
    )
    assert result.outputs["changed"] == "pagerdutyIncident,pagerduty_create"


def test_synced_actions_come_with_their_automations(sim: Simulator, act: Action) -> None:
    result = act("setup", actions="create", webhook_actions="true", pagerduty_region="eu")
    assert result.code == 0, result.log
    actions = sim.port.state.actions
    assert set(actions) == {"pagerduty_create", "pagerduty_create_webhook", "pagerduty_create_sync"}
    url = actions["pagerduty_create_webhook"]["invocationMethod"]["url"]
    assert url == "https://api.eu.pagerduty.com/incidents"
    assert "added automation pagerduty_create_sync" in result.log
    assert "add PAGERDUTY_API_TOKEN in Port" in result.annotations("warning")[0]


@pytest.mark.parametrize(
    ("inputs", "url"),
    [
        ({}, "https://ingest.port.io/dry-run"),
        ({"port_region": "us"}, "https://ingest.us.port.io/dry-run"),
        ({"port_ingest_url": "https://in.example.com"}, "https://in.example.com/dry-run"),
    ],
)
def test_a_dry_run_shows_the_plan_and_changes_nothing(
    empty: Simulator, act: Action, tmp_path: Path, inputs: dict[str, Any], url: str
) -> None:
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    result = act("setup", dry_run="true", workflows="flows", **inputs)
    assert result.code == 0, result.log
    assert writes(empty.exchanges, "port", "pagerduty") == []
    assert empty.port.state.blueprints == {}
    assert not (tmp_path / "flows").exists()
    for what in (
        "blueprint pagerdutyIncident",
        "action pagerduty_escalate",
        "webhook pagerduty_incidents",
        "workflow flows/create.yml",
    ):
        assert f"would add {what}" in result.log
    planned = json.loads(result.outputs["plan"])["requests"]
    (subscription,) = [o["body"] for o in planned if o["url"].endswith("/webhook_subscriptions")]
    assert subscription["webhook_subscription"]["delivery_method"]["url"] == url


def test_workflows_are_written_and_not_overwritten(act: Action, tmp_path: Path) -> None:
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    wish: dict[str, Any] = {
        "actions": "create, escalate",
        "webhooks": "false",
        "workflows": ".github/workflows",
    }
    result = act("setup", **wish)
    assert result.code == 0, result.log
    listed = " Next: commit these workflows: .github/workflows/create.yml, .github/workflows/esca"
    assert listed in result.annotations("notice")[0]
    folder = tmp_path / ".github" / "workflows"
    assert sorted(path.name for path in folder.iterdir()) == ["create.yml", "escalate.yml"]
    example = (ROOT / "examples" / "workflows" / "create.yml").read_bytes()
    assert (folder / "create.yml").read_bytes() == example

    (folder / "create.yml").write_text("mine: true\n")
    kept = act("setup", **wish)
    assert (folder / "create.yml").read_text() == "mine: true\n"
    (warning,) = kept.annotations("warning")
    assert warning.startswith(".github/workflows/create.yml was left as it is")
    assert "Next:" not in kept.annotations("notice")[0]
    replaced = act("setup", **wish, overwrite="true")
    assert (folder / "create.yml").read_bytes() == example
    assert "changed workflow .github/workflows/create.yml" in replaced.log


def test_what_the_repository_lacks_is_listed(act: Action, tmp_path: Path) -> None:
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    wish: dict[str, Any] = {"actions": "create, escalate", "webhooks": "false"}
    (notice,) = act("setup", **wish).annotations("notice")
    assert notice.endswith(" Next: commit these workflows: create.yml, escalate.yml.")

    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "create.yml").write_text("on: workflow_dispatch\n")
    result = act("setup", **wish)
    assert "lacks inputs that the action sends: title, " in result.summary
    assert "/blob/v1/examples/workflows/escalate.yml" in result.summary

    for name in ("create.yml", "escalate.yml"):
        shutil.copy(ROOT / "examples/workflows" / name, folder)
    assert "Next:" not in act("setup", **wish).log


def test_a_link_out_of_the_workspace_is_not_followed(act: Action, tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (inside / "flows").symlink_to(outside)
    act.environment["GITHUB_WORKSPACE"] = str(inside)
    result = act("setup", actions="create", webhooks="false", workflows="flows")
    assert result.code == 1
    assert "the path leads out of the workspace" in result.annotations("error")[0]
    assert list(outside.iterdir()) == []


def test_a_folder_that_is_a_file_is_explained(act: Action, tmp_path: Path) -> None:
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    (tmp_path / "flows").write_text("")
    result = act("setup", actions="create", webhooks="false", workflows="flows")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "The workflows were not written to flows: File exists; use a folder" in error


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"actions": "create, escalat"}, "not 'escalat'. Did you mean 'escalate'?"),
        ({"actions": "zzz"}, "not 'zzz'; for example actions: create."),
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
        ({"port_ingest_url": "http://ingest.port.io"}, "'port-ingest-url' must be an https://"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_changed(
    sim: Simulator, act: Action, inputs: dict[str, Any], expected: str
) -> None:
    result = act("setup", **inputs)
    assert result.code == 1
    assert expected in result.annotations("error")[0]
    assert writes(sim.exchanges, "port", "pagerduty") == []


def test_without_a_repository_no_action_is_installed(sim: Simulator, act: Action) -> None:
    act.environment["GITHUB_REPOSITORY"] = ""
    result = act("setup")
    assert result.code == 1
    assert "GITHUB_REPOSITORY doesn't say which repository" in result.annotations("error")[0]
    assert writes(sim.exchanges, "port") == []


def test_a_missing_permission_is_named_and_a_rerun_goes_on(sim: Simulator, act: Action) -> None:
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


@pytest.mark.parametrize(
    "fault",
    [
        Fault("reset", method="POST", path="/v1/actions", processed=True),
        Fault("status", method="POST", path="/v1/actions", status=409, processed=True),
    ],
    ids=["answer lost", "somebody was faster"],
)
def test_what_exists_by_then_is_not_added_twice(sim: Simulator, act: Action, fault: Fault) -> None:
    sim.faults.add(fault)
    result = act("setup", webhooks="false", actions="create")
    assert result.code == 0, result.log
    assert set(sim.port.state.actions) == {"pagerduty_create"}


@pytest.mark.parametrize("status", [409, 422])
def test_another_refusal_ends_it(sim: Simulator, act: Action, status: int) -> None:
    sim.faults.add(Fault("status", method="POST", path="/v1/actions", status=status))
    result = act("setup", webhooks="false", actions="create")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert f"Port failed to add action 'pagerduty_create': it answered {status}" in error


def test_a_clock_that_is_wrong_is_a_warning(act: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = SimpleNamespace(time=lambda: time.time() + 3600, monotonic=time.monotonic)
    monkeypatch.setattr(finding, "time", fast)
    result = act("setup", webhooks="false", actions="none")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert "60 minutes ahead of Port's" in warning
