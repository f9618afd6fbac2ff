"""PagerDuty's lists: never more than a page at a time, and none of it missed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from responses import RequestsMock, matchers

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incident_lists import IncidentQuery, PagedLists

API = "https://api.pagerduty.com"
OPEN = ("triggered", "acknowledged")


@pytest.fixture
def listing(pagerduty: PagerDuty) -> PagedLists:
    return PagedLists(pagerduty.send)


def gives(api: RequestsMock, path: str, params: dict[str, Any], body: object) -> None:
    accepts = {"Accept": "application/vnd.pagerduty+json;version=2"}
    match = [matchers.query_param_matcher(params), matchers.header_matcher(accepts)]
    api.add("GET", f"{API}{path}", json=body, match=match)


def test_it_tells_how_many_incidents_there_are_and_since_when(
    api: RequestsMock, listing: PagedLists
) -> None:
    params = {
        "statuses[]": ["triggered", "acknowledged"],
        "service_ids[]": "PSVC001",
        "sort_by": "created_at:asc",
        "date_range": "all",
        "limit": "1",
        "total": "true",
    }
    oldest = {"created_at": "2026-01-02T03:04:05Z"}
    gives(api, "/incidents", params, {"incidents": [oldest], "total": 12_345})
    count_and_oldest = listing.count_and_oldest(IncidentQuery(OPEN, ("PSVC001",)))
    assert count_and_oldest == (12_345, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_none_began_at_no_time(api: RequestsMock, listing: PagedLists) -> None:
    api.add("GET", f"{API}/incidents", json={"incidents": [], "total": 0})
    assert listing.count_and_oldest(IncidentQuery(OPEN)) == (0, None)


def test_without_a_total_nothing_is_guessed(api: RequestsMock, listing: PagedLists) -> None:
    api.add("GET", f"{API}/incidents", json={"incidents": [{}], "total": None})
    with pytest.raises(NotApplicable, match="did not say how many incidents there are"):
        listing.count_and_oldest(IncidentQuery(OPEN))


def test_incidents_of_a_period_are_listed_the_last_page_first(
    api: RequestsMock, listing: PagedLists
) -> None:
    period = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    for offset in ("200", "100", "0"):
        params = {
            "statuses[]": "resolved",
            "sort_by": "created_at:asc",
            "since": "2026-01-01T00:00:00Z",
            "until": "2026-02-01T00:00:00Z",
            "limit": "100",
            "offset": offset,
        }
        gives(api, "/incidents", params, {"incidents": [{"id": offset}]})
    pages = list(listing.incidents(IncidentQuery(("resolved",), (), period), 201))
    assert pages == [[{"id": "200"}], [{"id": "100"}], [{"id": "0"}]]


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (100, 1), (101, 2), (10_000, 100)])
def test_pages_are_as_many_as_needed(
    api: RequestsMock, listing: PagedLists, count: int, pages: int
) -> None:
    api.add("GET", f"{API}/incidents", json={"incidents": []})
    assert len(list(listing.incidents(IncidentQuery(OPEN), count))) == pages
    assert "offset=0" in str(api.calls[-1].request.url)


def test_pagerduty_is_never_asked_beyond_what_it_lists(
    api: RequestsMock, listing: PagedLists
) -> None:
    api.add("GET", f"{API}/incidents", json={"incidents": []})
    next(listing.incidents(IncidentQuery(OPEN), 25_000))
    assert "offset=9900" in str(api.calls[0].request.url)


def test_an_incident_is_there_or_not(api: RequestsMock, listing: PagedLists) -> None:
    api.add("GET", f"{API}/incidents/Q1", json={"incident": {"id": "Q1"}})
    api.add("GET", f"{API}/incidents/Q2", status=404)
    api.add("GET", f"{API}/incidents/Q3", status=403)
    assert listing.incident("Q1") == {"id": "Q1"}
    assert listing.incident("Q2") is None
    with pytest.raises(ApiRejected, match="find incident Q3"):
        listing.incident("Q3")


def test_services_are_listed_to_the_end(api: RequestsMock, listing: PagedLists) -> None:
    for offset, more in (("0", True), ("100", False)):
        params = {"sort_by": "name", "limit": "100", "offset": offset}
        gives(api, "/services", params, {"services": [{"id": offset}], "more": more})
    assert list(listing.services()) == [[{"id": "0"}], [{"id": "100"}]]


def test_a_service_is_found_or_named(api: RequestsMock, listing: PagedLists) -> None:
    api.add("GET", f"{API}/services/P1", json={"service": {"id": "P1"}})
    api.add("GET", f"{API}/services/P2", status=404)
    assert listing.service("P1") == {"id": "P1"}
    with pytest.raises(ApiRejected, match="find service P2 of input 'service'"):
        listing.service("P2")


def test_who_is_on_call_comes_with_addresses(api: RequestsMock, listing: PagedLists) -> None:
    params = {
        "escalation_policy_ids[]": ["PP1", "PP2"],
        "include[]": "users",
        "limit": "100",
        "offset": "0",
    }
    gives(api, "/oncalls", params, {"oncalls": [{"escalation_level": 1}]})
    assert list(listing.on_calls(["PP1", "PP2"])) == [[{"escalation_level": 1}]]
