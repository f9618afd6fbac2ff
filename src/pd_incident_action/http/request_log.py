"""What was sent and what came back, for those who want to know how it went."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

# What is asked for later: how many requests are left, and what time it is there.
_KEPT = ("ratelimit", "x-ratelimit", "date")


class Attempt(NamedTuple):
    """One attempt to send a request.

    Attributes:
        service: the API's name, for example ``PagerDuty``.
        method: HTTP method.
        url: the whole URL.
        action: what it was for, as in "PagerDuty did not <create the incident>".
        writes: whether it was to change something.
        number: 1 for the first attempt of its request.
        began: when, in seconds of the monotonic clock.
        seconds: how long it took.
        status: HTTP status, or None without an answer.
        headers: the answer's headers; names in lower case.
        sent: the request's body as text, or empty.
        received: the answer's body as text, or empty.
        problem: why there is no usable answer, or empty.
    """

    service: str
    method: str
    url: str
    action: str
    writes: bool
    number: int
    began: float
    seconds: float = 0.0
    status: int | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    sent: str = ""
    received: str = ""
    problem: str = ""

    @property
    def ended(self) -> float:
        """When it was over, in seconds of the monotonic clock."""
        return self.began + self.seconds

    @property
    def succeeded(self) -> bool:
        """Whether the API answered with a success that is of use."""
        return self.status is not None and 200 <= self.status < 300 and not self.problem  # noqa: PLR2004 - HTTP's own numbers


class RequestLog:
    """Every attempt of a run, from all its threads.

    Args:
        listener: told each attempt as soon as it is over.
    """

    def __init__(self, listener: Callable[[Attempt], None] = lambda _attempt: None) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._attempts: list[Attempt] = []

    def note(self, attempt: Attempt) -> None:
        """Write an attempt down.

        Args:
            attempt: one that is over.
        """
        with self._lock:
            # Without the bodies: a run that copies thousands of incidents would hold them all.
            kept = {n: v for n, v in attempt.headers.items() if n.startswith(_KEPT)}
            self._attempts.append(attempt._replace(sent="", received="", headers=kept))
            self._listener(attempt)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """All attempts so far, in the order in which they ended; only a part of each is kept."""
        with self._lock:
            return tuple(self._attempts)
