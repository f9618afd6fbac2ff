"""From when until when something is to hold, as people type it: ``start`` and ``end``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from pd_incident_action.errors import InputError, InputProblem

from .durations import humanize, parse_when, to_iso
from .fields import InputSpec

# A wish that counts from now moves on by the time that passes until the job is run again.
_RERUN_WITHIN = timedelta(minutes=15)
_ROUNDING = timedelta(seconds=2)


def _strip(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _a_moment(value: str) -> str:
    try:
        parse_when(value, datetime.now(UTC))
    except OverflowError as error:
        msg = "must be a time that a calendar has"
        raise ValueError(msg) from error
    return value


Moment = Annotated[str, BeforeValidator(_strip), AfterValidator(_a_moment)]
"""A time, ``now``, or how long from now; kept as it was typed, read by `durations.parse_when`."""


Start = Annotated[
    Moment,
    InputSpec(
        "When it begins: a time (in UTC unless it says otherwise), or how long from now.",
        example="2026-12-01T09:00Z",
        aliases=("start_time",),
    ),
]
End = Annotated[
    Moment,
    InputSpec(
        "When it ends: a time (in UTC unless it says otherwise), or how long after `start`.",
        example="8h",
        aliases=("end_time", "until", "duration"),
    ),
]


@dataclass(frozen=True)
class Interval:
    """A stretch of time.

    Attributes:
        start: its first moment, in UTC.
        end: its last moment, in UTC.
        moves: whether it was meant to begin some time from now, so that the same wish, said
            later, means a later time.
    """

    start: datetime
    end: datetime
    moves: bool = False

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    @property
    def start_text(self) -> str:
        """Its first moment, as APIs want it."""
        return to_iso(self.start)

    @property
    def end_text(self) -> str:
        """Its last moment, as APIs want it."""
        return to_iso(self.end)

    @property
    def humanize(self) -> str:
        """For example ``from 2026-12-01T09:00:00Z until 2026-12-01T17:00:00Z (8 h)``."""
        return f"from {self.start_text} until {self.end_text} ({humanize(self.length)})"

    def overlaps(self, other: Interval) -> bool:
        """Tell whether both have some time in common."""
        return self.start < other.end and other.start < self.end

    def is_granted_by(self, other: Interval) -> bool:
        """Tell whether nothing is left to do once another span is there.

        Args:
            other: a span that is there already.

        Returns:
            Whether it holds all of this one, or is what the same wish meant a moment ago.
        """
        if other.start <= self.start and self.end <= other.end:
            return True
        same_length = abs(self.length - other.length) <= _ROUNDING
        return self.moves and same_length and abs(self.start - other.start) <= _RERUN_WITHIN


def parse_interval(start: str, end: str, now: datetime) -> Interval:
    """Read a span.

    Args:
        start: a `Moment`; the past counts as now, since nothing changes what has been.
        end: a `Moment`; a duration counts from the start.
        now: the present, with a time zone.

    Returns:
        The span, in whole seconds.

    Raises:
        InputError: it ends before it begins, or is over.
    """
    now = now.replace(microsecond=0)
    first = max(parse_when(start, now), now)
    last = parse_when(end, first)
    if last <= first:
        over = last <= now
        problem = "is in the past" if over else f"is not after 'start' ({to_iso(first)})"
        raise InputError([InputProblem("end", f"{problem}: it is {to_iso(last)}", "8h")])
    moves = parse_when(start, now) != parse_when(start, now + timedelta(hours=1))
    return Interval(first, last, moves)


def span_from(start: object, end: object) -> Interval | None:
    """Read a span out of an API's answer.

    Args:
        start: ISO 8601 time.
        end: ISO 8601 time.

    Returns:
        The span, or None if either isn't a time.
    """
    try:
        return Interval(_in_utc(str(start)), _in_utc(str(end)))
    except ValueError:
        return None


def _in_utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
