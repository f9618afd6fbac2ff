"""What unit tests share: an internet that answers as told, and clients that never really wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.deadline import Cancellation, Deadline
from pd_incident_action.identity import RunIdentity
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.pagerduty.client import PagerDuty, token_auth
from pd_incident_action.pagerduty.errors import explain, explain_event
from pd_incident_action.pagerduty.events import PagerDutyEvents, no_auth

API = "https://api.pagerduty.com"
EVENTS = "https://events.pagerduty.com/v2"
REST_KEY = "pd-rest-key"
ROUTING_KEY = "R0123456789ABCDEF0123456789ABCDE"
REQUESTER = "ada@example.com"


class Patience(Cancellation):
    """Takes no time to wait, and notes down how long it was asked to."""

    def __init__(self, waits: list[float]) -> None:
        super().__init__()
        self._waits = waits

    def sleep(self, seconds: float) -> None:
        self._waits.append(seconds)
        self.check()


@pytest.fixture
def api() -> Iterator[RequestsMock]:
    """Stand in for the internet: knows only what a test adds, and wants all of it to be asked."""
    with RequestsMock() as mock:
        yield mock


@pytest.fixture
def waits() -> list[float]:
    """Give the seconds that clients would have waited between attempts."""
    return []


@pytest.fixture
def connect(waits: list[float]) -> Callable[..., ApiClient]:
    """Open a client, by default PagerDuty's, that has a minute and never waits for real."""

    def open_client(**changes: Any) -> ApiClient:  # noqa: ANN401 - any argument of Client
        options: dict[str, Any] = {
            "service": "PagerDuty",
            "base_url": API,
            "authenticate": token_auth(REST_KEY),
            "explain": explain,
            "deadline": Deadline(60),
        }
        client = ApiClient(**options | changes)
        client.deadline.cancellation = Patience(waits)
        return client

    return open_client


@pytest.fixture
def pagerduty(connect: Callable[..., ApiClient]) -> PagerDuty:
    """Open PagerDuty's REST API on behalf of Ada."""
    return PagerDuty(connect(), REQUESTER)


@pytest.fixture
def events(connect: Callable[..., ApiClient]) -> PagerDutyEvents:
    """Open PagerDuty's Events API."""
    client = connect(
        service="PagerDuty Events",
        base_url=EVENTS,
        authenticate=no_auth,
        explain=explain_event,
    )
    return PagerDutyEvents(client, ROUTING_KEY)


@pytest.fixture
def tools(pagerduty: PagerDuty, events: PagerDutyEvents) -> OperationContext:
    """Give an operation both APIs and so little time that nothing is looked up twice."""
    identity = RunIdentity(
        repository="octo/shop",
        run_id="123",
        run_number="12",
        workflow="CI",
        job="test",
        step="page",
        ref="main",
    )
    return OperationContext(
        identity=identity, key="pdia-key", deadline=Deadline(0.2), clients=(pagerduty, events)
    )
