"""When incidents were opened, cut into windows that PagerDuty lists in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pd_incident_action.errors import InputError, InputProblem
from pd_incident_action.inputs.durations import to_iso
from pd_incident_action.inputs.period import parse_past
from pd_incident_action.pagerduty.incident_lists import MOST_LISTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pd_incident_action.inputs.period import Period

_SHORTEST = timedelta(seconds=2)


@dataclass(frozen=True)
class When:
    """When the incidents were opened that are wanted.

    Attributes:
        now: the present, in UTC.
        since: the first moment, in UTC; None for however long ago.
        until: the moment after the last, in UTC; None for up to now.
    """

    now: datetime
    since: datetime | None = None
    until: datetime | None = None

    @property
    def end(self) -> datetime:
        """The moment after the last; what is opened right now belongs to it."""
        return self.until or self.now + timedelta(seconds=1)

    def holds(self, moment: datetime | None) -> bool:
        """Tell whether a moment is in it; an unknown one is only if any is."""
        if moment is None:
            return self.since is None and self.until is None
        return (self.since is None or self.since <= moment) and moment < self.end


def when_of(since: str | None, until: str | None, now: datetime) -> When:
    """Read since when and until when.

    Args:
        since: a `PastMoment`, or None.
        until: a `PastMoment`, or None.
        now: the present, with a time zone.

    Returns:
        The time, in whole seconds.

    Raises:
        InputError: it begins in the future, or ends before it begins.
    """
    now = now.replace(microsecond=0)
    when = When(
        now,
        parse_past(since, now).replace(microsecond=0) if since else None,
        parse_past(until, now).replace(microsecond=0) if until else None,
    )
    if when.since is not None and when.since >= when.end:
        over = f"is not before the end ({to_iso(when.end)}): it is {to_iso(when.since)}"
        raise InputError([InputProblem("since", over, "7d")])
    return when


def windows_of(period: Period, count: Callable[[Period], int]) -> Iterator[tuple[Period, int]]:
    """Cut a period into windows of less than six months and at most 10,000 incidents.

    Args:
        period: of any length.
        count: tells how many incidents a window has.

    Yields:
        The windows that have incidents, earliest first, and how many these are.
    """
    for window in period.windows():
        yield from _split(window, count)


def _split(window: Period, count: Callable[[Period], int]) -> Iterator[tuple[Period, int]]:
    number = count(window)
    if number > MOST_LISTED and window.length >= _SHORTEST:
        for half in window.halves():
            yield from _split(half, count)
    elif number:
        yield window, number
