"""Keeping within what an API allows, as its answers tell.

https://developer.pagerduty.com/docs/rest-api-rate-limits
https://docs.port.io/api-reference/rate-limits
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiUnavailable
from pd_incident_action.http.retry import rate_limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from pd_incident_action.http.deadline import Deadline
    from pd_incident_action.http.messages import ApiRequest, ApiResponse

# Left to everybody else who uses the same credentials, such as a page.
_SHARE_OF_OTHERS = 10
_WORTH_TELLING = 1.0


@dataclass(frozen=True)
class RateLimitState:
    """What an API still allows.

    Attributes:
        remaining: how many requests.
        limit: how many it allows in all, from one reset to the next.
        reset_at: when it allows all of them again, in seconds of the monotonic clock.
    """

    remaining: int
    limit: int
    reset_at: float

    def wait(self, now: float) -> float:
        """Tell how many seconds to wait before the next request.

        Args:
            now: seconds of the monotonic clock.
        """
        return 0.0 if self.remaining > self.limit // _SHARE_OF_OTHERS else self.reset_at - now


class Limiter:
    """Sends requests to one API, from several threads, as fast as it allows.

    Args:
        name: the API's name.
        send: sends a request.
        say: takes a line for the log.
        deadline: when everything has to be finished.
        stop: set from outside to end all waiting.
    """

    def __init__(
        self,
        name: str,
        send: Callable[[ApiRequest], ApiResponse],
        say: Callable[[str], None],
        deadline: Deadline,
        stop: threading.Event | None = None,
    ) -> None:
        self._name = name
        self._send = send
        self._stop = stop or threading.Event()
        self._say = say
        self._deadline = deadline
        self._lock = threading.Lock()
        self._allowance: RateLimitState | None = None
        self._with_result = 0.0

    def send(self, call: ApiRequest) -> ApiResponse:
        """Send a request as soon as the API allows it.

        Args:
            call: what to send.

        Returns:
            The answer.

        Raises:
            Unavailable: the API allows no more before the time is up.
            ApiError: the API refused or wasn't reached.
        """
        while (seconds := self._claim()) > 0 and not self._stop.is_set():
            if seconds >= self._deadline.remaining():
                raise self._too_late(call, seconds)
            self._stop.wait(seconds)
        answer = self._send(call)
        allowed = rate_limit(answer.headers)
        if allowed.remaining is not None and allowed.reset is not None:
            reset_at = time.monotonic() + allowed.reset
            with self._lock:
                self._allowance = RateLimitState(allowed.remaining, allowed.limit or 0, reset_at)
        return answer

    def _too_late(self, call: ApiRequest, seconds: float) -> ApiUnavailable:
        return ApiUnavailable(
            f"{self._name} was not asked to {call.action}: it allows the next requests in "
            f"{seconds:.0f} s",
            "the time is up before that",
            "raise timeout, or run it again in a minute",
            service=self._name,
        )

    def _claim(self) -> float:
        """Take one of the requests that are allowed, or tell how many seconds to wait for one."""
        with self._lock:
            allowance, now = self._allowance, time.monotonic()
            if allowance is None:
                return 0.0
            wait = allowance.wait(now)
            if wait <= 0:
                self._allowance = replace(allowance, remaining=allowance.remaining - 1)
            should_log = wait > _WORTH_TELLING and self._with_result < now
            if should_log:
                self._with_result = allowance.reset_at
        if should_log:
            self._say(f"{self._name} allows the next requests in {wait:.0f} s; waiting.")
        return wait
