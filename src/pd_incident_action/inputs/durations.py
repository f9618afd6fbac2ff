"""Times as people type them at night: ``2h``, ``1d12h``, ``until 2026-12-01T09:00Z``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d+)\s*([smhdw])[a-z]*\s*")
_LONGEST = timedelta(days=3660)


def parse_duration(text: str) -> timedelta:
    """Read a duration.

    Args:
        text: for example ``30m``, ``1h 30m``, ``2 hours``; a bare number is in seconds.

    Returns:
        The duration, more than nothing.

    Raises:
        ValueError: it isn't one; the message is the predicate of a sentence.
    """
    wanted = text.strip().lower()
    parts = _PART.findall(wanted)
    if wanted.isascii() and wanted.isdigit():
        parts = [(wanted, "s")]
    elif not parts or _PART.sub("", wanted):
        msg = "must be a duration such as 30m, 2h or 1d12h"
        raise ValueError(msg)
    seconds = sum(int(number) * _UNITS[unit] for number, unit in parts if len(number) <= 9)  # noqa: PLR2004 - more digits than any time has
    duration = timedelta(seconds=min(seconds, int(_LONGEST.total_seconds()) + 1))
    if not timedelta() < duration <= _LONGEST:
        msg = "must be a duration of more than nothing and less than ten years"
        raise ValueError(msg)
    return duration


def parse_when(text: str, now: datetime) -> datetime:
    """Read a moment: a time, ``now``, or how long from now.

    Args:
        text: ISO 8601 (``2026-12-01T09:00Z``; without an offset it is UTC), optionally after the
            word ``until``; or a duration such as ``2h``, optionally after ``in`` or ``+``.
        now: the present, with a time zone.

    Returns:
        The moment, in UTC.

    Raises:
        ValueError: it isn't one; the message is the predicate of a sentence.
    """
    wanted = re.sub(r"^(until|in|for)\s+|^\+", "", text.strip(), flags=re.IGNORECASE)
    if wanted.lower() == "now":
        return now.astimezone(UTC)
    try:
        moment = datetime.fromisoformat(wanted)
    except ValueError:
        moment = None
    if moment is not None and not wanted.isdigit():
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    try:
        return now.astimezone(UTC) + parse_duration(wanted)
    except ValueError as error:
        msg = "must be a time such as 2026-12-01T09:00Z, or a duration such as 2h"
        raise ValueError(msg) from error


def to_iso(moment: datetime) -> str:
    """Write a moment as APIs want it: ISO 8601 in UTC, to the second.

    Args:
        moment: with a time zone.

    Returns:
        For example ``2026-12-01T09:00:00Z``.
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def humanize(duration: timedelta) -> str:
    """Write a duration for people, in its two largest units.

    Args:
        duration: not negative.

    Returns:
        For example ``2 h 5 min``, ``3 d`` or ``40 s``.
    """
    left, words = int(duration.total_seconds()), []
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, unit)
        if number:
            words.append(f"{number} {name}")
    return " ".join(words[:2]) or "0 s"
