"""A dry run records what would be written, and makes up a plausible response."""

from __future__ import annotations

from typing import Any

from pd_incident_action.http.dry_run import DryRun, PlannedRequest
from pd_incident_action.http.messages import ApiRequest, ApiResponse

API = "https://api.example.com"
NOW = {"id": "Q1", "title": "Down", "status": "triggered", "urgency": "high"}


def read(call: ApiRequest) -> ApiResponse:
    assert call.method == "GET"
    assert "From" not in call.headers
    return ApiResponse(200, {}, {call.envelope: {**NOW, "id": call.path.split("/")[-1]}})


def answer(dry_run: DryRun, call: ApiRequest) -> Any:  # noqa: ANN401 - JSON
    return dry_run.answer("PagerDuty", API, call, read).body


def test_what_would_be_sent_is_recorded_in_order() -> None:
    dry_run = DryRun()
    for number in range(3):
        answer(dry_run, ApiRequest("POST", "/x", "x", json={"number": number}))
    assert dry_run.planned == [
        PlannedRequest("PagerDuty", "POST", f"{API}/x", {"number": number}) for number in range(3)
    ]


def test_something_new_is_what_was_sent_with_an_id_of_no_use() -> None:
    call = ApiRequest(
        "POST", "/incidents", "x", json={"incident": {"title": "Down"}}, envelope="incident"
    )
    assert answer(DryRun(), call) == {
        "incident": {"id": "dry-run", "status": "triggered", "title": "Down"}
    }


def test_a_change_is_made_to_what_is_there_now() -> None:
    call = ApiRequest(
        "PUT",
        "/incidents/Q1",
        "x",
        json={"incident": {"urgency": "low"}},
        headers={"From": "ada@example.com"},
        envelope="incident",
    )
    assert answer(DryRun(), call) == {"incident": {**NOW, "urgency": "low"}}


def test_several_changes_are_made_to_each() -> None:
    changes = [{"id": "Q1", "status": "resolved"}, {"id": "Q2", "status": "resolved"}]
    call = ApiRequest("PUT", "/incidents", "x", json={"incidents": changes}, envelope="incidents")
    assert answer(DryRun(), call) == {
        "incidents": [{**NOW, "id": one["id"], "status": "resolved"} for one in changes]
    }


def test_an_answer_that_nobody_reads_is_what_was_sent() -> None:
    assert answer(DryRun(), ApiRequest("POST", "/enqueue", "x", json={"a": 1})) == {"a": 1}
    assert answer(DryRun(), ApiRequest("DELETE", "/x", "x")) == {}
