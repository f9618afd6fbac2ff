"""Standing in: once, on either kind of schedule, and never unnoticed when PagerDuty says no."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import (
    ApiRejected,
    ApiUnavailable,
    ApiUnreachable,
    InputError,
    NotApplicable,
)
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.override import Override

API = "https://api.pagerduty.com"
V2 = f"{API}/schedules/PSCHED1/overrides"
V3 = f"{API}/v3/schedules/PSCHED1"
START, NOON, END = "2099-12-01T09:00:00Z", "2099-12-01T12:00:00Z", "2099-12-01T17:00:00Z"
SPAN = f"from {START} until {END} (8 h)"
REQUEST = Override.Inputs(schedule="PSCHED1", assignee="PUSER2", start=START, end="8h")
NO_V2 = {"error": {"message": "Use /v3/schedules", "code": 2001}}


def override(user: str = "PUSER2", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    shown = {"id": "Q1", "start": START, "end": END, "user": {"id": user, "summary": f"N{user}"}}
    return shown | changes


def shift(user: str, start: str = START, end: str = END, **source: str) -> dict[str, Any]:
    member = {"type": "user_member", "user_id": user} if user else {"type": "empty_member"}
    return {
        "start_time": start,
        "end_time": end,
        "member": member,
        "source": {"rotation_id": "ROT1"} | source,
    }


def override_v3(user: str = "PUSER2", start: str = START, end: str = END) -> dict[str, Any]:
    return {
        "id": "V1",
        "type": "override_shift",
        "start_time": start,
        "end_time": end,
        "overridden_member": {"type": "user_member", "user_id": "PUSER1"},
        "overriding_member": {"type": "user_member", "user_id": user},
    }


def sent(api: RequestsMock) -> list[dict[str, Any]]:
    """List the overrides of every POST."""
    posts = [call.request.body for call in api.calls if call.request.method == "POST"]
    return [item for body in posts for item in json.loads(body or "")["overrides"]]


def test_an_override_is_added_and_says_who_is_on_call(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, json={"overrides": []})
    api.add("POST", V2, status=201, json=[{"status": 201, "override": override()}])
    outcome = Override(REQUEST, tools).run()
    assert sent(api) == [
        {"user": {"id": "PUSER2", "type": "user_reference"}, "start": START, "end": END}
    ]
    assert "From" in api.calls[1].request.headers
    assert outcome.message == f"NPUSER2 is on call for schedule PSCHED1 {SPAN}."
    assert outcome.outputs == {"override-id": "Q1"}
    assert outcome.response == {"overrides": [{"id": "Q1", "user": "NPUSER2", "when": SPAN}]}
    assert (outcome.created, outcome.warnings) == (True, ())


def test_an_item_that_is_refused_inside_of_a_201_is_an_error(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, json={"overrides": []})
    refused = {
        "status": 400,
        "errors": ["Override must end after its start"],
        "override": {},
    }
    api.add("POST", V2, status=201, json=[refused])
    with pytest.raises(ApiRejected) as caught:
        Override(REQUEST, tools).run()
    assert str(caught.value) == (
        "PagerDuty did not add the override to schedule PSCHED1: it answered 400 "
        '"Override must end after its start": something about who stands in, or when, is not '
        "valid; check assignee, start and end."
    )


def test_an_answer_without_a_status_for_each_item_is_understood(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, json={"overrides": []})
    shown = {"id": "Q7", "user": {"id": "PUSER2"}}
    api.add("POST", V2, status=201, json={"overrides": [shown]})
    outcome = Override(REQUEST, tools).run()
    assert outcome.outputs == {"override-id": "Q7"}
    assert outcome.message == f"PUSER2 is on call for schedule PSCHED1 {SPAN}."


def test_who_stands_in_already_is_not_put_there_twice(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, json={"overrides": [override("PUSER9"), override()]})
    outcome = Override(REQUEST, tools).run()
    assert outcome.message == f"NPUSER2 is already on call for schedule PSCHED1 {SPAN}."
    assert (outcome.created, outcome.outputs) == (False, {"override-id": "Q1"})
    assert len(api.calls) == 1


def test_an_override_of_somebody_else_in_the_same_time_is_a_warning(
    api: RequestsMock, tools: OperationContext
) -> None:
    others = [override("PUSER9"), override("PUSER8", start=END, end="2099-12-02T09:00:00Z")]
    shorter = override(end=NOON)
    api.add("GET", V2, json={"overrides": [*others, shorter, override(start="bad")]})
    api.add("POST", V2, status=201, json=[{"status": 201, "override": override()}])
    outcome = Override(REQUEST, tools).run()
    assert outcome.created is True
    assert outcome.warnings == (
        (
            f"Schedule PSCHED1 also has an override for NPUSER9 {SPAN}: check in PagerDuty who is "
            "on call where the two overlap."
        ),
    )


def test_after_a_server_error_it_is_looked_up_and_then_added(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, json={"overrides": []})
    api.add("POST", V2, status=502)
    api.add("GET", V2, json={"overrides": []})
    api.add("POST", V2, status=201, json=[{"status": 201, "override": override()}])
    assert Override(REQUEST, tools).run().created is True
    assert [call.request.method for call in api.calls] == ["GET", "POST", "GET", "POST"]


def test_after_a_server_error_that_did_it_nothing_is_added_again(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, json={"overrides": []})
    api.add("POST", V2, status=500)
    api.add("GET", V2, json={"overrides": [override()]})
    outcome = Override(REQUEST, tools).run()
    assert outcome.outputs == {"override-id": "Q1"}
    assert outcome.created is True


def test_two_server_errors_in_a_row_are_reported(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, json={"overrides": []})
    api.add("POST", V2, status=500)
    api.add("GET", V2, status=404)
    api.add("GET", f"{V3}/overrides", status=404)
    with pytest.raises(ApiUnavailable, match="did not add the override to schedule PSCHED1"):
        Override(REQUEST, tools).run()


def test_without_any_answer_nothing_is_sent_again(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, json={"overrides": []})
    api.add("POST", V2, body=ConnectionResetError("reset"))
    with pytest.raises(ApiUnreachable):
        Override(REQUEST, tools).run()
    assert [call.request.method for call in api.calls].count("POST") == 1


def test_on_a_shift_based_schedule_each_shift_is_taken_over(
    api: RequestsMock, tools: OperationContext
) -> None:
    shifts = [
        shift("PUSER1", "2099-12-01T00:00:00Z", NOON),
        shift("PUSER3", NOON, "2099-12-02T00:00:00Z", rotation_id="", shift_id="CUST1"),
        shift("PUSER2", NOON, END),
        shift("", START, END),
        shift("PUSER4", END, "2099-12-02T00:00:00Z"),
    ]
    api.add("GET", V2, status=400, json=NO_V2)
    api.add("GET", f"{V3}/overrides", json={"overrides": []})
    schedule = {"final_schedule": {"computed_shift_assignments": shifts}}
    api.add("GET", V3, json={"schedule": schedule})
    answer = [override_v3(), override_v3() | {"id": "V2"}]
    api.add("POST", f"{V3}/overrides", status=201, json={"overrides": answer})
    outcome = Override(REQUEST, tools).run()
    mine = {"type": "user_member", "user_id": "PUSER2"}
    assert sent(api) == [
        {
            "type": "override_shift",
            "rotation_id": "ROT1",
            "start_time": START,
            "end_time": NOON,
            "overridden_member": {"type": "user_member", "user_id": "PUSER1"},
            "overriding_member": mine,
        },
        {
            "type": "override_shift",
            "custom_shift_id": "CUST1",
            "start_time": NOON,
            "end_time": END,
            "overridden_member": {"type": "user_member", "user_id": "PUSER3"},
            "overriding_member": mine,
        },
    ]
    assert outcome.message == f"PUSER2 is on call for schedule PSCHED1 {SPAN}."
    assert outcome.outputs == {"override-id": "V1,V2"}


def test_who_stands_in_for_somebody_is_replaced_by_standing_in_for_the_same(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, status=400, json=NO_V2)
    api.add("GET", f"{V3}/overrides", json={"overrides": [override_v3("PUSER9")]})
    shifts = [shift("PUSER9", override_id="V1")]
    schedule = {"final_schedule": {"computed_shift_assignments": shifts}}
    api.add("GET", V3, json={"schedule": schedule})
    api.add("POST", f"{V3}/overrides", status=201, json={"overrides": [override_v3()]})
    outcome = Override(REQUEST, tools).run()
    assert sent(api)[0]["overridden_member"] == {"type": "user_member", "user_id": "PUSER1"}
    assert len(outcome.warnings) == 1
    assert "also has an override for PUSER9" in outcome.warnings[0]


def test_who_has_the_shift_anyway_needs_no_override(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, status=404)
    api.add("GET", f"{V3}/overrides", json={"overrides": []})
    schedule = {"final_schedule": {"computed_shift_assignments": [shift("PUSER2")]}}
    api.add("GET", V3, json={"schedule": schedule})
    outcome = Override(REQUEST, tools).run()
    assert outcome.message == f"PUSER2 is already on call for schedule PSCHED1 {SPAN}."
    assert (outcome.created, outcome.outputs) == (False, {"override-id": ""})


def test_a_shift_based_schedule_without_anybody_cannot_be_overridden(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, status=400, json=NO_V2)
    api.add("GET", f"{V3}/overrides", json={"overrides": []})
    api.add("GET", V3, json={"schedule": {"final_schedule": None}})
    with pytest.raises(NotApplicable) as caught:
        Override(REQUEST, tools).run()
    assert str(caught.value) == (
        f"Nobody is on call on schedule PSCHED1 {SPAN}: on a shift-based schedule one can only "
        "stand in for somebody; add a custom shift to the schedule in PagerDuty."
    )


@pytest.mark.parametrize("named", [["Nights"], ["Nights", "nights"], []])
def test_a_schedule_is_looked_up_by_name_among_both_kinds(
    api: RequestsMock, tools: OperationContext, named: list[str]
) -> None:
    api.add("GET", f"{API}/schedules", json={"schedules": []})
    found = [{"id": "PSCHED1", "summary": name} for name in [*named, "Nights 2"]]
    api.add("GET", f"{API}/v3/schedules", json={"schedules": found})
    request = Override.Inputs(schedule="nights", assignee="PUSER2", start=START, end="8h")
    if len(named) != 1:
        with pytest.raises(NotApplicable, match="PagerDuty has no schedule 'nights'"):
            Override(request, tools).run()
        return
    api.add("GET", V2, json={"overrides": [override()]})
    assert Override(request, tools).run().created is False


def test_an_account_without_shift_based_schedules_has_no_such_name(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", f"{API}/schedules", json={"schedules": []})
    api.add("GET", f"{API}/v3/schedules", status=404)
    with pytest.raises(NotApplicable, match="PagerDuty has no schedule 'nights'"):
        Override(
            Override.Inputs(schedule="nights", assignee="PUSER2", start=START, end="8h"), tools
        ).run()


def test_an_unknown_schedule_is_named_with_its_input(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, status=404)
    api.add("GET", f"{V3}/overrides", status=404)
    with pytest.raises(ApiRejected, match="did not find schedule PSCHED1 of input 'schedule'"):
        Override(REQUEST, tools).run()


def test_a_key_that_may_not_read_is_not_taken_for_another_kind(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", V2, status=403)
    with pytest.raises(ApiRejected, match="it answered 403"):
        Override(REQUEST, tools).run()
    assert len(api.calls) == 1


def test_a_time_that_is_over_is_refused_before_anything_is_sent(tools: OperationContext) -> None:
    request = Override.Inputs(schedule="PSCHED1", assignee="PUSER2", end="2020-01-01")
    with pytest.raises(InputError, match="Input 'end' is in the past"):
        Override(request, tools).run()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"end": "later"}, "must be a time such as"),
        ({"end": None}, "end"),
        ({"schedule": ""}, "must be a name or an id"),
        ({"assignee": "a\nb"}, "must be a name or an id"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(change: dict[str, Any], problem: str) -> None:
    given = {"schedule": "PSCHED1", "assignee": "PUSER2", "end": "8h"} | change
    with pytest.raises(ValidationError, match=problem):
        Override.Inputs.model_validate(given)


@pytest.mark.parametrize("found", [[override()], []])
def test_after_an_interruption_the_override_is_looked_up(
    api: RequestsMock, tools: OperationContext, found: list[dict[str, Any]]
) -> None:
    api.add("GET", V2, json={"overrides": found})
    outcome = Override(REQUEST, tools).recover()
    if not found:
        assert outcome is None
        return
    assert outcome is not None
    assert outcome.message == f"NPUSER2 is already on call for schedule PSCHED1 {SPAN}."
    assert outcome.created is None
