"""How many requests an account may make in a while: a window of fixed length, then the next."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """Where an account stands after a request.

    Attributes:
        limit: how many requests a window allows.
        used: how many there were in this one, the request itself included.
        seconds: the window's length.
        seconds_left: how long until the next window begins.
    """

    limit: int
    used: int
    seconds: float
    seconds_left: float

    @property
    def exceeded(self) -> bool:
        """Whether the request was one too many."""
        return self.used > self.limit

    @property
    def remaining(self) -> int:
        """How many requests this window still allows."""
        return max(0, self.limit - self.used)

    @property
    def whole_seconds_left(self) -> int:
        """How long until the next window begins, in whole seconds, so that none is too few."""
        return math.ceil(self.seconds_left)

    @property
    def reset_at(self) -> int:
        """When the next window begins, in seconds since 1970, so that none is too few."""
        return math.ceil(time.time() + self.seconds_left)


class Window:
    """Counts an account's requests; the account's lock must be held."""

    def __init__(self) -> None:
        self._limit = (0, 0.0)
        self._used = 0
        self._began = 0.0

    def take(self, count: int, seconds: float) -> Standing:
        """Count a request; another limit than before begins a new window.

        Args:
            count: how many requests a window allows.
            seconds: the window's length.
        """
        at = time.monotonic()
        if self._limit != (count, seconds) or at - self._began >= seconds:
            self._limit, self._used, self._began = (count, seconds), 0, at
        self._used += 1
        return Standing(count, self._used, seconds, seconds - (at - self._began))
