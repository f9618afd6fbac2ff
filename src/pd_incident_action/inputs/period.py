"""A period of the past, as people type it: ``7d``, ``2026-11-01``, ``now``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from pd_incident_action.errors import InputError, InputProblem

from .durations import humanize, parse_duration, parse_when, to_iso

# PagerDuty lists at most six months of incidents at once; the shortest six months have 181 days.
_LONGEST_WINDOW = timedelta(days=180)


def _strip(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _a_past_moment(value: str) -> str:
    try:
        parse_past(value, datetime.now(UTC))
    except OverflowError as error:
        msg = "must be a time that a calendar has"
        raise ValueError(msg) from error
    return value


PastMoment = Annotated[str, BeforeValidator(_strip), AfterValidator(_a_past_moment)]
"""A time, ``now``, or how long ago; kept as it was typed, read by `parse_past`."""


@dataclass(frozen=True)
class Period:
    """A stretch of the past, its end not included.

    Attributes:
        since: its first moment, in UTC.
        until: the moment after its last, in UTC.
    """

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.until - self.since

    @property
    def since_text(self) -> str:
        """Its first moment, as APIs want it."""
        return to_iso(self.since)

    @property
    def until_text(self) -> str:
        """The moment after its last, as APIs want it."""
        return to_iso(self.until)

    @property
    def humanize(self) -> str:
        """For example ``from 2026-11-01T00:00:00Z until 2026-11-08T00:00:00Z (7 d)``."""
        return f"from {self.since_text} until {self.until_text} ({humanize(self.length)})"

    def holds(self, moment: datetime) -> bool:
        """Tell whether a moment is in it."""
        return self.since <= moment < self.until

    def windows(self) -> Iterator[Period]:
        """Cut it into pieces that PagerDuty lists: each below six months, earliest first."""
        since = self.since
        while since < self.until:
            until = min(since + _LONGEST_WINDOW, self.until)
            yield Period(since, until)
            since = until

    def halves(self) -> tuple[Period, Period]:
        """Cut it in two, at a whole second."""
        middle = (self.since + self.length / 2).replace(microsecond=0)
        return Period(self.since, middle), Period(middle, self.until)


def parse_past(text: str, now: datetime) -> datetime:
    """Read a moment of the past: a time, ``now``, or how long ago.

    Args:
        text: ISO 8601 (``2026-11-01T09:00Z``; without an offset it is UTC); or a duration such
            as ``7d``, optionally before the word ``ago``.
        now: the present, with a time zone.

    Returns:
        The moment, in UTC.

    Raises:
        ValueError: it isn't one; the message is the predicate of a sentence.
        OverflowError: no calendar has it.
    """
    wanted = re.sub(r"\s+ago$", "", text.strip(), flags=re.IGNORECASE)
    try:
        return now.astimezone(UTC) - parse_duration(wanted)
    except ValueError:
        return parse_when(wanted, now)


def period_of(since: str, until: str, now: datetime) -> Period:
    """Read a period.

    Args:
        since: a `PastMoment`.
        until: a `PastMoment`; what is still to come is left out.
        now: the present, with a time zone.

    Returns:
        The period, in whole seconds.

    Raises:
        InputError: it begins in the future, or ends before it begins.
    """
    now = now.replace(microsecond=0)
    first, last = parse_past(since, now), min(parse_past(until, now), now)
    if first >= last:
        over = f"is not before 'until' ({to_iso(last)}): it is {to_iso(first)}"
        raise InputError([InputProblem("since", over, "7d")])
    return Period(first.replace(microsecond=0), last.replace(microsecond=0))


def parse_iso(text: object) -> datetime | None:
    """Read a time out of an API's answer.

    Args:
        text: ISO 8601; APIs may use the account's time zone.

    Returns:
        The moment in UTC, or None if it isn't one.
    """
    try:
        moment = datetime.fromisoformat(str(text or ""))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
