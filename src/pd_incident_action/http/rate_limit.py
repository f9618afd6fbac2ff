"""Keeping within what an API allows, according to its responses.

https://developer.pagerduty.com/docs/rest-api-rate-limits
https://docs.port.io/api-reference/rate-limits
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from pd_incident_action.errors import ApiUnavailable

from .deadline import Deadline
from .messages import ApiRequest, ApiResponse

# A tenth is left to everybody else who uses the same credentials, such as a page.
_RESERVED_FRACTION = 10
_WORTH_LOGGING_SECONDS = 1.0
# An epoch is a huge number of seconds, a delay a small one: 10^8 s are three years.
_EPOCH = 10**8


class RateLimit(NamedTuple):
    """What an API still allows; None where it doesn't say.

    Attributes:
        reset: seconds until all of them are allowed again.
    """

    remaining: int | None
    limit: int | None
    reset: float | None


def rate_limit(headers: Mapping[str, str], *, now: float | None = None) -> RateLimit:
    """Read what an API still allows from its headers.

    Understands PagerDuty's ``ratelimit-…``, whose reset is in seconds from now, and the
    ``x-ratelimit-…`` of other APIs, whose reset is in epoch seconds or in seconds from now, and
    whose limit may be a list that begins with the one that counts.
    """

    def value(name: str) -> str:
        return headers.get(f"ratelimit-{name}") or headers.get(f"x-ratelimit-{name}", "")

    return RateLimit(
        _number(value("remaining")),
        _number(value("limit").partition(",")[0]),
        seconds_until(value("reset"), time.time() if now is None else now),
    )


def _number(text: str) -> int | None:
    with suppress(ValueError):
        return int(text) if text.strip().isdecimal() else None
    return None


def seconds_until(value: object, now: float) -> float | None:
    """Read a delay, a time in epoch seconds, or a date; None for anything else."""
    text = str(value)
    with suppress(ValueError):
        number = float(text)
        return max(0.0, number - now if number > _EPOCH else number)
    for parse_date in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, OverflowError):
            return max(0.0, parse_date(text).timestamp() - now)
    return None


@dataclass(frozen=True)
class RateLimitState:
    """What an API still allows.

    Attributes:
        reset_at: when it allows all of them again, in seconds of the monotonic clock.
    """

    remaining: int
    limit: int
    reset_at: float

    def wait(self, now: float) -> float:
        """Return how many seconds to wait before the next request."""
        reserved = self.limit // _RESERVED_FRACTION
        return 0.0 if self.remaining > reserved else self.reset_at - now


@dataclass(eq=False)
class RateLimiter:
    """Sends requests to one API, from several threads, as fast as it allows.

    Attributes:
        stop: set from outside to end all waiting.
    """

    name: str
    send_now: Callable[[ApiRequest], ApiResponse]
    log: Callable[[str], None]
    deadline: Deadline
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _state: RateLimitState | None = field(default=None, init=False)
    _logged_until: float = field(default=0.0, init=False)

    def send(self, request: ApiRequest) -> ApiResponse:
        """Send a request as soon as the API allows it.

        Raises:
            ApiUnavailable: the API allows no more before the deadline.
        """
        while (seconds := self._claim()) > 0 and not self.stop.is_set():
            if seconds >= self.deadline.remaining():
                raise self._too_late(request, seconds)
            self.deadline.cancellation.wait_for(self.stop, seconds)
        response = self.send_now(request)
        allowed = rate_limit(response.headers)
        if allowed.remaining is not None and allowed.reset is not None:
            reset_at = self.clock() + allowed.reset
            with self._lock:
                self._state = RateLimitState(allowed.remaining, allowed.limit or 0, reset_at)
        return response

    def _claim(self) -> float:
        """Take one of the allowed requests, or return how many seconds to wait for one."""
        with self._lock:
            state, now = self._state, self.clock()
            if state is None:
                return 0.0
            wait = state.wait(now)
            if wait <= 0:
                self._state = replace(state, remaining=state.remaining - 1)
            should_log = wait > _WORTH_LOGGING_SECONDS and self._logged_until < now
            if should_log:
                self._logged_until = state.reset_at
        if should_log:
            self.log(f"{self.name} allows the next requests in {wait:.0f} s; waiting.")
        return wait

    def _too_late(self, request: ApiRequest, seconds: float) -> ApiUnavailable:
        return ApiUnavailable(
            f"{self.name} was not asked to {request.action}: it allows the next requests in "
            f"{seconds:.0f} s",
            "the time is up before that",
            "raise timeout, or run it again in a minute",
            service=self.name,
        )
