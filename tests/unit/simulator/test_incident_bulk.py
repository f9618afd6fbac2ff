"""Many incidents change at once, and what PagerDuty ignores is ignored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.past import seed_incidents

Ask = Callable[..., requests.Response]


def opened(pagerduty: Ask, **changes: object) -> dict[str, Any]:
    body = {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}, **changes}
    made: dict[str, Any] = pagerduty("POST", "/incidents", {"incident": body}).json()["incident"]
    return made


def assignees(incident: dict[str, Any]) -> list[str]:
    return [item["assignee"]["id"] for item in incident["assignments"]]


def error(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error"]["code"]


def test_each_incident_changes_in_its_own_way(pagerduty: Ask) -> None:
    changes: list[dict[str, Any]] = [
        {"status": "acknowledged"},
        {"status": "resolved", "resolution": "Rebooted"},
        {"escalation_level": 2},
        {"escalation_policy": {"id": "PPOL002"}},
        {"assignments": [{"assignee": {"id": "PUSER3"}}]},
        {"title": "Slow", "urgency": "low", "priority": {"id": "PPRIO03"}},
    ]
    wanted = [{"id": opened(pagerduty)["id"], **change} for change in changes]
    answer = pagerduty("PUT", "/incidents", {"incidents": wanted})
    assert answer.status_code == 200
    changed = answer.json()["incidents"]
    assert [incident["id"] for incident in changed] == [change["id"] for change in wanted]
    assert [incident["status"] for incident in changed[:2]] == ["acknowledged", "resolved"]
    assert [assignees(incident) for incident in changed[2:5]] == [
        ["PUSER2"],
        ["PUSER2"],
        ["PUSER3"],
    ]
    last = changed[5]
    assert (last["title"], last["urgency"], last["priority"]["name"]) == ("Slow", "low", "P3")


def test_250_incidents_change_at_once_and_no_more(sim: Simulator, pagerduty: Ask) -> None:
    made = seed_incidents(sim.pagerduty.state, 251, days=1, status="triggered")
    changes = [{"id": incident["id"], "status": "resolved"} for incident in made]
    assert pagerduty("PUT", "/incidents", {"incidents": changes}).status_code == 413
    assert {incident["status"] for incident in made} == {"triggered"}
    answer = pagerduty("PUT", "/incidents", {"incidents": changes[:250]})
    assert [incident["id"] for incident in answer.json()["incidents"]] == [
        change["id"] for change in changes[:250]
    ]
    assert made[250]["status"] == "triggered"


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"id": "QNONE", "status": "resolved"}, (404, 2100)), ({"status": "resolved"}, (404, 2100))],
)
def test_one_that_is_unknown_spoils_all(
    sim: Simulator, pagerduty: Ask, change: dict[str, object], expected: tuple[int, int]
) -> None:
    made = opened(pagerduty)
    changes = [{"id": made["id"], "status": "resolved"}, change]
    assert error(pagerduty("PUT", "/incidents", {"incidents": changes})) == expected
    assert sim.pagerduty.state.incidents[made["id"]]["status"] == "triggered"


def test_a_refused_change_leaves_no_trace_in_any_log(sim: Simulator, pagerduty: Ask) -> None:
    made = opened(pagerduty)
    before = list(sim.pagerduty.state.log_entries[made["id"]])
    changes = [
        {"id": made["id"], "status": "resolved"},
        {"id": opened(pagerduty)["id"], "escalation_level": 9},
    ]
    assert error(pagerduty("PUT", "/incidents", {"incidents": changes})) == (400, 1006)
    assert sim.pagerduty.state.log_entries[made["id"]] == before


@pytest.mark.parametrize(
    ("changes", "people"),
    [
        ({"urgency": "low"}, ["PUSER1"]),
        ({"assignments": [{"assignee": {"id": "PUSER3"}}]}, ["PUSER3"]),
        ({}, ["PUSER2"]),
    ],
)
def test_some_incidents_stay_on_their_level_without_a_word(
    pagerduty: Ask, changes: dict[str, object], people: list[str]
) -> None:
    path = f"/incidents/{opened(pagerduty, **changes)['id']}"
    answer = pagerduty("PUT", path, {"incident": {"escalation_level": 2}})
    assert answer.status_code == 200
    assert assignees(answer.json()["incident"]) == people
    beyond = pagerduty("PUT", path, {"incident": {"escalation_level": 3}})
    assert error(beyond) == (400, 1006)


def test_with_a_higher_urgency_the_level_counts(pagerduty: Ask) -> None:
    path = f"/incidents/{opened(pagerduty, urgency='low')['id']}"
    change = {"incident": {"escalation_level": 2, "urgency": "high"}}
    assert assignees(pagerduty("PUT", path, change).json()["incident"]) == ["PUSER2"]


def test_a_level_that_is_ignored_doesnt_keep_an_incident_from_being_reopened(
    pagerduty: Ask,
) -> None:
    path = f"/incidents/{opened(pagerduty, urgency='low')['id']}"
    pagerduty("PUT", path, {"incident": {"status": "resolved"}})
    level = {"incident": {"escalation_level": 2}}
    assert error(pagerduty("PUT", path, level)) == (400, 1001)
    change = {"incident": {"escalation_level": 2, "status": "triggered"}}
    assert assignees(pagerduty("PUT", path, change).json()["incident"]) == ["PUSER1"]
