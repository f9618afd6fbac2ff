"""Times as people type them: ``2h``, ``7d ago``, ``2026-12-01T09:00Z``, ``06:30 Europe/Berlin``.

Inputs keep the text that was typed, since the idempotency key is made from it; operations parse it.
What can't be parsed is a ValueError whose message is the predicate of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

from pd_incident_action.errors import InputError, InputProblem

from .fields import InputSpec, ShortText

_UNITS = {
    unit: seconds
    for units, seconds in (
        ("s sec secs second seconds", 1),
        ("m min mins minute minutes", 60),
        ("h hr hrs hour hours", 3600),
        ("d day days", 86_400),
        ("w week weeks", 604_800),
    )
    for unit in units.split()
}
# Compiled where they are used: a page needs one of them at most.
_DURATION_PART = r"([0-9]{1,9})\s*([a-z]+)\s*"
_MAX_DURATION = timedelta(days=3660)
# A start relative to now has moved on by the time that the job is run again.
RERUN_WITHIN = timedelta(minutes=15)
_ROUNDING = timedelta(seconds=2)
_TIME = r"([01]?\d|2[0-3]):([0-5]\d)"
_TIME_OF_DAY = rf"{_TIME}(?:\s+(\S+))?"
_DAILY_PERIOD = rf"{_TIME}\s*[-–]\s*{_TIME}(?:\s+(\S+))?"


def parse_duration(text: str) -> timedelta:
    """Parse a duration such as ``30m``, ``1h 30m`` or ``2 hours``."""
    typed = text.strip().lower()
    if re.fullmatch(r"[0-9]{1,9}", typed):
        raise ValueError(f"has no unit: is it {typed}m, {typed}h or {typed}s?")
    parts = re.findall(_DURATION_PART, typed)
    known = all(unit in _UNITS for _, unit in parts)
    if not parts or not known or re.sub(_DURATION_PART, "", typed):
        raise ValueError("must be a duration such as 30m, 2h or 1d12h")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if not 0 < seconds <= _MAX_DURATION.total_seconds():
        raise ValueError("must be a duration greater than zero and less than ten years")
    return timedelta(seconds=seconds)


def parse_when(text: str, now: datetime) -> datetime:
    """Parse a moment: a time, ``now``, or how long from now.

    Args:
        text: ISO 8601 (``2026-12-01T09:00Z``; UTC unless it has an offset), optionally after the
            word ``until``; or a duration such as ``2h``, optionally after ``in``, ``for`` or ``+``.
        now: the present, with a time zone.

    Raises:
        ValueError: it isn't one; the message is the predicate of a sentence.
    """
    typed = re.sub(r"^(until|in|for)\s+|^\+", "", text.strip(), flags=re.IGNORECASE).strip()
    if typed.lower() == "now":
        return now.astimezone(UTC)
    try:
        if not typed.isdigit() and (moment := _from_iso(typed)) is not None:
            return moment
        return now.astimezone(UTC) + parse_duration(typed)
    except OverflowError as error:
        raise ValueError("must be a valid date") from error
    except ValueError as error:
        if typed.isdigit():
            raise
        raise ValueError(
            "must be a time such as 2026-12-01T09:00Z, or a duration such as 2h"
        ) from error


def parse_past(text: str, now: datetime) -> datetime:
    """Parse a moment like `parse_when`, but a duration, optionally before ``ago``, goes back."""
    typed = re.sub(r"\s+ago$", "", text.strip(), flags=re.IGNORECASE)
    try:
        return now.astimezone(UTC) - parse_duration(typed)
    except ValueError:
        return parse_when(typed, now)


def parse_iso(text: object) -> datetime | None:
    """Return the moment in UTC that an API's answer names, or None if it names none."""
    try:
        return _from_iso(str(text or ""))
    except OverflowError:
        return None


