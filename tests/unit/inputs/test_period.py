"""A period of the past is read as people type it, and cut as PagerDuty lists it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import TypeAdapter, ValidationError

from pd_incident_action.errors import InputError
from pd_incident_action.inputs.period import PastMoment, Period, parse_iso, parse_past, period_of

NOW = datetime(2026, 11, 21, 9, 30, 15, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("1d 12h ago", NOW - timedelta(hours=36)),
        ("2 hours AGO", NOW - timedelta(hours=2)),
        ("now", NOW),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T09:00+01:00", datetime(2026, 11, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_time_or_how_long_ago(text: str, moment: datetime) -> None:
    assert parse_past(text, NOW) == moment


@pytest.mark.parametrize("text", ["last week", "", "-7d", "0001-01-01T00:00+23:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="must be a time"):
        TypeAdapter(PastMoment).validate_python(text)


def test_a_moment_is_kept_as_it_was_typed() -> None:
    assert TypeAdapter(PastMoment).validate_python(" 7d ") == "7d"


def test_a_period_is_in_whole_seconds_and_ends_now_at_the_latest() -> None:
    period = period_of("1d", "2030-01-01", NOW)
    assert period.until_text == "2026-11-21T09:30:15Z"
    assert period.humanize == "from 2026-11-20T09:30:15Z until 2026-11-21T09:30:15Z (1 d)"


@pytest.mark.parametrize(
    ("since", "until", "problem"),
    [
        ("1d", "2d", "'since' is not before 'until' (2026-11-19T09:30:15Z)"),
        ("2027-01-01", "now", "it is 2027-01-01T00:00:00Z"),
        ("now", "now", "is not before"),
    ],
)
def test_a_period_that_ends_before_it_begins_is_refused(
    since: str, until: str, problem: str
) -> None:
    with pytest.raises(InputError) as caught:
        period_of(since, until, NOW)
    assert problem in str(caught.value)


def test_a_period_holds_its_beginning_but_not_its_end() -> None:
    period = period_of("2d", "1d", NOW)
    assert period.holds(period.since)
    assert not period.holds(period.until)


@pytest.mark.parametrize(("days", "count"), [(1, 1), (180, 1), (181, 2), (1000, 6)])
def test_windows_are_short_enough_and_leave_no_gap(days: int, count: int) -> None:
    period = period_of(f"{days}d", "now", NOW)
    windows = list(period.windows())
    assert len(windows) == count
    assert max(window.length for window in windows) <= timedelta(days=180)
    assert (windows[0].since, windows[-1].until) == (period.since, period.until)
    assert all(a.until == b.since for a, b in pairwise(windows))


def test_halves_meet_at_a_whole_second() -> None:
    first, second = Period(NOW - timedelta(seconds=7), NOW).halves()
    assert first.until == second.since
    assert first.until.microsecond == 0
    assert (first.since, second.until) == (NOW - timedelta(seconds=7), NOW)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01T00:00:00Z", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T01:00:00+01:00", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("soon", None),
        (None, None),
        ("", None),
    ],
)
def test_times_of_apis_are_read_in_any_zone(text: object, moment: datetime | None) -> None:
    assert parse_iso(text) == moment
