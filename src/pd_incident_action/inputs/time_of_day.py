"""Times of day in a zone, as people type them: ``06:30 Europe/Berlin``, ``22:00-07:00 UTC``.

Inputs keep the text that was typed; operations parse it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from .fields import ShortText

_TIME = r"([01]?\d|2[0-3]):([0-5]\d)"
_AT = re.compile(rf"{_TIME}(?:\s+(\S+))?")
_BETWEEN = re.compile(rf"{_TIME}\s*[-–]\s*{_TIME}(?:\s+(\S+))?")


@dataclass(frozen=True)
class TimeOfDay:
    """A time of each day."""

    at: time
    zone: tzinfo

    def last(self, now: datetime) -> datetime:
        """Return when it was for the last time."""
        today = now.astimezone(self.zone).date()
        days = (today, today - timedelta(days=1))
        # In UTC: the zone's own times repeat when clocks are set back.
        times = (datetime.combine(day, self.at, self.zone).astimezone(UTC) for day in days)
        return next(at for at in times if at <= now)


@dataclass(frozen=True)
class DailyPeriod:
    """A part of each day, its end excluded; it may go on past midnight."""

    start: time
    end: time
    zone: tzinfo

    def contains(self, now: datetime) -> bool:
        """Return whether a moment is in it."""
        local = now.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


def parse_time_of_day(text: str) -> TimeOfDay:
    """Parse ``06:30 Europe/Berlin``; UTC without a zone.

    Raises:
        ValueError: it isn't one; the message is the predicate of a sentence.
    """
    match = _AT.fullmatch(text.strip())
    if match is None:
        raise ValueError("must be a time of day and a zone, such as 06:30 Europe/Berlin")
    hour, minute, zone = match.groups()
    return TimeOfDay(time(int(hour), int(minute)), _zone(zone))


def parse_daily_period(text: str) -> DailyPeriod:
    """Parse ``22:00-07:00 Europe/Berlin``; UTC without a zone.

    Raises:
        ValueError: it isn't one; the message is the predicate of a sentence.
    """
    match = _BETWEEN.fullmatch(text.strip())
    if match is None:
        msg = "must be two times of day and a zone, such as 22:00-07:00 Europe/Berlin"
        raise ValueError(msg)
    *numbers, zone = match.groups()
    first, second, third, fourth = map(int, numbers)
    return DailyPeriod(time(first, second), time(third, fourth), _zone(zone))


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        msg = f"has no zone that is known, '{name}': it must be one such as Europe/Berlin or UTC"
        raise ValueError(msg) from error


def _valid(parse: Callable[[str], object]) -> AfterValidator:
    def check(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(check)


DailyTime = Annotated[ShortText, _valid(parse_time_of_day)]
"""A time of day as it was typed; see `parse_time_of_day`."""

DailyHours = Annotated[ShortText, _valid(parse_daily_period)]
"""A part of the day as it was typed; see `parse_daily_period`."""
