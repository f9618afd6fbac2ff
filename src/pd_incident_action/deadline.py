"""The time a run has."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """A point in time that everything has to be finished by.

    Attributes:
        at: seconds on the monotonic clock.
    """

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Start the clock.

        Args:
            seconds: the time from now on.

        Returns:
            The deadline.
        """
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Tell the seconds that are left, never less than nothing."""
        return max(0.0, self.at - time.monotonic())

    def passed(self) -> bool:
        """Tell whether the time is up."""
        return self.left() <= 0
