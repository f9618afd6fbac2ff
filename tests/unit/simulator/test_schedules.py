"""PagerDuty's schedules: who is on call, and who stands in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.schedules import FIRST_HANDOFF, WEEK, Override, Schedule

Ask = Callable[..., requests.Response]
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


def override(
    user: str = "PUSER3", start: datetime = NOW - HOUR, hours: float = 4
) -> dict[str, Any]:
    times = {"start": start.isoformat(), "end": (start + timedelta(hours=hours)).isoformat()}
    return {**times, "user": {"id": user, "type": "user_reference"}}


def shift(**changes: object) -> dict[str, Any]:
    return {
        "type": "override_shift",
        "rotation_id": "PSCHED3ROTATION",
        "start_time": (NOW - HOUR).isoformat(),
        "end_time": (NOW + HOUR).isoformat(),
        "overridden_member": {"type": "user_member", "user_id": "PUSER3"},
        "overriding_member": {"type": "user_member", "user_id": "PUSER1"},
    } | changes


def post(pagerduty: Ask, *items: object, schedule: str = "PSCHED1") -> requests.Response:
    return pagerduty("POST", f"/schedules/{schedule}/overrides", {"overrides": list(items)})


def assignees(pagerduty: Ask, service: str = "PSVC001") -> list[str]:
    body = {"type": "incident", "title": "Down", "service": {"id": service}}
    made = pagerduty("POST", "/incidents", {"incident": body}).json()["incident"]
    return [assignment["assignee"]["id"] for assignment in made["assignments"]]


def a_week_around(path: str) -> str:
    since, until = ((NOW + days * timedelta(days=1)).strftime("%FT%TZ") for days in (-3, 4))
    return f"{path}?since={since}&until={until}"


def test_turns_follow_each_other_and_an_override_cuts_into_them() -> None:
    schedule = Schedule("S", "S", ("A", "B"))
    stand_in = Override("O", FIRST_HANDOFF + HOUR, FIRST_HANDOFF + 2 * HOUR, "C")
    schedule.overrides.append(stand_in)
    shifts = schedule.shifts(FIRST_HANDOFF, FIRST_HANDOFF + WEEK + HOUR)
    assert [one.source.user for one in shifts] == ["A", "C", "A", "B"]
    assert [one.start - FIRST_HANDOFF for one in shifts] == [0 * HOUR, HOUR, 2 * HOUR, WEEK]
    assert shifts[-1].end == FIRST_HANDOFF + 2 * WEEK
    assert schedule.on_call(FIRST_HANDOFF + HOUR) == "C"
    assert schedule.on_call(FIRST_HANDOFF - HOUR) == "B"


def test_the_last_override_wins() -> None:
    schedule = Schedule("S", "S", ("A",))
    for user, start, end in (("B", 0, 9), ("C", 3, 6)):
        times = (FIRST_HANDOFF + start * HOUR, FIRST_HANDOFF + end * HOUR)
        schedule.overrides.append(Override(user, *times, user))
    shifts = schedule.clipped(FIRST_HANDOFF, FIRST_HANDOFF + 10 * HOUR)
    assert [one.source.user for one in shifts] == ["B", "C", "B", "A"]
    assert shifts[-1].end == FIRST_HANDOFF + 10 * HOUR


def test_schedules_are_listed_by_name(pagerduty: Ask) -> None:
    listed = pagerduty("GET", "/schedules").json()["schedules"]
    assert [(one["id"], one["name"]) for one in listed] == [
        ("PSCHED1", "Platform primary"),
        ("PSCHED2", "Payments primary"),
    ]
    assert "final_schedule" not in listed[0]
    path = "/schedules?query=PAYMENTS&include[]=final_schedule"
    (found,) = pagerduty("GET", path).json()["schedules"]
    assert found["id"] == "PSCHED2"
    assert found["final_schedule"]["rendered_schedule_entries"][0]["user"]["id"] == "PUSER2"


def test_a_schedule_shows_policies_users_and_shifts(pagerduty: Ask) -> None:
    assert post(pagerduty, override()).status_code == 201
    shown = pagerduty("GET", a_week_around("/schedules/PSCHED1")).json()["schedule"]
    assert [policy["id"] for policy in shown["escalation_policies"]] == ["PPOL001"]
    assert [user["id"] for user in shown["users"]] == ["PUSER1"]
    stand_in = shown["overrides_subschedule"]["rendered_schedule_entries"]
    assert [entry["user"]["id"] for entry in stand_in] == ["PUSER3"]
    final = shown["final_schedule"]["rendered_schedule_entries"]
    assert {entry["user"]["id"] for entry in final} == {"PUSER1", "PUSER3"}
    layer = shown["schedule_layers"][0]["rendered_schedule_entries"]
    assert {entry["user"]["id"] for entry in layer} == {"PUSER1"}


def test_who_is_on_call_in_a_range_of_time(pagerduty: Ask) -> None:
    post(pagerduty, override())
    users = pagerduty("GET", a_week_around("/schedules/PSCHED1/users")).json()["users"]
    assert {user["id"] for user in users} == {"PUSER1", "PUSER3"}


def test_an_override_changes_who_is_paged(pagerduty: Ask) -> None:
    assert assignees(pagerduty) == ["PUSER1"]
    (made,) = post(pagerduty, override("PUSER2")).json()
    assert made["status"] == 201
    assert assignees(pagerduty) == ["PUSER2"]
    path = f"/schedules/PSCHED1/overrides/{made['override']['id']}"
    assert pagerduty("DELETE", path).status_code == 200, "it had begun, so it is cut short"
    assert assignees(pagerduty) == ["PUSER1"]


def test_an_override_to_come_changes_nothing_yet_and_can_go(pagerduty: Ask) -> None:
    (made,) = post(pagerduty, override(start=NOW + HOUR)).json()
    assert assignees(pagerduty) == ["PUSER1"]
    listing = a_week_around("/schedules/PSCHED1/overrides")
    (listed,) = pagerduty("GET", listing).json()["overrides"]
    assert listed == made["override"]
    path = f"/schedules/PSCHED1/overrides/{listed['id']}"
    assert pagerduty("DELETE", path).status_code == 204
    assert pagerduty("GET", listing).json()["overrides"] == []
    assert pagerduty("DELETE", path).status_code == 404


def test_a_past_override_stays(sim: Simulator, pagerduty: Ask) -> None:
    past = Override("OLD", NOW - 2 * HOUR, NOW - HOUR, "PUSER2")
    sim.pagerduty.state.schedules["PSCHED1"].overrides.append(past)
    assert pagerduty("DELETE", "/schedules/PSCHED1/overrides/OLD").status_code == 400


def test_each_override_stands_or_falls_by_itself(sim: Simulator, pagerduty: Ask) -> None:
    answer = post(pagerduty, override("PNONE"), override("PUSER2"), override(hours=-1))
    assert answer.status_code == 201
    assert [item["status"] for item in answer.json()] == [400, 201, 400]
    assert answer.json()[0]["errors"] == ["PNONE was not found"]
    assert answer.json()[2]["errors"] == ["Override must end after its start"]
    assert [o.user for o in sim.pagerduty.state.schedules["PSCHED1"].overrides] == ["PUSER2"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (override(start=NOW - 9 * HOUR), "Override's end can't be in the past"),
        (override() | {"start": "today"}, "Override's start is not a valid date"),
        (override() | {"end": None}, "Override's end is not a valid date"),
        (override() | {"reason": "away"}, "reason is not a field of an override"),
        ("PUSER1", "Override must be an object"),
    ],
)
def test_a_wrong_override_is_refused(pagerduty: Ask, wrong: object, words: str) -> None:
    (item,) = post(pagerduty, wrong).json()
    assert (item["status"], item["errors"]) == (400, [words])


@pytest.mark.parametrize("overrides", [None, [], {}])
def test_overrides_must_be_a_list(pagerduty: Ask, overrides: object) -> None:
    answer = pagerduty("POST", "/schedules/PSCHED1/overrides", {"overrides": overrides})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2001)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/schedules/PNONE", 404),
        ("/schedules/PSCHED3", 400),
        ("/schedules/PSCHED3/users", 400),
        ("/schedules/PSCHED1/overrides", 400),
        ("/schedules/PSCHED1?since=2026-02-01&until=2026-01-01", 400),
        ("/v3/schedules/PNONE", 404),
        ("/v3/schedules/PSCHED1", 400),
        ("/v3/schedules/PSCHED1/overrides", 400),
    ],
)
def test_what_cannot_be_shown(pagerduty: Ask, path: str, status: int) -> None:
    assert pagerduty("GET", path).status_code == status


def test_a_v3_schedule_tells_its_rotation(pagerduty: Ask) -> None:
    (listed,) = pagerduty("GET", "/v3/schedules").json()["schedules"]
    assert (listed["id"], listed["type"]) == ("PSCHED3", "schedule_v3_reference")
    shown = pagerduty("GET", "/v3/schedules/PSCHED3").json()["schedule"]
    assert (shown["type"], shown["name"]) == ("schedule_v3", "Database v3")
    assert shown["rotations"][0]["id"] == "PSCHED3ROTATION"
    assert "final_schedule" not in shown


def test_a_v3_override_replaces_a_member_of_the_rotation(pagerduty: Ask) -> None:
    added = pagerduty("POST", "/v3/schedules/PSCHED3/overrides", {"overrides": [shift()]})
    assert added.status_code == 201
    (made,) = added.json()["overrides"]
    listing = a_week_around("/v3/schedules/PSCHED3/overrides")
    assert pagerduty("GET", listing).json()["overrides"] == [made]
    path = "/v3/schedules/PSCHED3?include[]=final_schedule"
    final = pagerduty("GET", path).json()["schedule"]["final_schedule"]
    first = final["computed_shift_assignments"][0]
    assert first["member"] == {"type": "user_member", "user_id": "PUSER1"}
    assert first["source"]["override_id"] == made["id"]
    deleted = pagerduty("DELETE", f"/v3/schedules/PSCHED3/overrides/{made['id']}")
    assert deleted.status_code == 204


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (shift(type="override"), "type"),
        (shift(rotation_id="NONE"), "rotation_id"),
        (shift(rotation_id=None), "rotation_id"),
        (shift(custom_shift_id="X"), "rotation_id"),
        (shift(rotation_id=None, custom_shift_id="X"), "custom_shift_id"),
        (
            shift(overridden_member={"type": "user_member", "user_id": "PUSER1"}),
            "overridden_member",
        ),
        (shift(overriding_member={"type": "user_member", "user_id": "PNONE"}), "overriding_member"),
        (shift(overriding_member="PUSER1"), "overriding_member"),
        (shift(end_time=(NOW - 2 * HOUR).isoformat()), "end_time"),
        (shift(start_time="2020-01-01", end_time="2020-01-02"), "end_time"),
        (shift(start_time="soon"), "start_time"),
        (shift(user={"id": "PUSER1"}), "user"),
        ("PUSER1", "overrides"),
    ],
)
def test_a_wrong_v3_override_is_refused_and_so_are_all(
    sim: Simulator, pagerduty: Ask, wrong: object, field: str
) -> None:
    body = {"overrides": [shift(), wrong]}
    answer = pagerduty("POST", "/v3/schedules/PSCHED3/overrides", body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["errors"]) == [field]
    assert sim.pagerduty.state.schedules["PSCHED3"].overrides == []
