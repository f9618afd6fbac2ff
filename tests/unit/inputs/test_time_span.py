"""Spans: what people mean by start and end, and when a wish is granted already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from pd_incident_action.errors import InputError
from pd_incident_action.inputs.time_span import Interval, Moment, parse_interval, span_from

NOW = datetime(2026, 12, 1, 9, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("now", "8h", "from 2026-12-01T09:00:00Z until 2026-12-01T17:00:00Z (8 h)"),
        ("1h", "30m", "from 2026-12-01T10:00:00Z until 2026-12-01T10:30:00Z (30 min)"),
        (
            "2026-12-02T00:00Z",
            "2026-12-03T00:00+01:00",
            "from 2026-12-02T00:00:00Z until 2026-12-02T23:00:00Z (23 h)",
        ),
        ("2020-01-01", "1h", "from 2026-12-01T09:00:00Z until 2026-12-01T10:00:00Z (1 h)"),
    ],
)
def test_an_end_may_be_a_time_or_count_from_the_start(start: str, end: str, words: str) -> None:
    assert parse_interval(start, end, NOW).humanize == words


@pytest.mark.parametrize(
    ("start", "end", "problem"),
    [
        ("now", "2026-12-01T08:00Z", "Input 'end' is in the past: it is 2026-12-01T08:00:00Z"),
        ("now", "now", "is in the past"),
        ("2h", "2026-12-01T10:00Z", "is not after 'start' (2026-12-01T11:00:00Z)"),
    ],
)
def test_what_ends_before_it_begins_is_refused(start: str, end: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_interval(start, end, NOW)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("begun", "hours", "granted"),
    [
        (timedelta(), 8, True),
        (timedelta(hours=-1), 10, True),
        (timedelta(minutes=-5), 8, True),
        (timedelta(minutes=-20), 8, False),
        (timedelta(minutes=-5), 7, False),
        (timedelta(minutes=5), 9, False),
    ],
)
def test_a_wish_is_granted_by_what_holds_it_or_was_asked_a_moment_ago(
    begun: timedelta,
    hours: int,
    *,
    granted: bool,
) -> None:
    wanted = parse_interval("now", "8h", NOW)
    start = wanted.start + begun
    assert wanted.is_granted_by(Interval(start, start + timedelta(hours=hours))) is granted


def test_a_wish_with_a_fixed_start_is_granted_by_what_holds_it_alone() -> None:
    wanted = parse_interval("2026-12-02T00:05Z", "8h", NOW)
    earlier = parse_interval("2026-12-02T00:00Z", "8h", NOW)
    assert not wanted.moves
    assert not wanted.is_granted_by(earlier)
    assert wanted.is_granted_by(wanted)


def test_spans_that_only_touch_do_not_overlap() -> None:
    first, second = parse_interval("now", "1h", NOW), parse_interval("1h", "1h", NOW)
    assert not first.overlaps(second)
    assert first.overlaps(parse_interval("59m", "1h", NOW))


@pytest.mark.parametrize(
    ("start", "end"), [("soon", "2026-12-01T10:00:00Z"), ("2026-12-01T10:00:00Z", None)]
)
def test_an_answer_without_times_has_no_span(start: object, end: object) -> None:
    assert span_from(start, end) is None


def test_an_answer_has_times_in_any_offset() -> None:
    span = span_from("2026-12-01T10:00:00+01:00", "2026-12-01T17:00:00")
    assert span == Interval(NOW.replace(microsecond=0), NOW.replace(hour=17, microsecond=0))


@pytest.mark.parametrize("text", ["now", " 8h ", "until 2026-12-01T09:00Z"])
def test_a_moment_is_kept_as_it_was_typed(text: str) -> None:
    assert TypeAdapter(Moment).validate_python(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "problem"),
    [("tomorrow", "must be a time such as"), ("0001-01-01T00:00+14:00", "a calendar has")],
)
def test_what_is_no_moment_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        TypeAdapter(Moment).validate_python(text)
