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


def test_a_check_warns_notes_once_and_updates_the_catalog(
    sim: Simulator, act: Action, late: list[dict[str, Any]]
) -> None:
    first, second = late
    path = f"/incidents/{second['id']}/notes"
    sim.faults.add(Fault("reset", method="POST", path=path, processed=True))
    event = from_port(sim, None)
    result, again = (act("check-sla", event=event, config=CONFIG) for _ in range(2))

    assert (result.code, again.code) == (0, 0), result.log
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
    assert again.annotations("warning") == warnings
    assert (notes(sim, first), notes(sim, second)) == ([NOT_TAKEN, NOT_DONE], [NOT_DONE])
    path = f"/incidents/{first['id']}/notes"
    assert len([e for e in sim.exchanges if (e.method, e.path) == ("GET", path)]) == 2
    entity = sim.port.state.entities["pagerdutyIncident"][first["id"]]
    assert entity["properties"]["status"] == "triggered"
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    names = (f"#{one['incident_number']} {one['title']}" for one in late)
    assert f"2 of 3 open incidents breach their SLA targets: {', '.join(names)}." in log
    assert all(warning in log for warning in warnings)
    assert first["html_url"] in result.summary


def test_what_is_in_time_passes(sim: Simulator, act: Action) -> None:
    (incident,) = seed_incidents(sim.pagerduty.state, 1, "PSVC001", days=0.1, status="triggered")
    act("acknowledge", incident=incident["id"])
    # It was acknowledged in time, before it was triggered again.
    incident.update(status="triggered", acknowledgements=[])
    for service, words in [
        ("Checkout", "None of 1 open incident breaches its SLA target."),
        ("Database", "No incident is open."),
    ]:
        result = act.succeed("check-sla", config=CONFIG, fail="true", service=service)
        assert words in result.log
        assert (result.outputs["breached"], result.outputs["count"]) == ("", "0")


def test_what_cannot_be_checked_is_an_error(
    sim: Simulator, act: Action, late: list[dict[str, Any]]
) -> None:
    path = f"/incidents/{late[0]['id']}/log_entries"
    sim.faults.add(Fault("status", method="GET", path=path, status=403))
    config = {"config": CONFIG}
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "There are no SLA targets to check"),
        ({}, "add them to .github/pd-incident.yml"),
        ({**config, "fail": "perhaps"}, "Input 'fail' must be"),
        ({**config, "service": "PSVC999"}, "find service PSVC999 of input 'service': it answered"),
        (config, f"failed to list the log entries of incident {late[0]['id']}"),
    ]
    for given, words in cases:
        result = act("check-sla", **given)
        assert (result.code, words in result.annotations("error")[0]) == (1, True), result.log
        asked = [e.path for e in sim.exchanges if e.api == "pagerduty"]
        assert bool(asked) is ("fail" not in given and "config" in given)


def test_without_a_requester_the_notes_are_missing_and_that_is_said(
    sim: Simulator, act: Action, late: list[dict[str, Any]]
) -> None:
    result = act("check-sla", config=CONFIG, from_=None)
    assert (result.code, result.outputs["count"]) == (0, "2"), result.log
    *breaches, warning = result.annotations("warning")
    assert len(breaches) == 2
    numbers = ", ".join(f"#{one['incident_number']}" for one in late)
    assert f"The note of the missed target may be missing on {numbers}: PagerDuty" in warning
    assert "set the input `from`, e.g. from: ada@example.com" in warning
    assert [notes(sim, incident) for incident in late] == [[], []]


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
    assert (len(result.annotations("error")), result.annotations("warning")) == (2, [])
    assert result.outputs["count"] == "2"
    assert notes(sim, late[1]) == [NOT_DONE]
