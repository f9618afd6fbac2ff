"""What was sent and what came back: every attempt of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

# What is looked up later: how many requests are left, and the API's time.
_KEPT = ("ratelimit", "x-ratelimit", "date")


class Attempt(NamedTuple):
    """One attempt to send a request.

    Attributes:
        action: what it is for, as in "PagerDuty failed to <create the incident>".
        writes: whether it is to change something.
        number: 1 for the first attempt of its request.
        began: when, in seconds of the monotonic clock.
        headers: the response's headers; names in lower case.
        problem: why there is no usable response, or empty.
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
        status = self.status or 0
        is_success = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        return is_success and not self.problem

    @property
    def is_refused(self) -> bool:
        """Whether the API refused, so that nothing was done."""
        return HTTPStatus.BAD_REQUEST <= (self.status or 0) < HTTPStatus.INTERNAL_SERVER_ERROR


class RequestLog:
    """Every attempt of a run, from all its threads."""

    def __init__(self, on_attempt: Callable[[Attempt], None] = lambda _attempt: None) -> None:
        self._on_attempt = on_attempt
        self._lock = threading.Lock()
        self._attempts: list[Attempt] = []

    def add(self, attempt: Attempt) -> None:
        """Record an attempt that is over."""
        with self._lock:
            # Without the bodies: a run that copies thousands of incidents would hold them all.
            kept = {n: v for n, v in attempt.headers.items() if n.startswith(_KEPT)}
            self._attempts.append(attempt._replace(sent="", received="", headers=kept))
            self._on_attempt(attempt)

    def may_have_written(self, but_to: str) -> bool:
        """Check whether any API but one may have done something that it was asked to."""
        return any(
            one.writes and one.service != but_to and not one.is_refused for one in self.attempts
        )

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """All attempts so far, in the order in which they ended, without their bodies."""
        with self._lock:
            return tuple(self._attempts)
