"""Schedules v2 and v3, their overrides, and who is on call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.schedule_model import FIRST_HANDOFF, WEEK, Override, Schedule

Ask = Callable[..., requests.Response]
HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(microsecond=0)


def override(**changes: object) -> dict[str, Any]:
    default = {
        "start": (NOW - HOUR).isoformat(),
        "end": (NOW + HOUR).isoformat(),
        "user": {"id": "PUSER2", "type": "user_reference"},
    }
    return default | changes


def override_v3(**changes: object) -> dict[str, Any]:
    default = {
        "type": "override_shift",
        "rotation_id": "PSCHED3ROTATION",
        "start_time": (NOW - HOUR).isoformat(),
        "end_time": (NOW + HOUR).isoformat(),
        "overridden_member": {"type": "user_member", "user_id": "PUSER3"},
        "overriding_member": {"type": "user_member", "user_id": "PUSER1"},
    }
    return default | changes


def on_call(pagerduty: Ask, schedule: str) -> list[str]:
    entries = pagerduty("GET", f"/oncalls?schedule_ids[]={schedule}").json()["oncalls"]
    return [entry["user"]["id"] for entry in entries]


def test_users_take_turns_and_overrides_win() -> None:
    start, end = FIRST_HANDOFF + WEEK / 2, FIRST_HANDOFF + 3 * WEEK / 2
    temporary = Override("O1", start, end, "C")
    only_for_b = Override("O2", start, end, "D", replaces="B")
    schedule = Schedule("S", "S", ("A", "B"), overrides=[temporary, only_for_b])
    shifts = schedule.shifts(FIRST_HANDOFF, FIRST_HANDOFF + 3 * WEEK)
    assert [(shift.start, shift.source.user) for shift in shifts] == [
        (FIRST_HANDOFF, "A"),
        (start, "C"),
        (FIRST_HANDOFF + WEEK, "D"),
        (end, "B"),
        (FIRST_HANDOFF + 2 * WEEK, "A"),
    ]
    assert all(schedule.on_call(shift.start) == shift.source.user for shift in shifts)
    (one,) = schedule.shifts(start, start)
    assert one.source == temporary


def test_each_override_of_a_v2_schedule_has_its_own_status(pagerduty: Ask) -> None:
    items = [
        override(),
        override(end=(NOW - 2 * HOUR).isoformat()),
        override(start="2020-01-01", end="2020-01-02"),
        override(user={"id": "PNONE"}),
        override(start_time="soon"),
    ]
    response = pagerduty("POST", "/schedules/PSCHED1/overrides", {"overrides": items})
    assert response.status_code == 201
    assert [item["status"] for item in response.json()] == [201, 400, 400, 400, 400]
    assert on_call(pagerduty, "PSCHED1") == ["PUSER2"]


def test_an_invalid_v3_override_spoils_all_and_names_the_field(
    sim: Simulator, pagerduty: Ask
) -> None:
    for invalid, field in [
        (override_v3(rotation_id=None), "rotation_id"),
        (override_v3(overriding_member="PUSER1"), "overriding_member"),
        (
            override_v3(overridden_member={"type": "user_member", "user_id": "PUSER1"}),
            "overridden_member",
        ),
        (override_v3(end_time=(NOW - 2 * HOUR).isoformat()), "end_time"),
        (override_v3(user={"id": "PUSER1"}), "user"),
    ]:
        body = {"overrides": [override_v3(), invalid]}
        response = pagerduty("POST", "/v3/schedules/PSCHED3/overrides", body)
        assert response.status_code == 400
        assert list(response.json()["error"]["errors"]) == [field]
        assert sim.pagerduty.state.schedules["PSCHED3"].overrides == []


def test_the_versions_know_their_own_schedules_only(pagerduty: Ask) -> None:
    for path, status in (
        ("/v3/schedules/PNONE", 404),
        ("/v3/schedules/PSCHED1", 400),
        ("/schedules/PSCHED3/overrides", 400),
        ("/schedules/PSCHED1/overrides", 400),
    ):
        assert pagerduty("GET", path).status_code == status, path
