"""The rate limit of an API key.

https://api-docs.incident.io/ under Rate Limits: a bucket of tokens that refills all the time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .objects import ApiError

_MINUTE = 60.0


@dataclass
class RateLimit:
    """A bucket of tokens for each key.

    Attributes:
        per_minute: how many requests the bucket holds, at least 1, and how many are added within
            a minute.
        clock: the time in seconds.
    """

    per_minute: int = 1200
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def count(self, key: str, name: str) -> dict[str, str]:
        """Count a request.

        Args:
            key: id of the API key.
            name: its name.

        Returns:
            The headers with the rate limit.

        Raises:
            ApiError: no request is left.
        """
        at = self.clock()
        left, since = self._buckets.get(key, (float(self.per_minute), at))
        left = min(self.per_minute, left + (at - since) * self.per_minute / _MINUTE)
        if left < 1:
            raise self._error(name, left)
        self._buckets[key] = (left - 1, at)
        return self._headers(left - 1)

    def _headers(self, left: float) -> dict[str, str]:
        full_in = (self.per_minute - left) * _MINUTE / self.per_minute
        return {
            "X-RateLimit-Limit": f"{self.per_minute}, {self.per_minute};window=60",
            "X-RateLimit-Remaining": str(int(left)),
            "X-RateLimit-Used": str(self.per_minute - int(left)),
            "X-RateLimit-Reset": str(math.ceil(time.time() + full_in)),
        }

    def _error(self, name: str, left: float) -> ApiError:
        wait = math.ceil((1 - left) * _MINUTE / self.per_minute)
        until = datetime.now(UTC) + timedelta(seconds=wait)
        limit = {
            "name": name,
            "limit": self.per_minute,
            "remaining": 0,
            "retry_after": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        message = "Too many requests hit the API too quickly."
        error = {"code": "too_many_requests", "message": message}
        headers = {**self._headers(left), "Retry-After": str(wait)}
        return ApiError(
            429, "too_many_requests", error, more={"rate_limit": limit}, headers=headers
        )
