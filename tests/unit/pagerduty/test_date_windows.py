"""Intervals are cut into windows that PagerDuty lists in full."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.pagerduty.incident_lists import MAX_LISTED, listable_windows

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_what_fits_stays_whole() -> None:
    interval = Interval(NOW - timedelta(days=30), NOW)
    assert list(listable_windows(interval, lambda _: MAX_LISTED)) == [(interval, MAX_LISTED)]


def test_a_second_cannot_be_cut() -> None:
    interval = Interval(NOW, NOW + timedelta(seconds=1))
    assert list(listable_windows(interval, lambda _: 20_000)) == [(interval, 20_000)]


@given(st.lists(st.integers(0, 400 * 86_400), min_size=1, max_size=60), st.integers(1, 15_000))
def test_windows_hold_every_item_once_and_never_too_many(offsets: list[int], each: int) -> None:
    begin = NOW - timedelta(days=400)
    moments = {begin + timedelta(seconds=offset) for offset in offsets}

    def count(window: Interval) -> int:
        return each * sum(window.contains(moment) for moment in moments)

    found = list(listable_windows(Interval(begin, NOW + timedelta(seconds=1)), count))
    assert sum(number for _, number in found) == each * len(moments)
    assert all(number for _, number in found)
    assert all(window.length <= timedelta(days=180) for window, _ in found)
    assert all(n <= MAX_LISTED or w.length < timedelta(seconds=2) for w, n in found)
    assert all(one.end <= other.start for (one, _), (other, _) in pairwise(found))
