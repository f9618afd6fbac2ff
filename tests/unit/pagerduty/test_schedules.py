"""Overrides of either kind of schedule, where PagerDuty's answers differ."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected
from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.schedules import ScheduleOverrides

V2 = "https://api.pagerduty.com/schedules/PSCHED1/overrides"
V3 = "https://api.pagerduty.com/v3/schedules/PSCHED1"
START, NOON, END = "2099-12-01T09:00:00Z", "2099-12-01T12:00:00Z", "2099-12-01T17:00:00Z"
DAY = Interval(datetime(2099, 12, 1, 9, tzinfo=UTC), datetime(2099, 12, 1, 17, tzinfo=UTC))
NEXT_DAY = "2099-12-02T00:00:00Z"


def member(user: str) -> dict[str, str]:
    return {"type": "user_member", "user_id": user} if user else {"type": "empty_member"}


def shift(user: str, start: str = START, end: str = END, **source: str) -> dict[str, Any]:
    shown = {"start_time": start, "end_time": end, "member": member(user)}
    return shown | {"source": {"rotation_id": "ROT1"} | source}


def override_v3(user: str, replaced: str) -> dict[str, Any]:
    shown = {"id": "V1", "start_time": START, "end_time": END}
    return shown | {"overriding_member": member(user), "overridden_member": member(replaced)}


CUSTOM_SHIFT: dict[str, Any] = {
    "id": "C1",
    "type": "custom_shift",
    "start_time": NOON,
    "end_time": END,
    "assignments": [{"type": "shift_assignment", "member": member("PUSER2")}],
}


def add_v3(api: RequestsMock, *shifts: dict[str, Any], overrides: tuple[Any, ...] = ()) -> None:
    api.add("GET", V2, status=400, json={"error": {"message": "Use /v3/schedules"}})
    api.add("GET", f"{V3}/overrides", json={"overrides": list(overrides)})
    api.add("GET", f"{V3}/custom_shifts", json={"custom_shifts": []})
    final = {"computed_shift_assignments": list(shifts)} if shifts else None
    api.add("GET", V3, json={"schedule": {"final_schedule": final}})


def put_on_call(pagerduty: PagerDuty, user: str = "PUSER2") -> list[tuple[str, str]]:
    current = ScheduleOverrides(pagerduty, "PSCHED1", DAY)
    return [(one.id, one.user_id) for one in current.add(user)]


def sent(api: RequestsMock) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(api.calls[-1].request.body or "")["overrides"]
    return found


def test_an_answer_may_have_a_status_for_each_override_or_none(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    shown = {"id": "Q7", "user": {"id": "PUSER2"}}
    for answer in ([{"status": 201, "override": shown}], {"overrides": [shown]}):
        api.reset()
        api.add("GET", V2, json={"overrides": []})
        api.add("POST", V2, status=201, json=answer)
        assert put_on_call(pagerduty) == [("Q7", "PUSER2")]
        user = {"id": "PUSER2", "type": "user_reference"}
        assert sent(api) == [{"user": user, "start": START, "end": END}]


def test_an_override_refused_inside_of_a_201_is_an_error(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    api.add("GET", V2, json={"overrides": []})
    refused = {"status": 400, "errors": ["Override must end after its start"], "override": {}}
    api.add("POST", V2, status=201, json=[refused])
    with pytest.raises(ApiRejected) as caught:
        put_on_call(pagerduty)
    assert str(caught.value) == (
        "PagerDuty failed to add the override to schedule PSCHED1: it answered 400 "
        '"Override must end after its start": the user or the time isn\'t valid; check assignee, '
        "start and end."
    )


def test_each_shift_of_a_v3_schedule_is_overridden(api: RequestsMock, pagerduty: PagerDuty) -> None:
    add_v3(
        api,
        shift("PUSER1", "2099-12-01T00:00:00Z", NOON),
        shift("PUSER3", NOON, NEXT_DAY, rotation_id="", shift_id="CUST1"),
        shift("PUSER2", NOON, END),
        shift(""),
        shift("PUSER4", END, NEXT_DAY),
        shift("PUSER5", "bad"),
    )
    answer = {"overrides": [override_v3("PUSER2", "PUSER1")]}
    api.add("POST", f"{V3}/overrides", status=201, json=answer)
    assert put_on_call(pagerduty) == [("V1", "PUSER2")]
    added = {"type": "override_shift", "overriding_member": member("PUSER2")}
    first = {"rotation_id": "ROT1", "start_time": START, "end_time": NOON}
    second = {"custom_shift_id": "CUST1", "start_time": NOON, "end_time": END}
    assert sent(api) == [
        added | first | {"overridden_member": member("PUSER1")},
        added | second | {"overridden_member": member("PUSER3")},
    ]


def test_an_override_of_an_override_replaces_the_same_member(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    there = override_v3("PUSER9", "PUSER1")
    add_v3(api, shift("PUSER9", override_id="V1"), overrides=(there,))
    answer = {"overrides": [override_v3("PUSER2", "PUSER1")]}
    api.add("POST", f"{V3}/overrides", status=201, json=answer)
    put_on_call(pagerduty)
    assert sent(api)[0]["overridden_member"] == member("PUSER1")
    assert put_on_call(pagerduty, "PUSER9") == []


def test_where_nobody_is_on_call_there_is_a_custom_shift(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    add_v3(api, shift("PUSER1", end=NOON), shift("", start=NOON))
    api.add("POST", f"{V3}/overrides", status=201, json={"overrides": [override_v3("PUSER2", "")]})
    api.add("POST", f"{V3}/custom_shifts", status=201, json={"custom_shifts": [CUSTOM_SHIFT]})
    assert put_on_call(pagerduty) == [("V1", "PUSER2"), ("C1", "PUSER2")]
    (added,) = json.loads(api.calls[-1].request.body or "")["custom_shifts"]
    assert added == {name: value for name, value in CUSTOM_SHIFT.items() if name != "id"}


def test_a_custom_shift_is_no_conflict_but_may_be_enough(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    api.add("GET", V2, status=400, json={"error": {"message": "Use /v3/schedules"}})
    api.add("GET", f"{V3}/overrides", json={"overrides": []})
    api.add("GET", f"{V3}/custom_shifts", json={"custom_shifts": [CUSTOM_SHIFT]})
    found = ScheduleOverrides(pagerduty, "PSCHED1", Interval(datetime.fromisoformat(NOON), DAY.end))
    covering = found.find_covering("PUSER2")
    assert covering is not None
    assert covering.id == "C1"
    assert list(found.conflicting("PUSER1")) == []


def test_only_a_schedule_of_the_other_kind_is_asked_for_again(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    api.add("GET", V2, status=403)
    with pytest.raises(ApiRejected, match="it answered 403"):
        ScheduleOverrides(pagerduty, "PSCHED1", DAY)


def test_overrides_that_cover_or_conflict(api: RequestsMock, pagerduty: PagerDuty) -> None:
    def override(user: str, start: str = START, end: str = END) -> dict[str, Any]:
        return {"id": user, "user": {"id": user}, "start": start, "end": end}

    others = [override("PUSER9"), override("PUSER8", END, NEXT_DAY)]
    mine = [override("PUSER2", END), override("PUSER2", "bad"), override("PUSER3", START, NOON)]
    api.add("GET", V2, json={"overrides": [*others, *mine]})
    current = ScheduleOverrides(pagerduty, "PSCHED1", DAY)
    assert [one.user_id for one in current.conflicting("PUSER2")] == ["PUSER9", "PUSER3"]
    assert current.find_covering("PUSER2") is None
    assert current.find_covering("PUSER9") is not None
