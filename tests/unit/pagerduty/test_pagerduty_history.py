"""All of a period is listed, however long it is and however much happened in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from responses import RequestsMock
from responses.matchers import query_param_matcher

from pd_incident_action.errors import ApiRejected
from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incident_history import History

API = "https://api.pagerduty.com"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
DAY = Interval(SINCE, SINCE + timedelta(days=1))


def entry(incident: str, at: str, kind: str = "acknowledge") -> dict[str, Any]:
    created_at = f"2026-11-01T{at}"
    return {"type": f"{kind}_log_entry", "created_at": created_at, "incident": {"id": incident}}


def add(api: RequestsMock, path: str, answer: Mapping[str, Any], total: int, **query: str) -> None:
    """Answer both the question how many there are, and the one for the first page."""
    counting = query_param_matcher(query | {"limit": "1", "total": "true"}, strict_match=False)
    listing = query_param_matcher(query | {"limit": "100", "offset": "0"}, strict_match=False)
    api.add("GET", f"{API}{path}", json={**answer, "total": total}, match=[counting])
    if total <= 10_000:
        api.add("GET", f"{API}{path}", json={**answer, "more": False}, match=[listing])


def test_incidents_are_listed_by_service_oldest_first(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    query = {
        "since": "2026-11-01T00:00:00Z",
        "until": "2026-11-02T00:00:00Z",
        "service_ids[]": "PSVC001",
        "sort_by": "created_at:asc",
    }
    add(api, "/incidents", {"incidents": [{"id": "Q1"}]}, 1, **query)
    assert History(pagerduty).incidents(DAY, ["PSVC001"]) == [{"id": "Q1"}]


def test_a_long_period_is_read_in_windows_and_nothing_counts_twice(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    period = Interval(SINCE - timedelta(days=270), SINCE)
    both = {"incidents": [{"id": "Q1"}, {"id": "Q2"}]}
    add(api, "/incidents", both, 2, since="2026-02-04T00:00:00Z", until="2026-08-03T00:00:00Z")
    add(
        api,
        "/incidents",
        {"incidents": [{"id": "Q2"}, {"id": "Q3"}]},
        2,
        since="2026-08-03T00:00:00Z",
    )
    found = History(pagerduty).incidents(period, [])
    assert [incident["id"] for incident in found] == ["Q1", "Q2", "Q3"]


def test_more_than_pagerduty_lists_is_read_in_parts(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    noon = "2026-11-01T12:00:00Z"
    bounds = {"since": DAY.start_iso, "until": DAY.end_iso}
    add(api, "/incidents", {"incidents": []}, 10_001, **bounds)
    add(api, "/incidents", {"incidents": [{"id": "Q1"}]}, 10_000, **bounds | {"until": noon})
    add(api, "/incidents", {"incidents": [{"id": "Q2"}]}, 1, **bounds | {"since": noon})
    found = History(pagerduty).incidents(DAY, [])
    assert [incident["id"] for incident in found] == ["Q1", "Q2"]


def test_the_first_acknowledgement_counts_whatever_the_order_and_zone(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    log = [
        entry("Q1", "10:30:00+02:00"),
        entry("Q1", "09:00:00Z"),
        entry("Q1", "08:00:00Z", "trigger"),
        entry("Q2", "11:00:00Z"),
        entry("Q3", "10:00:00Z", "resolve"),
    ]
    add(api, "/log_entries", {"log_entries": log}, 5, is_overview="true")
    assert History(pagerduty).first_acknowledgements(DAY) == {
        "Q1": SINCE + timedelta(hours=8.5),
        "Q2": SINCE + timedelta(hours=11),
    }


@pytest.mark.parametrize(
    ("log", "moment"),
    [
        ([entry("Q1", "11:00:00Z"), entry("Q1", "10:00:00Z")], SINCE + timedelta(hours=10)),
        ([entry("Q1", "10:00:00Z", "trigger")], None),
        ([], None),
    ],
)
def test_an_incidents_own_log_tells_as_well(
    api: RequestsMock, pagerduty: PagerDuty, log: list[Any], moment: datetime | None
) -> None:
    api.add("GET", f"{API}/incidents/Q1/log_entries", json={"log_entries": log})
    assert History(pagerduty).first_acknowledgement("Q1") == moment


@pytest.mark.parametrize(("services", "query"), [([], {}), (["P1"], {"service_ids[]": "P1"})])
def test_what_is_open_is_listed_however_old(
    api: RequestsMock, pagerduty: PagerDuty, services: list[str], query: dict[str, str]
) -> None:
    wanted = {
        "statuses[]": ["triggered", "acknowledged"],
        "date_range": "all",
        "sort_by": "created_at:asc",
        "limit": "100",
        "offset": "0",
        **query,
    }
    matching = query_param_matcher(wanted)
    api.add("GET", f"{API}/incidents", json={"incidents": [{"id": "Q1"}]}, match=[matching])
    assert History(pagerduty).open_incidents(services) == [{"id": "Q1"}]


def test_notes_are_listed(api: RequestsMock, pagerduty: PagerDuty) -> None:
    api.add("GET", f"{API}/incidents/Q1/notes", json={"notes": [{"content": "x"}]})
    assert History(pagerduty).notes("Q1") == [{"content": "x"}]


def test_a_refusal_says_what_was_asked_for(api: RequestsMock, pagerduty: PagerDuty) -> None:
    api.add("GET", f"{API}/log_entries", status=403)
    with pytest.raises(ApiRejected, match="did not show the log of the incidents: it answered 403"):
        History(pagerduty).first_acknowledgements(DAY)
