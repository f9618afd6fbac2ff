"""Lists of incidents: a page at a time, and none of them missed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from responses import RequestsMock, matchers

from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incident_lists import IncidentLists, IncidentQuery

URL = "https://api.pagerduty.com/incidents"
OPEN = ("triggered", "acknowledged")
JANUARY = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("query", "params"),
    [
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
    ],
)
def test_incidents_are_counted(
    api: RequestsMock, pagerduty: PagerDuty, query: IncidentQuery, params: dict[str, Any]
) -> None:
    params |= {"sort_by": "created_at:asc", "limit": "1", "total": "true"}
    accept = {"Accept": "application/vnd.pagerduty+json;version=2"}
    match = [matchers.query_param_matcher(params), matchers.header_matcher(accept)]
    oldest = {"created_at": "2026-01-02T03:04:05Z"}
    api.add("GET", URL, json={"incidents": [oldest], "total": 12_345}, match=match)
    expected = (12_345, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert IncidentLists(pagerduty).count_and_oldest(query) == expected


@pytest.mark.parametrize(
    ("count", "offsets"),
    [
        (1, ["0"]),
        (100, ["0"]),
        (201, ["200", "100", "0"]),
        (25_000, [str(offset) for offset in range(9900, -1, -100)]),
    ],
)
def test_the_last_page_comes_first_and_none_beyond_what_is_listed(
    api: RequestsMock, pagerduty: PagerDuty, count: int, offsets: list[str]
) -> None:
    api.add("GET", URL, json={"incidents": [{"id": "Q1"}]})
    pages = list(IncidentLists(pagerduty).pages(IncidentQuery(OPEN), count))
    assert [one.id for page in pages for one in page] == ["Q1"] * len(offsets)
    assert [call.request.params["offset"] for call in api.calls] == offsets  # type: ignore[attr-defined] # responses adds it
