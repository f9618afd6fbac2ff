"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pd_incident_action.inputs.durations import humanize, parse_duration, parse_when, to_iso

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30m", timedelta(minutes=30)),
        (" 2H ", timedelta(hours=2)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("1h 30m", timedelta(minutes=90)),
        ("2 hours", timedelta(hours=2)),
        ("90 min", timedelta(minutes=90)),
        ("1w", timedelta(days=7)),
        ("45", timedelta(seconds=45)),
    ],
)
def test_a_duration_is_read(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2x", "h", "1h tomorrow", "-1h", "1.5h", "²", "0", "0h", "9999d", "9" * 5000],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        ("2h", NOW + timedelta(hours=2)),
        ("in 30m", NOW + timedelta(minutes=30)),
        ("+15m", NOW + timedelta(minutes=15)),
        ("for 1d", NOW + timedelta(days=1)),
        ("2026-12-01T09:00Z", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("until 2026-12-01T09:00Z", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("Until 2026-12-01T09:00+02:00", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        ("2026-12-01 09:00", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("3600", NOW + timedelta(hours=1)),
        ("20261201", NOW + timedelta(seconds=20261201)),
    ],
)
def test_a_moment_is_read(text: str, moment: datetime) -> None:
    assert parse_when(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "until", "tomorrow", "2026-13-01", "until then"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be a time such as"):
        parse_when(text, NOW)


def test_a_moment_is_written_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert to_iso(datetime(2026, 12, 1, 9, 0, 0, 999, tzinfo=east)) == "2026-12-01T07:00:00Z"


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(seconds=40), "40 s"),
        (timedelta(hours=2, minutes=5, seconds=9), "2 h 5 min"),
        (timedelta(days=3), "3 d"),
        (timedelta(), "0 s"),
    ],
)
def test_a_duration_is_written_for_people(duration: timedelta, words: str) -> None:
    assert humanize(duration) == words
