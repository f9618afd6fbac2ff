"""Periods are cut into windows that PagerDuty lists in full."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pd_incident_action.errors import InputError
from pd_incident_action.inputs.period import Period
from pd_incident_action.pagerduty.incident_lists import MOST_LISTED
from pd_incident_action.sync.date_windows import When, when_of, windows_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_what_fits_stays_whole() -> None:
    period = Period(NOW - timedelta(days=30), NOW)
    assert list(windows_of(period, lambda _: MOST_LISTED)) == [(period, MOST_LISTED)]


def test_more_than_six_months_are_cut_and_empty_windows_left_out() -> None:
    period = Period(NOW - timedelta(days=400), NOW)
    recent = NOW - timedelta(days=30)
    found = list(windows_of(period, lambda window: 5 if window.until > recent else 0))
    assert [(window.until, count) for window, count in found] == [(NOW, 5)]
    assert all(window.length <= timedelta(days=180) for window, _ in found)


def test_a_second_cannot_be_cut() -> None:
    period = Period(NOW, NOW + timedelta(seconds=1))
    assert list(windows_of(period, lambda _: 20_000)) == [(period, 20_000)]


@given(st.lists(st.integers(0, 400 * 86_400), min_size=1, max_size=60), st.integers(1, 15_000))
def test_windows_hold_every_incident_once_and_never_too_many(offsets: list[int], each: int) -> None:
    begin = NOW - timedelta(days=400)
    moments = {begin + timedelta(seconds=offset) for offset in offsets}
    period = Period(begin, NOW + timedelta(seconds=1))

    def count(window: Period) -> int:
        return each * sum(window.holds(moment) for moment in moments)

    found = list(windows_of(period, count))
    assert sum(number for _, number in found) == each * len(moments)
    assert all(n <= MOST_LISTED or w.length < timedelta(seconds=2) for w, n in found)
    assert all(one[0].until <= other[0].since for one, other in pairwise(found))


def test_since_and_until_are_read() -> None:
    when = when_of("7d", "2026-11-20", NOW)
    assert (when.since, when.until) == (NOW - timedelta(days=7), datetime(2026, 11, 20, tzinfo=UTC))
    assert when_of(None, None, NOW) == When(NOW)


def test_what_begins_in_the_future_is_refused() -> None:
    with pytest.raises(InputError, match="'since' is not before the end"):
        when_of("2026-12-01", None, NOW)


@pytest.mark.parametrize(
    ("when", "moment", "held"),
    [
        (When(NOW), NOW, True),
        (When(NOW), NOW + timedelta(seconds=1), False),
        (When(NOW), None, True),
        (When(NOW, since=NOW), None, False),
        (When(NOW, since=NOW - timedelta(days=1)), NOW - timedelta(days=2), False),
        (When(NOW, until=NOW - timedelta(days=1)), NOW - timedelta(days=1), False),
        (When(NOW, until=NOW - timedelta(days=1)), NOW - timedelta(days=2), True),
    ],
)
def test_it_tells_what_is_in_it(when: When, moment: datetime | None, held: bool) -> None:  # noqa: FBT001 - an expected value
    assert when.holds(moment) is held
