"""PagerDuty's incidents are opened, found and refused as by the real one."""

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


@pytest.mark.parametrize("level", [1, 2])
def test_low_urgency_and_the_last_level_await_no_escalation(pagerduty: Ask, level: int) -> None:
    urgency = "low" if level == 1 else "high"
    made = pagerduty("POST", "/incidents", new(urgency=urgency)).json()["incident"]
    path = f"/incidents/{made['id']}"
    change = {"incident": {"escalation_level": level}}
    assert pagerduty("PUT", path, change).json()["incident"]["pending_actions"] == []


@pytest.mark.parametrize("path", ["", "/notes", "/alerts", "/log_entries"])
def test_an_unknown_incident_is_not_found(pagerduty: Ask, path: str) -> None:
    assert error(pagerduty("GET", f"/incidents/QNONE{path}")) == (404, 2100)
