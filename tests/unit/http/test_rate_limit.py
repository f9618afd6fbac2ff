"""Requests are sent as fast as an API allows, with some left to everybody else."""

from __future__ import annotations

import threading

import pytest

from pd_incident_action.errors import ApiUnavailable
from pd_incident_action.http.deadline import Cancellation, Deadline
from pd_incident_action.http.messages import ApiRequest, ApiResponse
from pd_incident_action.http.rate_limit import RateLimiter, RateLimitState

REQUEST = ApiRequest("GET", "/incidents", "list the incidents")


def test_a_tenth_of_the_limit_is_left_to_others() -> None:
    for remaining, limit, wait in [(101, 1000, 0), (100, 1000, 30), (1, 5, 0), (0, 5, 30)]:
        assert RateLimitState(remaining, limit, 130).wait(100) == wait


class Clock(Cancellation):
    """A clock that waiting moves on."""

    now = 1000.0
    stops_at = float("inf")

    def __call__(self) -> float:
        return self.now

    def wait_for(self, event: threading.Event, seconds: float) -> bool:
        self.now += seconds
        if self.now >= self.stops_at:
            event.set()
        return event.is_set()


class Limited:
    """An API behind a limiter: tells with its first responses what it allows."""

    def __init__(self, *told: tuple[float | str, float | str], seconds: float = 60) -> None:
        self.clock = Clock()
        self.told = list(told)
        self.sent: list[float] = []
        self.lines: list[str] = []
        self.limiter = RateLimiter(
            "PagerDuty",
            self.answer,
            self.lines.append,
            Deadline(seconds, self.clock),
            clock=self.clock,
        )

    def answer(self, _request: ApiRequest) -> ApiResponse:
        self.sent.append(self.clock.now - 1000)
        if not self.told:
            return ApiResponse(200, {}, {})
        remaining, reset = self.told.pop(0)
        headers = {"ratelimit-remaining": str(remaining), "ratelimit-reset": str(reset)}
        return ApiResponse(200, headers, {})

    def send(self, count: int) -> None:
        for _ in range(count):
            self.limiter.send(REQUEST)


def test_an_exhausted_limit_is_waited_for() -> None:
    api = Limited((1, 60), (0, 1))
    api.send(3)
    assert api.sent == [0, 0, 1]
    assert api.lines == [], "so short a wait isn't worth a line"


def test_requests_under_way_are_counted() -> None:
    api = Limited((2, 1.5))
    api.send(4)
    assert api.sent == [0, 0, 0, 1.5]


def test_without_both_headers_there_is_no_limit() -> None:
    cases: list[tuple[float | str, float | str]] = [("", ""), (0, ""), ("", 30)]
    for told in cases:
        api = Limited(*[told] * 5)
        api.send(5)
        assert api.sent == [0] * 5


def test_a_long_wait_is_logged_once_and_ends_when_stopped() -> None:
    api = Limited((0, 30), (0, 25))
    api.clock.stops_at = 1030
    api.send(3)
    assert api.sent == [0, 30, 30]
    assert api.lines == ["PagerDuty allows the next requests in 30 s; waiting."]


def test_a_wait_beyond_the_deadline_is_refused_at_once() -> None:
    api = Limited((0, 30), seconds=5)
    with pytest.raises(ApiUnavailable) as refused:
        api.send(2)
    assert api.sent == [0]
    assert str(refused.value) == (
        "PagerDuty was not asked to list the incidents: it allows the next requests in 30 s: "
        "the time is up before that; raise timeout, or run it again in a minute."
    )
    assert refused.value.title == "PagerDuty is unavailable"
