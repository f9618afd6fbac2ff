"""A dry run records what would be written, and makes up a plausible response."""

from __future__ import annotations

from typing import Any

from pd_incident_action.http.dry_run import DryRun, PlannedRequest, merge
from pd_incident_action.http.messages import ApiRequest, ApiResponse

API = "https://api.example.com"
NOW = {"title": "Down", "status": "triggered", "urgency": "high"}


def read(request: ApiRequest) -> ApiResponse:
    """Show what is there; asked for as the request itself, but on nobody's behalf."""
    assert (request.method, request.action) == ("GET", "x")
    assert request.headers == {"Accept": "v2"}
    return ApiResponse(200, {}, {request.envelope: {**NOW, "read": request.path}})


def answer(dry_run: DryRun, request: ApiRequest) -> Any:  # noqa: ANN401 - JSON
    response = dry_run.answer("PagerDuty", API, request, read, merge)
    assert response.status == 200
    return response.body


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
    assert answer(DryRun(), call) == {"incident": {"id": "to-be-created", "title": "Down"}}


HEADERS = {"From": "ada@example.com", "Accept": "v2"}


def test_a_change_is_made_to_what_is_there_now() -> None:
    body = {"incident": {"urgency": "low"}}
    request = ApiRequest(
        "PUT", "/incidents/Q1", "x", json=body, headers=HEADERS, envelope="incident"
    )
    changed = {**NOW, "read": "/incidents/Q1", "urgency": "low"}
    assert answer(DryRun(), request) == {"incident": changed}


def test_several_changes_are_made_to_each_and_of_very_many_only_shown() -> None:
    changes: list[dict[str, object]] = [{"id": "Q1", "status": "resolved"}, {"id": "Q2"}, {"a": 1}]
    request = ApiRequest(
        "PUT", "/incidents", "x", json={"incidents": changes}, headers=HEADERS, envelope="incidents"
    )
    changed = [{**NOW, "read": f"/incidents/{one['id']}", **one} for one in changes[:2]]
    dry_run = DryRun()
    for _ in range(25):
        assert answer(dry_run, request) == {"incidents": [*changed, {"a": 1}]}
    assert answer(dry_run, request) == {"incidents": changes}


def test_an_answer_that_nobody_reads_is_what_was_sent() -> None:
    assert answer(DryRun(), ApiRequest("POST", "/enqueue", "x", json={"a": 1})) == {"a": 1}
    assert answer(DryRun(), ApiRequest("DELETE", "/x", "x")) == {}
