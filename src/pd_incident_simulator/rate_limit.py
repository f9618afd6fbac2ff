"""Rate limits with windows of fixed length, as PagerDuty and Port have them, and with bursts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """How much of a window is used after a request.

    Attributes:
        used: how many requests there were in it, this one included.
        period: the window's length in seconds.
        reset_in: whole seconds until the next window begins, rounded up.
    """

    limit: int
    used: int
    period: float
    reset_in: int

    @property
    def is_exceeded(self) -> bool:
        """Whether the request was one too many."""
        return self.used > self.limit

    @property
    def remaining(self) -> int:
        """How many requests this window still allows."""
        return max(0, self.limit - self.used)


class FixedWindow:
    """Counts requests; not safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limit = (0, 0.0)
        self._used = 0
        self._began = 0.0

    def count(self, limit: int, period: float) -> Usage:
        """Count a request; another limit or period than before begins a new window."""
        now = self._clock()
        if self._limit != (limit, period) or now - self._began >= period:
            self._limit, self._used, self._began = (limit, period), 0, now
        self._used += 1
        return Usage(limit, self._used, period, math.ceil(period - (now - self._began)))


class TokenBucket:
    """Allows a burst of requests, and afterwards as many as a rate; not safe to share."""

    def __init__(
        self, burst: float, per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = self._left = burst
        self._per_second = per_second
        self._clock = clock
        self._at = clock()

    def take(self) -> bool:
        """Count a request, and return whether it is allowed."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def seconds_to_next(self) -> float:
        """How long until another request is allowed."""
        return (1 - self._left) / self._per_second