def to_iso(moment: datetime) -> str:
    """Format a moment for APIs and people: ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def humanize(duration: timedelta) -> str:
    """Format a duration in its two largest units, for example ``2 h 5 min``."""
    remaining, words = int(duration.total_seconds()), []
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, remaining = divmod(remaining, unit)
        if number:
            words.append(f"{number} {name}")
    return " ".join(words[:2]) or "0 s"


def _from_iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _valid(parse: Callable[[str], object]) -> AfterValidator:
    """Check a text by parsing it, and keep it as it was typed."""

    def check(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(check)


def _duration(value: object) -> object:
    # YAML has a bare number as one, which pydantic would take for seconds.
    return parse_duration(str(value)) if isinstance(value, str | int | float) else value


FromText = BeforeValidator(_duration)
"""Parses a duration; stands after its limits, which then hold for the result."""

Duration = Annotated[timedelta, FromText]
"""How long, such as 2h."""

Moment = Annotated[ShortText, _valid(lambda text: parse_when(text, datetime.now(UTC)))]
"""A time, ``now``, or how long from now, as it was typed; see `parse_when`."""

PastMoment = Annotated[ShortText, _valid(lambda text: parse_past(text, datetime.now(UTC)))]
"""A time, ``now``, or how long ago, as it was typed; see `parse_past`."""

Start = Annotated[
    Moment,
    InputSpec(
        "When it starts: a time (UTC unless it has an offset), or how long from now.",
        example="2026-12-01T09:00Z",
        aliases=("start_time",),
    ),
]
End = Annotated[
    Moment | None,
    InputSpec(
        "When it ends: a time (UTC unless it has an offset), or how long after `start`.",
        example="8h",
        aliases=("end_time", "until", "duration"),
    ),
]


class Interval(NamedTuple):
    """A stretch of time in UTC, its end excluded.

    Attributes:
        is_relative: whether its start was given as some time from now, so that the same inputs
            mean a later interval when the job is run again.
    """

    start: datetime
    end: datetime
    is_relative: bool = False

    def __str__(self) -> str:
        return f"from {self.start_iso} until {self.end_iso} ({humanize(self.length)})"

    @property
    def length(self) -> timedelta:
        """Its duration."""
        return self.end - self.start

    @property
    def start_iso(self) -> str:
        """Its start in ISO 8601."""
        return to_iso(self.start)

    @property
    def end_iso(self) -> str:
        """Its end in ISO 8601."""
        return to_iso(self.end)

    def contains(self, moment: datetime) -> bool:
        """Return whether a moment is in it."""
        return self.start <= moment < self.end

    def overlap(self, other: Interval) -> Interval | None:
        """Return the time that both have in common, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start, end) if start < end else None

    def gaps(self, taken: Iterable[Interval]) -> Iterator[Interval]:
        """List the parts of it that none of the others has."""
        start = self.start
        for one in sorted(taken, key=lambda one: one.start):
            if start < one.start < self.end:
                yield Interval(start, one.start)
            start = max(start, one.end)
        if start < self.end:
            yield Interval(start, self.end)

    def is_covered_by(self, other: Interval | None) -> bool:
        """Return whether an existing interval makes another one for this unnecessary.

        It does if it contains all of this one, or is what the same inputs meant a moment ago.
        """
        if other is None:
            return False
        if other.start <= self.start and self.end <= other.end:
            return True
        same_length = abs(self.length - other.length) <= _ROUNDING
        return self.is_relative and same_length and abs(self.start - other.start) <= RERUN_WITHIN


def parse_interval(start: str, end: str, now: datetime) -> Interval:
    """Parse an interval that isn't over yet, in whole seconds.

    Args:
        start: a `Moment`; one in the past counts as now, since nothing changes what has been.
        end: a `Moment`; a duration counts from the start.
        now: the present, with a time zone.

    Raises:
        InputError: it ends before it starts, is over, or ends outside the calendar.
    """
    now = now.replace(microsecond=0)
    first = max(parse_when(start, now), now)
    try:
        last = parse_when(end, first)
    except ValueError as error:
        raise InputError([InputProblem("end", str(error), "8h")]) from error
    if last <= first:
        problem = "is in the past" if last <= now else f"is not after 'start' ({to_iso(first)})"
        raise InputError([InputProblem("end", f"{problem}: it is {to_iso(last)}", "8h")])
    is_relative = parse_when(start, now) != parse_when(start, now + timedelta(hours=1))
    return Interval(first, last, is_relative)


