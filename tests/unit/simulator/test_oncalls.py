"""PagerDuty tells who is on call, and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.schedules import WEEK, Override

Ask = Callable[..., requests.Response]
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


def stand_in(
    sim: Simulator, user: str | None, schedule: str = "PSCHED1", start: datetime = NOW - HOUR
) -> None:
    override = Override(f"O{user}", start, start + 3 * HOUR, user)
    sim.pagerduty.state.schedules[schedule].overrides.append(override)


def found(pagerduty: Ask, query: str = "") -> list[tuple[str, int, str]]:
    entries = pagerduty("GET", f"/oncalls?{query}").json()["oncalls"]
    return [
        (item["escalation_policy"]["id"], item["escalation_level"], item["user"]["id"])
        for item in entries
    ]


PLATFORM = [("PPOL001", 1, "PUSER1"), ("PPOL001", 2, "PUSER2")]
PAYMENTS = [("PPOL002", 1, "PUSER2"), ("PPOL002", 2, "PUSER3")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", PLATFORM + PAYMENTS),
        ("escalation_policy_ids[]=PPOL002", PAYMENTS),
        ("schedule_ids[]=PSCHED1", PLATFORM[:1]),
        ("schedule_ids[]=PSCHED1&schedule_ids[]=PSCHED3", [PLATFORM[0], PAYMENTS[1]]),
        ("user_ids[]=PUSER2", [PLATFORM[1], PAYMENTS[0]]),
        ("user_ids[]=PUSER1&escalation_policy_ids[]=PPOL002", []),
        ("limit=1&offset=1", PLATFORM[1:]),
    ],
)
def test_oncalls_are_filtered(
    pagerduty: Ask, query: str, expected: list[tuple[str, int, str]]
) -> None:
    assert found(pagerduty, query) == expected


def test_an_entry_says_which_schedule_and_until_when(pagerduty: Ask) -> None:
    entries = pagerduty("GET", "/oncalls?escalation_policy_ids[]=PPOL001").json()["oncalls"]
    scheduled, named = entries
    assert scheduled["schedule"]["id"] == "PSCHED1"
    assert scheduled["start"] <= NOW.strftime("%FT%TZ") < scheduled["end"]
    assert not {"schedule", "start", "end"} & named.keys(), "whoever is named always is on call"


def test_a_v3_schedule_has_a_reference_of_its_own(pagerduty: Ask) -> None:
    (entry,) = pagerduty("GET", "/oncalls?schedule_ids[]=PSCHED3").json()["oncalls"]
    assert entry["schedule"]["type"] == "schedule_v3_reference"


def test_an_override_shows(sim: Simulator, pagerduty: Ask) -> None:
    stand_in(sim, "PUSER3")
    assert found(pagerduty, "schedule_ids[]=PSCHED1") == [("PPOL001", 1, "PUSER3")]
    (entry,) = pagerduty("GET", "/oncalls?schedule_ids[]=PSCHED1").json()["oncalls"]
    times = (entry["start"], entry["end"])
    assert times == tuple(t.strftime("%FT%TZ") for t in (NOW - HOUR, NOW + 2 * HOUR))


def test_a_range_of_time_holds_many_and_earliest_the_first(sim: Simulator, pagerduty: Ask) -> None:
    stand_in(sim, "PUSER3", start=NOW + HOUR)
    until = (NOW + WEEK + 4 * HOUR).strftime("%FT%TZ")
    query = f"schedule_ids[]=PSCHED1&until={until}"
    users = [user for _, _, user in found(pagerduty, query)]
    assert users.count("PUSER1") >= 2
    assert users.count("PUSER3") == 1
    first = [user for _, _, user in found(pagerduty, f"{query}&earliest=true")]
    assert first == ["PUSER1", "PUSER3"]


def test_whole_objects_are_included(pagerduty: Ask) -> None:
    query = "schedule_ids[]=PSCHED1&include[]=users&include[]=schedules"
    query += "&include[]=escalation_policies"
    (entry,) = pagerduty("GET", f"/oncalls?{query}").json()["oncalls"]
    assert entry["user"]["email"] == "ada@example.com"
    assert entry["schedule"]["time_zone"] == "Etc/UTC"
    assert len(entry["escalation_policy"]["escalation_rules"]) == 2


def test_a_level_where_nobody_is_on_call_is_passed_over(sim: Simulator, pagerduty: Ask) -> None:
    stand_in(sim, None)
    body = {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}
    made = pagerduty("POST", "/incidents", {"incident": body}).json()["incident"]
    assert [item["assignee"]["id"] for item in made["assignments"]] == ["PUSER2"]
    for schedule in ("PSCHED2", "PSCHED3"):
        stand_in(sim, None, schedule)
    assert found(pagerduty) == PLATFORM[1:]
    refused = pagerduty("POST", "/incidents", {"incident": body | {"service": {"id": "PSVC002"}}})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 1015)


@pytest.mark.parametrize("query", ["since=soon", "since=2026-02-01&until=2026-01-01"])
def test_a_wrong_range_is_refused(pagerduty: Ask, query: str) -> None:
    answer = pagerduty("GET", f"/oncalls?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2001)
