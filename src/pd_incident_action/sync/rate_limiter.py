"""Keeping within what an API allows, as its responses tell.

https://developer.pagerduty.com/docs/rest-api-rate-limits
https://docs.port.io/api-reference/rate-limits
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pd_incident_action.errors import ApiUnavailable
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.messages import ApiRequest, ApiResponse
from pd_incident_action.http.retry import rate_limit

# A tenth is left to everybody else who uses the same credentials, such as a page.
_RESERVED_FRACTION = 10
_WORTH_LOGGING_SECONDS = 1.0


@dataclass(frozen=True)
class RateLimitState:
    """What an API still allows.

    Attributes:
        remaining: how many requests.
        limit: how many in all, from one reset to the next.
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
        name: the API's name.
        send_now: sends a request.
        log: writes a line to the log.
        deadline: when everything has to be finished.
        stop: set from outside to end all waiting.
        clock: returns seconds of the monotonic clock.
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
            ApiError: the API refused or wasn't reached.
            Cancelled: the job was cancelled.
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
