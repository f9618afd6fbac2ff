"""Intervals cut into windows short enough for PagerDuty to list in full."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from pd_incident_action.inputs.intervals import Interval

MAX_LISTED = 10_000
"""PagerDuty lists no more than that, whatever the offset."""

# PagerDuty refuses more than six months; the shortest six months have 181 days.
_MAX_LENGTH = timedelta(days=180)
_MIN_LENGTH = timedelta(seconds=2)


def listable_windows(
    interval: Interval, count: Callable[[Interval], int]
) -> Iterator[tuple[Interval, int]]:
    """Cut an interval into windows of less than six months with at most `MAX_LISTED` items.

    Args:
        interval: of any length.
        count: returns how many items a window has.

    Yields:
        The windows that have items, earliest first, and how many these are.
    """
    start = interval.start
    while start < interval.end:
        end = min(start + _MAX_LENGTH, interval.end)
        yield from _bisect(Interval(start, end), count)
        start = end


def _bisect(window: Interval, count: Callable[[Interval], int]) -> Iterator[tuple[Interval, int]]:
    number = count(window)
    if number > MAX_LISTED and window.length >= _MIN_LENGTH:
        middle = (window.start + window.length / 2).replace(microsecond=0)
        yield from _bisect(Interval(window.start, middle), count)
        yield from _bisect(Interval(middle, window.end), count)
    elif number:
        yield window, number
