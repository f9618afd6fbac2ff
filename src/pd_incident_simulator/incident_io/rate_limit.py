"""How many requests an API key may make.

https://api-docs.incident.io/ under Rate Limits: a bucket of tokens that refills all the time.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .things import RefusedError

_MINUTE = 60.0


@dataclass
class RateLimit:
    """A bucket of tokens for each key.

    Attributes:
        per_minute: how many requests the bucket holds, at least 1, and how many come back within
            a minute.
    """

    per_minute: int = 1200
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, key: str, name: str) -> dict[str, str]:
        """Count a request.

        Args:
            key: the API key.
            name: what people call the key.

        Returns:
            The headers that say how much is left.

        Raises:
            RefusedError: nothing is left.
        """
        at = time.monotonic()
        left, since = self._buckets.get(key, (float(self.per_minute), at))
        left = min(self.per_minute, left + (at - since) * self.per_minute / _MINUTE)
        if left < 1:
            raise self._refusal(name, left)
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

    def _refusal(self, name: str, left: float) -> RefusedError:
        wait = math.ceil((1 - left) * _MINUTE / self.per_minute)
        until = datetime.now(UTC) + timedelta(seconds=wait)
        limit = {
            "name": name,
            "limit": self.per_minute,
            "remaining": 0,
            "retry_after": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        words = "Too many requests hit the API too quickly."
        error = {"code": "too_many_requests", "message": words}
        headers = {**self._headers(left), "Retry-After": str(wait)}
        return RefusedError(
            429, "too_many_requests", error, more={"rate_limit": limit}, headers=headers
        )
