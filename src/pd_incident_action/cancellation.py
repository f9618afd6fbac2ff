"""The job's cancellation: checked by whatever sends requests or waits.

https://docs.github.com/en/actions/reference/workflow-cancellation-reference
"""

from __future__ import annotations

import threading
import time

from .errors import Cancelled

POLL_SECONDS = 0.1


class Cancellation:
    """Whether the job was cancelled. Once it is, nothing that checks it goes on."""

    def __init__(self) -> None:
        self._signal = ""
        self._is_set = threading.Event()

    def cancel(self, signal: str) -> None:
        """Cancel the job.

        Args:
            signal: name of the signal, for example ``SIGTERM``.
        """
        self._signal = signal
        self._is_set.set()

    def check(self) -> None:
        """Raise `Cancelled` if the job was cancelled."""
        if self._is_set.is_set():
            raise Cancelled(self._signal)

    def sleep(self, seconds: float) -> None:
        """Wait; raise `Cancelled` as soon as the job is cancelled."""
        self._is_set.wait(seconds)
        self.check()

    def wait_for(self, event: threading.Event, seconds: float) -> bool:
        """Wait for an event, and return whether it happened in time.

        Raises:
            Cancelled: the job was cancelled before.
        """
        end = time.monotonic() + seconds
        while not event.wait(min(POLL_SECONDS, max(0.0, end - time.monotonic()))):
            self.check()
            if time.monotonic() >= end:
                return False
        return True
