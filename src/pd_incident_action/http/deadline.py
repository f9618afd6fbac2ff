"""How long a run goes on: until its time is up, or its job is cancelled.

https://docs.github.com/en/actions/reference/workflow-cancellation-reference
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from pd_incident_action.errors import Cancelled

POLL_SECONDS = 0.1
# How long DNS, TCP and TLS may take.
CONNECT_SECONDS = 5.0
_FIRST_WAIT = 0.2
_LONGEST_WAIT = 2.0


class Cancellation:
    """Whether the job was cancelled. Once it is, nothing that checks it goes on."""

    def __init__(self) -> None:
        self._signal = ""
        self._is_set = threading.Event()

    def cancel(self, signal: str) -> None:
        """Cancel the job."""
        self._signal = signal
        self._is_set.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the job was cancelled."""
        return self._is_set.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if the job was cancelled."""
        if self.is_cancelled:
            raise Cancelled(self._signal)

    def sleep(self, seconds: float) -> None:
        """Wait; raise `Cancelled` as soon as the job is cancelled."""
        self._is_set.wait(seconds)
        self.check()

    def wait_for(self, event: threading.Event, seconds: float) -> bool:
        """Wait for an event, and return whether it happened in time; raise `Cancelled` before."""
        end = time.monotonic() + seconds
        while not event.wait(min(POLL_SECONDS, max(0.0, end - time.monotonic()))):
            self.check()
            if time.monotonic() >= end:
                return False
        return True


class Deadline:
    """When everything has to be finished; all connections of a run share it.

    Args:
        seconds: the time from now on.
        cancellation: ends it early; None for what a cancelled job still does.
    """

    def __init__(self, seconds: float, cancellation: Cancellation | None = None) -> None:
        self.cancellation = cancellation or Cancellation()
        self._at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left, never negative."""
        return max(0.0, self._at - time.monotonic())

    def within(self, seconds: float) -> Deadline:
        """Return another deadline, in so many seconds, that the same cancellation ends."""
        return Deadline(seconds, self.cancellation)


def poll(deadline: Deadline) -> Iterator[None]:
    """Let the caller look at once, and then after growing waits, until the deadline."""
    wait = _FIRST_WAIT
    yield
    while deadline.remaining() > wait:
        deadline.cancellation.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)
        yield
