"""Requests are sent as fast as an API allows, with some left to everybody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from pd_incident_action.errors import ApiUnavailable
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.messages import ApiRequest, ApiResponse
from pd_incident_action.sync.rate_limiter import Limiter, RateLimitState

CALL = ApiRequest("GET", "/incidents", "list the incidents")


@pytest.mark.parametrize(
    ("remaining", "limit", "wait"), [(101, 1000, 0), (100, 1000, 30), (1, 5, 0), (0, 5, 30)]
)
def test_a_tenth_of_the_limit_is_left_to_others(remaining: int, limit: int, wait: float) -> None:
    assert RateLimitState(remaining, limit, 130).wait(100) == wait


class Api:
    """Tells with each answer what it allows."""

    def __init__(self, *told: tuple[int, float]) -> None:
        self.told = list(told)
        self.sent: list[float] = []

    def send(self, _call: ApiRequest) -> ApiResponse:
        self.sent.append(time.monotonic())
        remaining, reset = self.told.pop(0) if self.told else (100, 60)
        headers = {"ratelimit-remaining": str(remaining), "ratelimit-reset": str(reset)}
        return ApiResponse(200, headers, {})


@pytest.fixture
def limiter_of() -> Callable[..., Limiter]:
    def make(api: Any, lines: list[str], seconds: float = 60, **more: Any) -> Limiter:  # noqa: ANN401 - anything that sends
        return Limiter("PagerDuty", api.send, lines.append, Deadline(seconds), **more)

    return make


def test_an_exhausted_limit_is_waited_for(limiter_of: Callable[..., Limiter]) -> None:
    api, lines = Api((1, 60), (0, 1)), list[str]()
    limiter = limiter_of(api, lines)
    for _ in range(3):
        limiter.send(CALL)
    assert api.sent[1] - api.sent[0] < 0.9
    assert 0.95 < api.sent[2] - api.sent[1] < 5
    assert lines == [], "so short a wait isn't worth a line"


def test_a_long_wait_is_told_once_and_ends_when_it_is_stopped(
    limiter_of: Callable[..., Limiter],
) -> None:
    api, lines, stop = Api((0, 30)), list[str](), threading.Event()
    limiter = limiter_of(api, lines, stop=stop)
    limiter.send(CALL)
    threads = [threading.Thread(target=limiter.send, args=(CALL,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    assert len(api.sent) == 1
    stop.set()
    for thread in threads:
        thread.join(5)
    assert len(api.sent) == 3
    assert lines == ["PagerDuty allows the next requests in 30 s; waiting."]


def test_a_wait_beyond_the_deadline_is_refused_at_once(
    limiter_of: Callable[..., Limiter],
) -> None:
    api = Api((0, 30))
    limiter = limiter_of(api, [], seconds=5)
    limiter.send(CALL)
    with pytest.raises(
        ApiUnavailable, match=r"was not asked to list the incidents: it allows .* 30 s"
    ):
        limiter.send(CALL)
    assert len(api.sent) == 1


def test_requests_that_are_under_way_are_counted(limiter_of: Callable[..., Limiter]) -> None:
    class Silent(Api):
        def send(self, call: ApiRequest) -> ApiResponse:
            answer = super().send(call)
            return answer if len(self.sent) == 1 else ApiResponse(200, {}, {})

    api = Silent((2, 1.5))
    limiter = limiter_of(api, [])
    for _ in range(4):
        limiter.send(CALL)
    assert api.sent[2] - api.sent[0] < 1
    assert api.sent[3] - api.sent[2] > 0.4
