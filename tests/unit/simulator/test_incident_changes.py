"""PagerDuty's incidents change, escalate and refuse to as the real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]


def assignees(incident: dict[str, Any]) -> list[str]:
    return [item["assignee"]["id"] for item in incident["assignments"]]


def error(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("before", "status", "expected"),
    [
        (["triggered"], "triggered", "triggered"),
        ([], "acknowledged", "acknowledged"),
        ([], "resolved", "resolved"),
        (["acknowledged"], "triggered", "triggered"),
        (["acknowledged"], "resolved", "resolved"),
        (["acknowledged"], "acknowledged", 1002),
        (["resolved"], "resolved", 1001),
        (["resolved"], "triggered", "triggered"),
        (["resolved"], "acknowledged", "acknowledged"),
        ([], 'low", "status": "resolved', 2001),
    ],
)
def test_statuses(
    pagerduty: Ask, incident: str, before: list[str], status: str, expected: str | int
) -> None:
    for earlier in before:
        assert pagerduty("PUT", incident, {"incident": {"status": earlier}}).ok
    answer = pagerduty("PUT", incident, {"incident": {"status": status}})
    if isinstance(expected, int):
        assert error(answer) == (400, expected)
        return
    known = pagerduty("GET", incident).json()["incident"]
    assert known["status"] == answer.json()["incident"]["status"] == expected
    assert bool(known["assignments"]) == (expected != "resolved")
    assert bool(known["acknowledgements"]) == (expected == "acknowledged")


def test_what_is_said_of_a_resolution_is_only_kept_with_one(
    sim: Simulator, pagerduty: Ask, incident: str
) -> None:
    pagerduty("PUT", incident, {"incident": {"resolution": "Rebooted"}})
    pagerduty("PUT", incident, {"incident": {"resolution": "Replaced", "status": "resolved"}})
    (log,) = sim.pagerduty.state.log_entries.values()
    said = [entry["channel"]["summary"] for entry in log if entry["channel"]["type"] == "note"]
    assert said == ["Replaced"]


def test_title_urgency_and_priority_can_change(pagerduty: Ask, incident: str) -> None:
    change = {"title": "Up", "urgency": "low", "priority": {"id": "PPRIO02"}}
    changed = pagerduty("PUT", incident, {"incident": change}).json()["incident"]
    assert (changed["title"], changed["urgency"], changed["priority"]["name"]) == (
        "Up",
        "low",
        "P2",
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"escalation_level": 2}, ("PPOL001", ["PUSER2"])),
        ({"escalation_policy": {"id": "PPOL002"}}, ("PPOL002", ["PUSER2"])),
        ({"assignments": [{"assignee": {"id": "PUSER3"}}]}, ("PPOL001", ["PUSER3"])),
    ],
)
def test_escalating(
    pagerduty: Ask, incident: str, change: dict[str, object], expected: tuple[str, list[str]]
) -> None:
    changed = pagerduty("PUT", incident, {"incident": change}).json()["incident"]
    assert (changed["escalation_policy"]["id"], assignees(changed)) == expected


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"escalation_level": 3}, 1006),
        ({"escalation_level": "two"}, 2001),
        ({"escalation_policy": {"id": "PNONE"}}, 1014),
        ({"escalation_policy": {"id": "PPOL003"}}, 1015),
        ({"escalation_level": 2, "escalation_policy": {"id": "PPOL002"}}, 2001),
    ],
)
def test_what_cant_be_escalated_changes_nothing(
    sim: Simulator, pagerduty: Ask, incident: str, change: dict[str, object], code: int
) -> None:
    answer = pagerduty("PUT", incident, {"incident": {"status": "acknowledged", **change}})
    assert error(answer) == (400, code)
    (known,) = sim.pagerduty.state.incidents.values()
    assert (known["status"], assignees(known)) == ("triggered", ["PUSER1"])


def test_a_resolved_incident_isnt_escalated(pagerduty: Ask, incident: str) -> None:
    pagerduty("PUT", incident, {"incident": {"status": "resolved"}})
    assert error(pagerduty("PUT", incident, {"incident": {"escalation_level": 2}})) == (400, 1001)


def test_many_change_at_once_but_not_too_many(pagerduty: Ask, incident: str) -> None:
    identifier = incident.rsplit("/", 1)[-1]
    change = {"id": identifier, "status": "acknowledged"}
    answer = pagerduty("PUT", "/incidents", {"incidents": [change]})
    assert [changed["status"] for changed in answer.json()["incidents"]] == ["acknowledged"]
    assert pagerduty("PUT", "/incidents", {"incidents": [change] * 251}).status_code == 413
    assert error(pagerduty("PUT", "/incidents", {"incidents": "all"})) == (400, 2001)


def test_notes(sim: Simulator, pagerduty: Ask, incident: str) -> None:
    note = {"note": {"content": "Looking"}}
    assert pagerduty("POST", f"{incident}/notes", note).json()["note"]["user"]["id"] == "PUSER1"
    notes = pagerduty("GET", f"{incident}/notes").json()["notes"]
    assert [found["content"] for found in notes] == ["Looking"]
    for wrong in ({"note": {"content": ""}}, {"note": {"content": 7}}, {}):
        assert error(pagerduty("POST", f"{incident}/notes", wrong)) == (400, 2001)
    sim.pagerduty.state.notes[incident.rsplit("/", 1)[-1]] *= 2000
    assert error(pagerduty("POST", f"{incident}/notes", note)) == (400, 2001)


def test_the_log_tells_what_happened(pagerduty: Ask, incident: str) -> None:
    for status in ("acknowledged", "triggered", "resolved"):
        pagerduty("PUT", incident, {"incident": {"status": status}})
    entries = pagerduty("GET", f"{incident}/log_entries").json()["log_entries"]
    assert [entry["summary"] for entry in entries] == [
        "resolve",
        "notify",
        "unacknowledge",
        "acknowledge",
        "notify",
        "assign",
        "trigger",
    ]
