"""Durations, moments, intervals and times of day as people type them, and as APIs write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from pd_incident_action.errors import InputError
from pd_incident_action.inputs.intervals import (
    DateRange,
    Duration,
    Interval,
    Moment,
    PastMoment,
    humanize,
    interval_from_api,
    last_time_of_day,
    parse_daily_period,
    parse_date_range,
    parse_duration,
    parse_interval,
    parse_iso,
    parse_past,
    parse_period,
    parse_when,
    to_iso,
)

NOW = datetime(2026, 12, 1, 9, 0, 0, 250_000, tzinfo=UTC)
DAY = timedelta(days=1)
_MOMENT: TypeAdapter[Any] = TypeAdapter(Moment)
_PAST: TypeAdapter[Any] = TypeAdapter(PastMoment)
_DURATION: TypeAdapter[Any] = TypeAdapter(Duration)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_durations() -> None:
    for text, seconds in [
        (" 2H ", 7200),
        ("1d12h", 129_600),
        ("1h 30m", 5400),
        ("2 hours 5 mins", 7500),
        ("1w", 604_800),
        ("3660d", 316_224_000),
    ]:
        assert parse_duration(text) == timedelta(seconds=seconds)
    for text in ("", "soon", "2x", "h", "1h later", "-1h", "1.5h", "²h", "0h", "3661d", "9" * 99):
        with pytest.raises(ValueError, match=r"^must be a duration"):
            parse_duration(text)
    for text in ("1 month", "9ms", "1m onth"):  # no minutes
        with pytest.raises(ValueError, match=r"^must be a duration"):
            parse_duration(text)


def test_a_bare_number_is_no_duration_anywhere() -> None:
    for typed in ["30", "0", "20261201"]:
        problem = f"has no unit: is it {typed}m, {typed}h or {typed}s\\?"
        for field in (_MOMENT, _PAST, _DURATION):
            with pytest.raises(ValidationError, match=problem):
                field.validate_python(f" {typed} ")
        for text in (f"in {typed} ", f"+ {typed}", f"until {typed}"):
            with pytest.raises(ValidationError, match=problem):
                _MOMENT.validate_python(text)
        with pytest.raises(ValidationError, match=problem):
            _PAST.validate_python(f"{typed} ago")
    for number in [30, 1.5, True]:  # as YAML has them
        with pytest.raises(ValidationError, match=r"has no unit|must be a duration"):
            _DURATION.validate_python(number)


def test_moments() -> None:
    for text, moment in [
        ("now", NOW),
        ("2h", NOW + timedelta(hours=2)),
        ("in 30m", NOW + timedelta(minutes=30)),
        ("+15m", NOW + timedelta(minutes=15)),
        ("for 1d", NOW + DAY),
        ("Until 2026-12-01T09:00+02:00", at("2026-12-01T07:00Z")),
        ("2026-12-01 09:00", at("2026-12-01T09:00Z")),
    ]:
        assert parse_when(text, NOW) == moment
    for text, moment in [
        ("7d", NOW - 7 * DAY),
        ("1d 12h ago", NOW - timedelta(hours=36)),
        ("2 hours AGO", NOW - timedelta(hours=2)),
        ("now", NOW),
        ("2026-11-01T09:00+01:00", at("2026-11-01T08:00Z")),
    ]:
        assert parse_past(text, NOW) == moment
    for field, text, problem in [
        (_MOMENT, "until", "must be a time such as"),
        (_MOMENT, "2026-13-01", "must be a time such as"),
        (_MOMENT, "0001-01-01T00:00+14:00", "must be a valid date"),
        (_PAST, "-7d", "must be a time such as"),
        (_PAST, "0001-01-01T00:00+23:00", "must be a valid date"),
    ]:
        with pytest.raises(ValidationError, match=problem):
            field.validate_python(text)


def test_moments_are_kept_as_typed_since_they_are_part_of_the_idempotency_key() -> None:
    assert _MOMENT.validate_python(" 7d ") == _PAST.validate_python(" 7d ") == "7d"
    assert _DURATION.validate_python("2h") == timedelta(hours=2)


def test_times_of_apis() -> None:
    for text, moment in [
        ("2026-11-01T01:00:00+01:00", at("2026-11-01T00:00Z")),
        ("2026-11-01", at("2026-11-01T00:00Z")),
        ("0001-01-01T00:00+23:00", None),
        ("soon", None),
        (None, None),
    ]:
        assert parse_iso(text) == moment
    assert to_iso(datetime.fromisoformat("2026-12-01T09:00:00.5+02:00")) == "2026-12-01T07:00:00Z"
    found = interval_from_api("2026-12-01T10:00:00+01:00", "2026-12-01T17:00:00")
    assert found == Interval(at("2026-12-01T09:00Z"), at("2026-12-01T17:00Z"))
    assert interval_from_api("soon", "2026-12-01T10:00:00Z") is None
    assert interval_from_api("2026-12-01T10:00:00Z", None) is None


def test_humanize_shows_two_units() -> None:
    for seconds, words in {40: "40 s", 7509: "2 h 5 min", 259_200: "3 d", 0: "0 s"}.items():
        assert humanize(timedelta(seconds=seconds)) == words


def test_intervals() -> None:
    for start, end, words in [
        ("now", "8h", "from 2026-12-01T09:00:00Z until 2026-12-01T17:00:00Z (8 h)"),
        ("1h", "30m", "from 2026-12-01T10:00:00Z until 2026-12-01T10:30:00Z (30 min)"),
        ("2026-12-02", "2026-12-03", "from 2026-12-02T00:00:00Z until 2026-12-03T00:00:00Z (1 d)"),
        ("2020-01-01", "1h", "from 2026-12-01T09:00:00Z until 2026-12-01T10:00:00Z (1 h)"),
    ]:
        assert str(parse_interval(start, end, NOW)) == words
    # In whole seconds, and now at the latest.
    shown = "from 2026-11-30T09:00:00Z until 2026-12-01T09:00:00Z (1 d)"
    assert str(parse_period("1d", "2030-01-01", NOW)) == shown


def test_an_interval_that_is_none_is_refused() -> None:
    for parse, start, end, problem in [
        (parse_interval, "now", "2026-12-01T08:00Z", "'end' is in the past: it is 2026-12-01"),
        (parse_interval, "now", "now", "is in the past"),
        (parse_interval, "2h", "2026-12-01T10:00Z", "is not after 'start' (2026-12-01T11:00:00Z)"),
        (parse_period, "1d", "2d", "'since' is not before 'until' (2026-11-29T09:00:00Z)"),
        (parse_period, "2027-01-01", "now", "it is 2027-01-01T00:00:00Z"),
        (parse_period, "now", "now", "is not before"),
        (parse_date_range, "2027-12-01", "", "'since' is not before the end"),
        (parse_date_range, "7d", "7d", "'since' is not before the end"),
    ]:
        with pytest.raises(InputError, match=re.escape(problem)):
            parse(start, end, NOW)


def test_an_interval_is_covered_by_what_contains_it_or_by_itself_a_moment_ago() -> None:
    for begun, hours, covered in [
        (timedelta(), 8, True),
        (timedelta(hours=-1), 10, True),
        (timedelta(minutes=-5), 8, True),
        (timedelta(minutes=-15), 8, True),
        (timedelta(minutes=-16), 8, False),
        (timedelta(minutes=-5), 7, False),
        (timedelta(minutes=5), 9, False),
    ]:
        wanted = parse_interval("now", "8h", NOW)
        start = wanted.start + begun
        assert wanted.is_covered_by(Interval(start, start + timedelta(hours=hours))) is covered
    wanted = parse_interval("2026-12-02T00:05Z", "8h", NOW)
    assert not wanted.is_covered_by(parse_interval("2026-12-02T00:00Z", "8h", NOW)), "it is fixed"
    assert wanted.is_covered_by(wanted)


def test_the_end_of_an_interval_is_not_part_of_it() -> None:
    first, second = parse_interval("now", "1h", NOW), parse_interval("1h", "1h", NOW)
    assert first.contains(first.start)
    assert not first.contains(first.end)
    assert first.overlap(second) is None
    shared = first.overlap(parse_interval("59m", "1h", NOW))
    assert shared is not None
    assert shared.length == timedelta(minutes=1)


def test_a_range_of_dates_contains_its_start_and_not_its_end() -> None:
    now = NOW.replace(microsecond=0)
    limited = DateRange(now, now - timedelta(days=7), datetime(2026, 11, 30, tzinfo=UTC))
    assert parse_date_range("7d", "2026-11-30", NOW) == limited
    assert parse_date_range(None, None, NOW) == DateRange(now)
    for dates, moment, contained in [
        (DateRange(NOW), NOW, True),
        (DateRange(NOW), NOW + timedelta(seconds=1), False),
        (DateRange(NOW), None, True),
        (DateRange(NOW, since=NOW), NOW, True),
        (DateRange(NOW, since=NOW), None, False),
        (DateRange(NOW, since=NOW - DAY), NOW - 2 * DAY, False),
        (DateRange(NOW, until=NOW - DAY), NOW - DAY, False),
        (DateRange(NOW, until=NOW - DAY), NOW - 2 * DAY, True),
    ]:
        assert dates.contains(moment) is contained


def test_a_part_of_the_day_contains_its_start_and_not_its_end() -> None:
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
        found = last_time_of_day(text, datetime.fromisoformat(now))
        assert found == datetime.fromisoformat(last), (text, now)


def test_a_time_of_day_or_period_that_is_none_is_refused_with_an_example() -> None:
    for text in ("", "25:00-07:00", "22-7", "22:00 Europe/Berlin", "22:00-07:00 in Berlin"):
        with pytest.raises(ValueError, match=r"such as 22:00-07:00 Europe/Berlin"):
            parse_daily_period(text)
    for text in ("06:30 Middle/Earth", "06:30 ../../etc/passwd", "06:30 Europe"):
        with pytest.raises(ValueError, match="one such as Europe/Berlin or UTC"):
            last_time_of_day(text, NOW)
