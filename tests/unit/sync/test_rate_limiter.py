"""Requests are sent as fast as an API allows, with some left to everybody else."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest

from pd_incident_action.errors import ApiUnavailable
from pd_incident_action.http.deadline import Cancellation, Deadline
from pd_incident_action.http.messages import ApiRequest, ApiResponse
from pd_incident_action.sync.pipeline import RateLimiter

REQUEST = ApiRequest("GET", "/incidents", "list the incidents")


class Waiting(Cancellation):
    """Takes no time to wait, but moves the clock on."""

    now = 1000.0
    stops_at = float("inf")

    def wait_for(self, event: threading.Event, seconds: float) -> bool:
        self.now += seconds
        if self.now >= self.stops_at:
            event.set()
        return event.is_set()


@dataclass
class Limited:
    """An API behind a limiter: says with its first responses what it allows, and until when."""

    clock: Waiting
    said: list[tuple[object, object]] = field(default_factory=list)
    limit: int = 0
    seconds: float = 60
    sent: list[float] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def answer(self, _request: ApiRequest) -> ApiResponse:
        self.sent.append(self.clock.now - 1000)
        if not self.said:
            return ApiResponse(200, {}, {})
        remaining, reset = self.said.pop(0)
        headers = {"ratelimit-remaining": f"{remaining}", "ratelimit-reset": f"{reset}"}
        return ApiResponse(200, {**headers, "ratelimit-limit": str(self.limit)}, {})

    def send(self, count: int) -> list[float]:
        """Send requests, and return when each was sent."""
        deadline = Deadline(self.seconds, self.clock)
        log, stop = self.lines.append, threading.Event()
        limiter = RateLimiter("PagerDuty", self.answer, log, deadline, stop)
        for _ in range(count):
            limiter.send(REQUEST)
        return self.sent


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    waiting = Waiting()
    monkeypatch.setattr(time, "monotonic", lambda: waiting.now)
    return waiting


def test_a_tenth_of_the_limit_is_left_to_others(clock: Waiting) -> None:
    for remaining, limit, wait in [(101, 1000, 0), (100, 1000, 30), (1, 5, 0), (0, 5, 30)]:
        clock.now = 1000
        assert Limited(clock, [(remaining, 30)], limit).send(2) == [0, wait]


def test_an_exhausted_limit_is_waited_for(clock: Waiting) -> None:
    api = Limited(clock, [(1, 60), (0, 1)])
    assert api.send(3) == [0, 0, 1]
    assert api.lines == [], "so short a wait isn't worth a line"


def test_requests_under_way_are_counted(clock: Waiting) -> None:
    assert Limited(clock, [(2, 1.5)]).send(4) == [0, 0, 0, 1.5]


def test_without_both_headers_there_is_no_limit(clock: Waiting) -> None:
    for said in [("", ""), (0, ""), ("", 30)]:
        assert Limited(clock, [said] * 5).send(5) == [0] * 5


def test_a_long_wait_is_logged_once_and_ends_when_stopped(clock: Waiting) -> None:
    api = Limited(clock, [(0, 30), (0, 25)])
    clock.stops_at = 1030
    assert api.send(3) == [0, 30, 30]
    assert api.lines == ["PagerDuty allows the next requests in 30 s; waiting."]


def test_a_wait_beyond_the_deadline_is_refused_at_once(clock: Waiting) -> None:
    api = Limited(clock, [(0, 30)], seconds=5)
    with pytest.raises(ApiUnavailable) as refused:
        api.send(2)
    assert api.sent == [0]
    assert str(refused.value) == (
        "PagerDuty was not asked to list the incidents: it allows the next requests in 30 s: "
        "the time is up before that; raise timeout, or run it again in a minute."
    )
    assert refused.value.title == "PagerDuty is unavailable"