def parse_period(since: str, until: str, now: datetime) -> Interval:
    """Parse an interval of the past, in whole seconds.

    Args:
        since: a `PastMoment`.
        until: a `PastMoment`; the future is left out.
        now: the present, with a time zone.

    Raises:
        InputError: it starts in the future, or ends before it starts.
    """
    now = now.replace(microsecond=0)
    first, last = parse_past(since, now), min(parse_past(until, now), now)
    if first >= last:
        raise _not_before_end(first, f"'until' ({to_iso(last)})")
    return Interval(first.replace(microsecond=0), last.replace(microsecond=0))


class DateRange(NamedTuple):
    """When incidents were created; without limits, all that were created until now."""

    now: datetime
    since: datetime | None = None
    until: datetime | None = None

    @property
    def end(self) -> datetime:
        """The moment after its last; what is created right now belongs to it."""
        return self.until or self.now + timedelta(seconds=1)

    def contains(self, moment: datetime | None) -> bool:
        """Return whether a moment is in it; an unknown one is if there are no limits."""
        if moment is None:
            return self.since is None and self.until is None
        return (self.since is None or self.since <= moment) and moment < self.end


def parse_date_range(since: str | None, until: str | None, now: datetime) -> DateRange:
    """Parse a range of two `PastMoment`s, in whole seconds; raises as `parse_period` does."""
    now = now.replace(microsecond=0)
    found = DateRange(
        now,
        *(parse_past(one, now).replace(microsecond=0) if one else None for one in (since, until)),
    )
    if found.since is not None and found.since >= found.end:
        raise _not_before_end(found.since, f"the end ({to_iso(found.end)})")
    return found


def interval_from_api(start: object, end: object) -> Interval | None:
    """Return the interval between two times of an API's answer, or None if it lacks one."""
    first, last = parse_iso(start), parse_iso(end)
    return Interval(first, last) if first and last else None


def _not_before_end(since: datetime, end: str) -> InputError:
    return InputError([InputProblem("since", f"is not before {end}: it is {to_iso(since)}", "7d")])


class DailyPeriod(NamedTuple):
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


def last_time_of_day(text: str, now: datetime) -> datetime:
    """Return when it was ``06:30 Europe/Berlin`` for the last time; in UTC without a zone."""
    match = re.fullmatch(_TIME_OF_DAY, text.strip())
    if match is None:
        raise ValueError("must be a time of day and a zone, such as 06:30 Europe/Berlin")
    hour, minute, name = match.groups()
    at, zone = time(int(hour), int(minute)), _zone(name)
    today = now.astimezone(zone).date()
    # In UTC: the zone's own times repeat when clocks are set back.
    days = (today, today - timedelta(days=1))
    times = (datetime.combine(day, at, zone).astimezone(UTC) for day in days)
    return next(moment for moment in times if moment <= now)


def parse_daily_period(text: str) -> DailyPeriod:
    """Parse ``22:00-07:00 Europe/Berlin``; UTC without a zone."""
    match = re.fullmatch(_DAILY_PERIOD, text.strip())
    if match is None:
        raise ValueError("must be two times of day and a zone, such as 22:00-07:00 Europe/Berlin")
    *numbers, zone = match.groups()
    first, second, third, fourth = map(int, numbers)
    return DailyPeriod(time(first, second), time(third, fourth), _zone(zone))


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (LookupError, OSError, ValueError) as error:
        raise ValueError(
            f"has no zone that is known, '{name}': it must be one such as Europe/Berlin or UTC"
        ) from error


TimeOfDay = Annotated[ShortText, _valid(lambda text: last_time_of_day(text, datetime.now(UTC)))]
"""A time of day as it was typed; see `last_time_of_day`."""

DailyHours = Annotated[ShortText, _valid(parse_daily_period)]
"""A part of the day as it was typed; see `parse_daily_period`."""
