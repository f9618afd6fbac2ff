"""Lists of incidents are filtered, ordered and limited as PagerDuty's are."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.past import seed_incidents

Ask = Callable[..., requests.Response]


def numbers(pagerduty: Ask, query: str) -> list[int]:
    answer = pagerduty("GET", f"/incidents?{query}")
    assert answer.ok, answer.text
    return [incident["incident_number"] for incident in answer.json()["incidents"]]


def refused(pagerduty: Ask, query: str) -> bool:
    answer = pagerduty("GET", f"/incidents?{query}")
    return answer.status_code == 400 and answer.json()["error"]["code"] == 2001


@pytest.fixture
def seeded(sim: Simulator) -> list[dict[str, Any]]:
    """Six incidents, one each ten days, the first of them 60 days ago."""
    return seed_incidents(sim.pagerduty.state, 6, days=60)


def test_seeded_incidents_lie_in_the_past(seeded: list[dict[str, Any]]) -> None:
    times = [datetime.fromisoformat(incident["created_at"]) for incident in seeded]
    steps = {(later - earlier).total_seconds() for earlier, later in pairwise(times)}
    assert all(abs(step - timedelta(days=10).total_seconds()) <= 1 for step in steps)
    first = seeded[0]
    lasted = datetime.fromisoformat(first["resolved_at"]) - times[0]
    assert (first["status"], first["assignments"], lasted.total_seconds()) == ("resolved", [], 1800)


@pytest.mark.parametrize(
    ("status", "people", "takers"),
    [("triggered", ["PUSER1"], []), ("acknowledged", ["PUSER1"], ["PUSER1"]), ("resolved", [], [])],
)
def test_incidents_are_seeded_with_any_status(
    sim: Simulator, pagerduty: Ask, status: str, people: list[str], takers: list[str]
) -> None:
    (made,) = seed_incidents(
        sim.pagerduty.state, 1, "PSVC001", days=1, status=status, urgency="low"
    )
    found = pagerduty("GET", f"/incidents/{made['id']}").json()["incident"]
    assert (found["status"], found["urgency"]) == (status, "low")
    assert [item["assignee"]["id"] for item in found["assignments"]] == people
    assert [item["acknowledger"]["id"] for item in found["acknowledgements"]] == takers


def test_many_incidents_are_seeded_fast_and_paged_to_the_ten_thousandth(
    sim: Simulator, pagerduty: Ask
) -> None:
    began = time.monotonic()
    seed_incidents(sim.pagerduty.state, 20_000)
    assert time.monotonic() - began < 20, "it takes a second or two on a machine that isn't busy"
    last = pagerduty("GET", "/incidents?limit=100&offset=9900&total=true").json()
    assert (len(last["incidents"]), last["more"]) == (100, True)
    # The very first of them began just a month ago, at the edge of the usual range.
    assert last["total"] >= 19_999
    assert refused(pagerduty, "limit=100&offset=9901")


def test_a_total_is_only_given_if_wanted(pagerduty: Ask, incident: str) -> None:
    assert incident
    assert "total" not in pagerduty("GET", "/incidents").json()
    assert pagerduty("GET", "/incidents?total=true&limit=1").json()["total"] == 1


def test_the_usual_range_is_a_month(pagerduty: Ask, seeded: list[dict[str, Any]]) -> None:
    recent = numbers(pagerduty, "")
    assert recent == [incident["incident_number"] for incident in seeded][-len(recent) :]
    assert len(recent) in {2, 3}
    assert len(numbers(pagerduty, "date_range=all")) == 6


def test_since_and_until(pagerduty: Ask, seeded: list[dict[str, Any]]) -> None:
    since, until = seeded[1]["created_at"], seeded[3]["created_at"]
    expected = [incident["incident_number"] for incident in seeded[1:4]]
    assert numbers(pagerduty, f"since={since}&until={until}") == expected
    day = since[:10]
    assert expected[0] in numbers(pagerduty, f"since={day}")


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    ("query", "fails"),
    [
        ("since=2025-01-01&until=2025-06-30", False),
        ("since=2025-01-01&until=2025-07-10", True),
        ("since=2025-01-01&until=2025-07-10&date_range=all", False),
        ("until=then", True),
        ("since=then", True),
        ("sort_by=colour", True),
        ("sort_by=created_at:up", True),
        ("sort_by=created_at,urgency,incident_number", True),
        ("limit=many", True),
    ],
)
def test_what_is_refused(pagerduty: Ask, query: str, *, fails: bool) -> None:
    assert refused(pagerduty, query) == fails


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort_by=incident_number:asc", "abc"),
        ("sort_by=incident_number:desc", "cba"),
        ("sort_by=created_at", "abc"),
        ("sort_by=created_at:desc", "cba"),
        ("sort_by=urgency,incident_number:desc", "cab"),
        ("sort_by=urgency:desc&sort_by=incident_number:asc", "bac"),
        ("sort_by=resolved_at:desc&statuses[]=resolved", "a"),
        ("service_ids[]=PSVC002", "c"),
        ("service_ids[]=PSVC001&service_ids[]=PSVC002", "abc"),
        ("user_ids[]=PUSER1", "b"),
        ("user_ids[]=PUSER1&user_ids[]=PUSER2", "bc"),
        ("team_ids[]=PTEAM9", "b"),
        ("team_ids[]=PNONE", ""),
    ],
)
def test_orders_and_filters(sim: Simulator, pagerduty: Ask, query: str, expected: str) -> None:
    state = sim.pagerduty.state
    seed_incidents(state, 1, days=3, title="a")
    (low,) = seed_incidents(state, 1, days=2, title="b", status="triggered", urgency="low")
    low["teams"] = [{"id": "PTEAM9", "type": "team_reference"}]
    seed_incidents(state, 1, "PSVC002", days=1, title="c", status="triggered")
    found = pagerduty("GET", f"/incidents?{query}").json()["incidents"]
    assert [incident["title"][0] for incident in found] == list(expected)
