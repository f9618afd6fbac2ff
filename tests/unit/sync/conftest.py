"""What tests of copying share: APIs that answer from a list, and incidents to copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pd_incident_action.http.messages import ApiRequest, ApiResponse

BLUEPRINT: dict[str, Any] = {
    "identifier": "pagerdutyIncident",
    "schema": {
        "properties": {
            "status": {"type": "string"},
            "responder": {"type": "string"},
            "assignees": {"type": "array"},
            "created_at": {"type": "string"},
        }
    },
    "relations": {"pagerdutyService": {"target": "pagerdutyService", "many": True}},
}


class FakeApi:
    """Answers each request with what a function makes of it, and notes it down."""

    def __init__(self, answer: Callable[[ApiRequest], Any], headers: Mapping[str, str]) -> None:
        self._answer = answer
        self._headers = headers
        self.calls: list[ApiRequest] = []

    def send(self, call: ApiRequest) -> ApiResponse:
        self.calls.append(call)
        return ApiResponse(200, self._headers, self._answer(call))


@pytest.fixture
def fake() -> Callable[..., FakeApi]:
    """Make an API."""

    def make(
        answer: Callable[[ApiRequest], Any], headers: Mapping[str, str] | None = None
    ) -> FakeApi:
        return FakeApi(answer, headers or {})

    return make


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
def new_incident() -> Callable[..., dict[str, Any]]:
    """Make an incident as PagerDuty shows it."""
    return incident


@pytest.fixture
def blueprint() -> dict[str, Any]:
    """The blueprint of incidents."""
    return BLUEPRINT
