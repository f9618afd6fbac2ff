"""What tests of syncing share: APIs that answer from a function, and incidents to sync."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pd_incident_action.http.messages import ApiRequest, ApiResponse
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.port.mapping import Blueprint


class FakeApi:
    """Answers each request with what a function returns for it, and records it."""

    def __init__(self, answer: Callable[[ApiRequest], Any]) -> None:
        self._answer = answer
        self.requests: list[ApiRequest] = []

    def send(self, request: ApiRequest) -> ApiResponse:
        self.requests.append(request)
        return ApiResponse(200, {}, self._answer(request))


@pytest.fixture
def fake() -> type[FakeApi]:
    return FakeApi


def incident(identifier: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of JSON
    return {
        "id": identifier,
        "title": "Down",
        "status": "triggered",
        "service": {"id": "PSVC001"},
        "assignments": [{"assignee": {"summary": "Ada"}}],
        "created_at": "2026-11-01T09:00:00Z",
    } | changes


@pytest.fixture
def incident_json() -> Callable[..., dict[str, Any]]:
    """An incident as PagerDuty shows it."""
    return incident


@pytest.fixture
def read_incident() -> Callable[..., PagerDutyIncident]:
    """An incident as it is read."""
    return lambda identifier, **changes: PagerDutyIncident.read(incident(identifier, **changes))


@pytest.fixture
def blueprint() -> Blueprint:
    """The blueprint of incidents."""
    types = {
        "status": "string",
        "responder": "string",
        "assignees": "array",
        "created_at": "string",
    }
    properties = {name: {"type": type_} for name, type_ in types.items()}
    service = {"target": "pagerdutyService", "many": True}
    return Blueprint.read(
        {
            "identifier": "pagerdutyIncident",
            "schema": {"properties": properties},
            "relations": {"pagerdutyService": service},
        }
    )
