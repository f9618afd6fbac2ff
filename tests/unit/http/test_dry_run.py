"""A dry run records what would be written, and makes up a plausible response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from requests import PreparedRequest
from responses import RequestsMock

from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.dry_run import DryRun, DryRunClient, PlannedRequest
from pd_incident_action.http.messages import ApiRequest, ErrorDetail

API = "https://api.example.com"


def open_client() -> DryRunClient:
    """Open the client of an API that nothing is known about."""

    def explain(_status: int, _headers: Mapping[str, str], _body: object) -> ErrorDetail:
        return ErrorDetail("")

    return DryRun().client(
        "",
        service="PagerDuty",
        base_url=API,
        authenticate=dict,
        explain=explain,
        deadline=Deadline(60),
    )


def test_what_would_be_sent_is_recorded_in_order_and_answered_where_nothing_is_asked_for() -> None:
    client = open_client()
    for number in range(3):
        body = {"number": number}
        assert client.send(ApiRequest("POST", "/x", "x", json=body)).body == body
    assert client.send(ApiRequest("DELETE", "/x", "x")).body == {}
    bodies = [{"number": number} for number in range(3)]
    assert client.dry_run.planned == [
        *(PlannedRequest("PagerDuty", "POST", f"{API}/x", body) for body in bodies),
        PlannedRequest("PagerDuty", "DELETE", f"{API}/x", None),
    ]


def test_several_changes_are_made_to_each_on_nobodys_behalf_and_of_very_many_only_shown(
    api: RequestsMock,
) -> None:
    def read(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        assert request.headers["X-Early-Access"] == "v2"
        assert "From" not in request.headers
        return 200, {}, '{"incident": {"title": "Down", "status": "triggered"}}'

    for identifier in ("Q1", "Q2"):
        api.add_callback("GET", f"{API}/incidents/{identifier}", callback=read)
    changes: list[dict[str, Any]] = [{"id": "Q1", "status": "resolved"}, {"id": "Q2"}, {"a": 1}]
    request = ApiRequest(
        "PUT",
        "/incidents",
        "x",
        json={"incidents": changes},
        headers={"From": "ada@example.com", "X-Early-Access": "v2"},
        envelope="incidents",
    )
    now = {"title": "Down", "status": "triggered"}
    client = open_client()
    for _ in range(25):
        changed = [*({**now, **one} for one in changes[:2]), {"a": 1}]
        assert client.send(request).body == {"incidents": changed}
    assert client.send(request).body == {"incidents": changes}
