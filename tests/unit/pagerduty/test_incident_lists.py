"""Lists of any length: a page at a time, and nothing missed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from responses import RequestsMock
from responses.matchers import header_matcher, query_param_matcher

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incident_lists import (
    MAX_LISTED,
    IncidentLists,
    IncidentQuery,
    listable_windows,
)

API = "https://api.pagerduty.com"
URL = f"{API}/incidents"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
DAY = Interval(SINCE, SINCE + timedelta(days=1))
OPEN = ("triggered", "acknowledged")
JANUARY = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


@pytest.fixture
def lists(pagerduty: PagerDuty) -> IncidentLists:
    return IncidentLists(pagerduty)


def test_incidents_are_counted(api: RequestsMock, pagerduty: PagerDuty) -> None:
    cases: list[tuple[IncidentQuery, dict[str, Any]]] = [
        (
            IncidentQuery(OPEN, ("PSVC001",)),
            {"statuses[]": list(OPEN), "service_ids[]": "PSVC001", "date_range": "all"},
        ),
        (
            IncidentQuery(("resolved",), (), JANUARY),
            {
                "statuses[]": "resolved",
                "since": "2026-01-01T00:00:00Z",
                "until": "2026-02-01T00:00:00Z",
            },
        ),
    ]
    for query, params in cases:
        api.reset()
        params |= {"sort_by": "created_at:asc", "limit": "1", "total": "true"}
        accept = {"Accept": "application/vnd.pagerduty+json;version=2"}
        match = [query_param_matcher(params), header_matcher(accept)]
        oldest = {"created_at": "2026-01-02T03:04:05Z"}
        api.add("GET", URL, json={"incidents": [oldest], "total": 12_345}, match=match)
        expected = (12_345, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
        assert IncidentLists(pagerduty).count_and_oldest(query) == expected


def test_the_last_page_comes_first_and_none_beyond_what_is_listed(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    for count, offsets in [
        (1, ["0"]),
        (100, ["0"]),
        (201, ["200", "100", "0"]),
        (25_000, [str(offset) for offset in range(9900, -1, -100)]),
    ]:
        api.reset()
        api.add("GET", URL, json={"incidents": [{"id": "Q1"}]})
        pages = list(IncidentLists(pagerduty).pages(IncidentQuery(OPEN), count))
        assert [one.id for page in pages for one in page] == ["Q1"] * len(offsets)
        assert [call.request.params["offset"] for call in api.calls] == offsets  # type: ignore[attr-defined] # responses adds it


def entry(incident: str, at: str, kind: str = "acknowledge") -> dict[str, Any]:
    created_at = f"2026-11-01T{at}"
    return {"type": f"{kind}_log_entry", "created_at": created_at, "incident": {"id": incident}}


def add(api: RequestsMock, path: str, answer: Mapping[str, Any], total: int, **query: str) -> None:
    """Answer both the question how many there are, and the one for the first page."""
    counting = query_param_matcher(query | {"limit": "1", "total": "true"}, strict_match=False)
    listing = query_param_matcher(query | {"limit": "100", "offset": "0"}, strict_match=False)
    api.add("GET", f"{API}{path}", json={**answer, "total": total}, match=[counting])
    if 0 < total <= 10_000:
        api.add("GET", f"{API}{path}", json={**answer, "more": False}, match=[listing])


def test_incidents_are_listed_by_service_oldest_first(
    api: RequestsMock, lists: IncidentLists
) -> None:
    query = {
        "since": "2026-11-01T00:00:00Z",
        "until": "2026-11-02T00:00:00Z",
        "service_ids[]": "PSVC001",
        "sort_by": "created_at:asc",
    }
    for found in (["Q1"], []):
        api.reset()
        add(api, "/incidents", {"incidents": [{"id": "Q1"}]}, len(found), **query)
        assert [one.id for one in lists.created_in(DAY, ["PSVC001"])] == found


def test_a_long_period_is_read_in_windows_and_nothing_counts_twice(
    api: RequestsMock, lists: IncidentLists
) -> None:
    period = Interval(SINCE - timedelta(days=270), SINCE)
    first, second = [{"id": "Q1"}, {"id": "Q2"}], [{"id": "Q2"}, {"id": "Q3"}]
    border = "2026-08-03T00:00:00Z"
    add(api, "/incidents", {"incidents": first}, 2, since="2026-02-04T00:00:00Z", until=border)
    add(api, "/incidents", {"incidents": second}, 2, since=border)
    assert [one.id for one in lists.created_in(period, [])] == ["Q1", "Q2", "Q3"]


def test_the_log_of_a_period_and_of_an_incident_are_listed(
    api: RequestsMock, lists: IncidentLists
) -> None:
    log = [entry("Q1", "11:00:00Z"), entry("Q2", "10:00:00Z", "trigger")]
    add(api, "/log_entries", {"log_entries": log}, 2, since="2026-11-01T00:00:00Z")
    assert [one.incident.id for one in lists.log(DAY)] == ["Q1", "Q2"]
    api.add("GET", f"{API}/incidents/Q1/log_entries", json={"log_entries": log[:1]})
    assert [one.type for one in lists.log_of("Q1")] == ["acknowledge_log_entry"]


def test_without_a_total_nothing_is_guessed(api: RequestsMock, lists: IncidentLists) -> None:
    api.add("GET", URL, json={"incidents": [], "total": None})
    with pytest.raises(
        NotApplicable, match="failed to count the incidents: its answer has no total"
    ):
        lists.count_and_oldest(IncidentQuery())


def test_what_fits_stays_whole_and_a_second_cannot_be_cut() -> None:
    second = Interval(SINCE, SINCE + timedelta(seconds=1))
    assert list(listable_windows(JANUARY, lambda _: MAX_LISTED)) == [(JANUARY, MAX_LISTED)]
    assert list(listable_windows(second, lambda _: 20_000)) == [(second, 20_000)]


@given(st.lists(st.integers(0, 400 * 86_400), min_size=1, max_size=60), st.integers(1, 15_000))
def test_windows_hold_every_item_once_and_never_too_many(offsets: list[int], each: int) -> None:
    begin = SINCE - timedelta(days=400)
    moments = {begin + timedelta(seconds=offset) for offset in offsets}

    def count(window: Interval) -> int:
        return each * sum(window.contains(moment) for moment in moments)

    found = list(listable_windows(Interval(begin, SINCE + timedelta(seconds=1)), count))
    assert sum(number for _, number in found) == each * len(moments)
    assert all(number for _, number in found)
    assert all(window.length <= timedelta(days=180) for window, _ in found)
    assert all(n <= MAX_LISTED or w.length < timedelta(seconds=2) for w, n in found)
    assert all(one.end <= other.start for (one, _), (other, _) in pairwise(found))
