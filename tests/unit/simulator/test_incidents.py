"""PagerDuty's incidents are opened, change and are refused as by the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]


def new(**changes: object) -> dict[str, Any]:
    usual = {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}
    wanted = {name: value for name, value in (usual | changes).items() if value is not None}
    return {"incident": wanted}


def assignees(incident: dict[str, Any]) -> list[str]:
    return [item["assignee"]["id"] for item in incident["assignments"]]


def error(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_new_incident_goes_to_the_first_level_of_its_services_policy(pagerduty: Ask) -> None:
    answer = pagerduty("POST", "/incidents", new())
    assert answer.status_code == 201
    made = answer.json()["incident"]
    assert (made["status"], made["urgency"]) == ("triggered", "high")
    assert made["escalation_policy"]["id"] == "PPOL001"
    assert assignees(made) == ["PUSER1"]
    assert [action["type"] for action in made["pending_actions"]] == ["escalate"]
    assert made["html_url"] == f"https://acme.pagerduty.com/incidents/{made['id']}"
    assert made["first_trigger_log_entry"]["type"] == "trigger_log_entry_reference"


def test_numbers_rise(pagerduty: Ask) -> None:
    numbers = [
        pagerduty("POST", "/incidents", new()).json()["incident"]["incident_number"]
        for _ in range(3)
    ]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": None}, 2001),
        ({"title": "  "}, 2001),
        ({"title": ["Down"]}, 2001),
        ({"type": None}, 2001),
        ({"service": None}, 2001),
        ({"service": {"id": "PNONE"}}, 2001),
        ({"service": "PSVC001"}, 2001),
        ({"urgency": "medium"}, 2001),
        ({"escalation_policy": {"id": "PNONE"}}, 1014),
        ({"escalation_policy": {"id": "PPOL003"}}, 1015),
        ({"assignments": [{"assignee": {"id": "PNONE"}}]}, 1007),
        ({"assignments": "PUSER1"}, 2001),
        ({"priority": {"id": "PNONE"}}, 1020),
        (
            {
                "assignments": [{"assignee": {"id": "PUSER2"}}],
                "escalation_policy": {"id": "PPOL002"},
            },
            2001,
        ),
    ],
)
def test_a_wrong_incident_is_refused_and_nothing_is_opened(
    sim: Simulator, pagerduty: Ask, changes: dict[str, object], code: int
) -> None:
    assert error(pagerduty("POST", "/incidents", new(**changes))) == (400, code)
    assert sim.pagerduty.state.incidents == {}


def test_a_refusal_names_each_thing_that_is_missing(pagerduty: Ask) -> None:
    answer = pagerduty("POST", "/incidents", new(title=None, service=None))
    errors = answer.json()["error"]["errors"]
    assert errors == ["Title cannot be empty.", "Service cannot be empty."]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Authorization": None}, (401, 2006)),
        ({"Authorization": "Token token=wrong"}, (401, 2006)),
        ({"From": None}, (400, 2016)),
        ({"From": "nobody@example.com"}, (400, 1008)),
        ({"Content-Type": "text/plain"}, (400, 2001)),
    ],
)
def test_wrong_headers_are_refused(
    sim: Simulator, pagerduty: Ask, headers: dict[str, str | None], expected: tuple[int, int]
) -> None:
    assert error(pagerduty("POST", "/incidents", new(), **headers)) == expected
    assert sim.pagerduty.state.incidents == {}


def test_a_users_own_key_needs_no_from(pagerduty: Ask) -> None:
    own = {"Authorization": "Token token=pd-user-token", "From": None}
    assert pagerduty("POST", "/incidents", new(), **own).status_code == 201


def test_a_second_open_incident_with_the_same_key_is_refused(
    sim: Simulator, pagerduty: Ask
) -> None:
    assert pagerduty("POST", "/incidents", new(incident_key="k")).status_code == 201
    again = pagerduty("POST", "/incidents", new(incident_key="k"))
    assert error(again) == (400, 2002)
    words = "Open incident with matching dedup key already exists on this service"
    assert again.json()["error"]["errors"] == [words]
    assert len(sim.pagerduty.state.incidents) == 1


def test_a_key_is_free_on_another_service_and_once_it_is_resolved(pagerduty: Ask) -> None:
    first = pagerduty("POST", "/incidents", new(incident_key="k")).json()["incident"]["id"]
    other = new(incident_key="k", service={"id": "PSVC002"})
    assert pagerduty("POST", "/incidents", other).status_code == 201
    pagerduty("PUT", f"/incidents/{first}", {"incident": {"status": "resolved"}})
    assert pagerduty("POST", "/incidents", new(incident_key="k")).status_code == 201


def test_what_one_assigns_to_oneself_starts_acknowledged(pagerduty: Ask) -> None:
    for user, status in (("PUSER1", "acknowledged"), ("PUSER2", "triggered")):
        body = new(assignments=[{"assignee": {"id": user}}])
        made = pagerduty("POST", "/incidents", body).json()["incident"]
        assert (made["status"], assignees(made)) == (status, [user])
        assert made["pending_actions"] == [], "an assignment by name stops automatic escalation"


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


def test_what_is_said_of_a_resolution_only_counts_with_one(pagerduty: Ask, incident: str) -> None:
    alone = pagerduty("PUT", incident, {"incident": {"resolution": "Rebooted"}})
    assert "resolve_reason" not in alone.json()["incident"]
    change = {"resolution": "Rebooted", "status": "resolved"}
    assert "resolve_reason" in pagerduty("PUT", incident, {"incident": change}).json()["incident"]


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


@pytest.mark.parametrize("level", [1, 2])
def test_low_urgency_and_the_last_level_await_no_escalation(pagerduty: Ask, level: int) -> None:
    urgency = "low" if level == 1 else "high"
    made = pagerduty("POST", "/incidents", new(urgency=urgency)).json()["incident"]
    path = f"/incidents/{made['id']}"
    change = {"incident": {"escalation_level": level}}
    assert pagerduty("PUT", path, change).json()["incident"]["pending_actions"] == []


def test_many_change_at_once_but_not_too_many(pagerduty: Ask, incident: str) -> None:
    identifier = incident.rsplit("/", 1)[-1]
    change = {"id": identifier, "status": "acknowledged"}
    answer = pagerduty("PUT", "/incidents", {"incidents": [change]})
    assert [changed["status"] for changed in answer.json()["incidents"]] == ["acknowledged"]
    assert pagerduty("PUT", "/incidents", {"incidents": [change] * 251}).status_code == 413
    assert error(pagerduty("PUT", "/incidents", {"incidents": "all"})) == (400, 2001)


@pytest.mark.parametrize("path", ["", "/notes", "/alerts", "/log_entries"])
def test_an_unknown_incident_is_not_found(pagerduty: Ask, path: str) -> None:
    assert error(pagerduty("GET", f"/incidents/QNONE{path}")) == (404, 2100)


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
        "trigger",
        "acknowledge",
        "unacknowledge",
        "resolve",
    ]
