"""``operation: check-sla``: SLA breaches are noted once, and warned about every time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import ACCOUNT_TOKEN, ROOT, Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty.seed_history import seed_incidents

CONFIG = """\
severities:
  SEV-1: {urgency: high, acknowledge-within: 5m, resolve-within: 4h}
  SEV-4: {urgency: low, acknowledge-within: 1h}
"""
NOT_TAKEN = "Target of SEV-1 missed: not acknowledged within 5 min."
NOT_DONE = "Target of SEV-1 missed: not resolved within 4 h."


@pytest.fixture
def late(sim: Simulator) -> list[dict[str, Any]]:
    """Open incidents of which two are past a target; the youngest is in time."""
    state = sim.pagerduty.state
    old = seed_incidents(state, 1, "PSVC001", days=1, status="triggered")
    old += seed_incidents(state, 1, "PSVC002", days=0.5, status="acknowledged")
    seed_incidents(state, 1, "PSVC001", days=0.01, status="triggered", urgency="low")
    seed_incidents(state, 5, "PSVC001", days=3)
    return old


def notes(sim: Simulator, incident: dict[str, Any]) -> list[str]:
    return [note["content"] for note in sim.pagerduty.state.notes.get(incident["id"], [])]


def test_a_check_warns_notes_and_updates_the_catalog(
    sim: Simulator, act: Action, late: list[dict[str, Any]]
) -> None:
    event = from_port(sim, None)
    result = act("check-sla", event=event, config=CONFIG)

    assert result.code == 0, result.log
    first, second = late
    assert result.outputs["breached"] == f"{first['id']},{second['id']}"
    assert result.outputs["incident-ids"] == result.outputs["breached"]
    assert result.outputs["count"] == "2"
    warnings = result.annotations("warning")
    assert warnings == [
        (
            f"#{first['incident_number']} {first['title']} (Checkout) has gone 1 d without "
            "acknowledgement or resolution; the SEV-1 targets are 5 min and 4 h."
        ),
        (
            f"#{second['incident_number']} {second['title']} (Payments) has gone 12 h without "
            "resolution; the SEV-1 target is 4 h."
        ),
    ]
    assert notes(sim, first) == [NOT_TAKEN, NOT_DONE]
    assert notes(sim, second) == [NOT_DONE]
    entity = sim.port.state.entities["pagerdutyIncident"][first["id"]]
    assert entity["properties"]["status"] == "triggered"
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "2 of 3 open incidents breach their SLA targets: #" in log
    assert all(warning in log for warning in warnings)
    assert first["html_url"] in result.summary


def test_a_second_check_warns_again_but_notes_nothing(
    sim: Simulator, act: Action, late: list[dict[str, Any]]
) -> None:
    act("check-sla", config=CONFIG)
    result = act("check-sla", config=CONFIG)
    assert result.outputs["count"] == "2"
    assert len(result.annotations("warning")) == 2
    assert [len(notes(sim, incident)) for incident in late] == [2, 1]


def test_a_note_whose_answer_is_lost_is_there_once(
    sim: Simulator, act: Action, late: list[dict[str, Any]]
) -> None:
    path = f"/incidents/{late[1]['id']}/notes"
    sim.faults.add(
        Fault(api="pagerduty", method="POST", path=path, kind="reset", processed=True, count=1)
    )
    result = act("check-sla", config=CONFIG)
    assert result.code == 0, result.log
    assert notes(sim, late[1]) == [NOT_DONE]
    assert len(result.annotations("warning")) == 2


def test_on_request_the_step_fails(sim: Simulator, act: Action, late: list[dict[str, Any]]) -> None:
    result = act("check-sla", event=from_port(sim, None), config=CONFIG, fail="true")
    assert result.code == 1
    assert len(result.annotations("error")) == 2
    assert result.annotations("warning") == []
    assert result.outputs["count"] == "2"
    assert notes(sim, late[1]) == [NOT_DONE]


@pytest.mark.usefixtures("late")
def test_a_service_in_time_passes(act: Action) -> None:
    result = act("check-sla", config=CONFIG, fail="true", service="Database")
    assert result.code == 0, result.log
    assert "No incident is open." in result.log
    assert (result.outputs["breached"], result.outputs["count"]) == ("", "0")


def test_what_is_triggered_again_had_been_acknowledged(sim: Simulator, act: Action) -> None:
    (incident,) = seed_incidents(sim.pagerduty.state, 1, "PSVC001", days=0.1, status="triggered")
    act("acknowledge", incident=incident["id"])
    incident.update(status="triggered", acknowledgements=[])
    result = act("check-sla", config=CONFIG)
    assert result.code == 0, result.log
    assert "None of 1 open incident breaches its SLA target." in result.log


def test_of_very_many_some_are_named(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 12, "PSVC001", days=30, status="acknowledged")
    result = act("check-sla", config=CONFIG)
    assert "12 of 12 open incidents breach their SLA targets: " in result.log
    assert " and 2 more." in result.log
    assert len(result.annotations("warning")) == 12


def test_a_log_that_cannot_be_read_ends_it(
    sim: Simulator, act: Action, late: list[dict[str, Any]]
) -> None:
    path = f"/incidents/{late[0]['id']}/log_entries"
    sim.faults.add(Fault("status", method="GET", path=path, status=403))
    result = act("check-sla", config=CONFIG)
    assert result.code == 1
    assert f"failed to list the log entries of incident {late[0]['id']}" in result.log


def test_without_a_requester_the_notes_are_missing_and_that_is_said(
    sim: Simulator, act: Action, late: list[dict[str, Any]]
) -> None:
    result = act("check-sla", config=CONFIG, from_=None)
    assert result.code == 0, result.log
    assert result.outputs["count"] == "2"
    warnings = result.annotations("warning")
    assert len(warnings) == 3
    assert "The note of the missed target may be missing on #" in warnings[2]
    assert "set the input `from`, e.g. from: ada@example.com" in warnings[2]
    assert [notes(sim, incident) for incident in late] == [[], []]


def test_without_targets_it_says_where_to_put_them(sim: Simulator, act: Action) -> None:
    result = act("check-sla")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "There are no SLA targets to check" in error
    assert "add them to .github/pd-incident.yml" in error
    assert [e for e in sim.exchanges if e.api == "pagerduty"] == []


def test_a_bad_input_is_told_before_anything_is_asked(sim: Simulator, act: Action) -> None:
    result = act("check-sla", config=CONFIG, fail="perhaps")
    assert result.code == 1
    assert "Input 'fail' must be" in result.annotations("error")[0]
    assert [e for e in sim.exchanges if e.api == "pagerduty"] == []


def test_a_service_that_does_not_exist_is_named(act: Action) -> None:
    result = act("check-sla", config=CONFIG, service="PSVC999")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "failed to find service PSVC999 of input 'service': it answered 404" in error


def test_the_scheduled_example_fails_when_something_is_late(
    sim: Simulator, act: Action, late: list[dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/pd-incident.yml").write_text(CONFIG, encoding="utf-8")
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    path = ROOT / "examples/scheduled/check-sla.yml"
    example = yaml.safe_load(path.read_text(encoding="utf-8"))
    _, check = example["jobs"]["check-sla"]["steps"]
    given = {name.replace("-", "_"): value for name, value in check["with"].items()}
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    result = act(**given | {"pagerduty_token": ACCOUNT_TOKEN})
    assert result.code == 1
    assert len(result.annotations("error")) == 2
    assert notes(sim, late[1]) == [NOT_DONE]
