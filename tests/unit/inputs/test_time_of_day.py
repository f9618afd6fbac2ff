"""Times of day keep to the clocks of their zone."""

from __future__ import annotations

from datetime import datetime

import pytest

from pd_incident_action.inputs.time_of_day import parse_daily_period, parse_time_of_day


def test_a_part_of_the_day() -> None:
    for text, moment, expected in (
        ("22:00-07:00 Europe/Berlin", "2026-12-01T21:00Z", True),
        ("22:00-07:00 Europe/Berlin", "2026-12-01T20:59Z", False),
        ("22:00-07:00 Europe/Berlin", "2026-07-01T20:00Z", True),  # summer time
        ("22:00-07:00 Europe/Berlin", "2026-12-02T05:59Z", True),
        ("22:00-07:00 Europe/Berlin", "2026-12-02T06:00Z", False),
        ("9:00 – 17:30", "2026-12-02T09:00Z", True),
        ("9:00 – 17:30", "2026-12-02T17:30Z", False),
        ("12:00-12:00", "2026-12-02T12:00Z", False),
    ):
        period = parse_daily_period(text)
        assert period.contains(datetime.fromisoformat(moment)) is expected, (text, moment)


def test_the_last_time_it_was_so_late() -> None:
    for text, now, last in (
        ("06:30 Europe/Berlin", "2026-12-01T05:30Z", "2026-12-01T05:30Z"),
        ("06:30 Europe/Berlin", "2026-12-01T05:29Z", "2026-11-30T05:30Z"),
        ("06:30 America/New_York", "2026-12-01T05:29Z", "2026-11-30T11:30Z"),
        # Clocks were set forward in the night before.
        ("06:30 Europe/Berlin", "2026-03-29T04:00Z", "2026-03-28T05:30Z"),
        ("06:30 Europe/Berlin", "2026-03-29T05:00Z", "2026-03-29T04:30Z"),
        # A time that is skipped comes later, and of one that comes twice the first counts.
        ("02:30 Europe/Berlin", "2026-03-29T01:10Z", "2026-03-28T01:30Z"),
        ("02:30 Europe/Berlin", "2026-10-25T01:10Z", "2026-10-25T00:30Z"),
    ):
        found = parse_time_of_day(text).last(datetime.fromisoformat(now))
        assert found == datetime.fromisoformat(last), (text, now)


def test_what_is_none_is_refused_with_what_would_work() -> None:
    for text in ("", "25:00-07:00", "22-7", "22:00 Europe/Berlin", "22:00-07:00 in Berlin"):
        with pytest.raises(ValueError, match=r"such as 22:00-07:00 Europe/Berlin"):
            parse_daily_period(text)
    for text in ("06:30 Middle/Earth", "06:30 ../../etc/passwd", "06:30 Europe"):
        with pytest.raises(ValueError, match="one such as Europe/Berlin or UTC"):
            parse_time_of_day(text)
