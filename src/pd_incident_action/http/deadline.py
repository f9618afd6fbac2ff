"""The time a run has."""

from __future__ import annotations

import time
from collections.abc import Iterator

from pd_incident_action.cancellation import Cancellation

# How long DNS, TCP and TLS may take.
CONNECT_SECONDS = 5.0
_FIRST_WAIT = 0.2
_LONGEST_WAIT = 2.0


class Deadline:
    """When everything has to be finished; all connections of a run share it.

    Args:
        seconds: the time from now on.
        cancellation: ends it early; None for what a cancelled job still does.
    """

    def __init__(self, seconds: float, cancellation: Cancellation | None = None) -> None:
        self.cancellation = cancellation or Cancellation()
        self._latest = time.monotonic() + seconds
        self._at = self._latest

    def remaining(self) -> float:
        """Return the seconds left, never negative."""
        return max(0.0, self._at - time.monotonic())

    def expired(self) -> bool:
        """Check whether the time is up."""
        return self.remaining() <= 0

    def shorten(self, seconds: float) -> None:
        """Leave only so many seconds from now on, never more than there were at first."""
        self._at = min(self._latest, time.monotonic() + seconds)

    def within(self, seconds: float) -> Deadline:
        """Return another deadline, in so many seconds, that the same cancellation ends."""
        return Deadline(seconds, self.cancellation)


def poll(deadline: Deadline) -> Iterator[None]:
    """Let the caller look at once, and then after growing waits, until the deadline.

    Raises:
        Cancelled: the job was cancelled meanwhile.
    """
    wait = _FIRST_WAIT
    yield
    while deadline.remaining() > wait:
        deadline.cancellation.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)
        yield
