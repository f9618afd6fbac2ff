"""PagerDuty's incidents: what is asked for, and what is understood."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from responses import RequestsMock, matchers

from pd_incident_action.http.client import ApiClient
from pd_incident_action.models import Incident
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import LogEntry, PagerDutyIncident

API = "https://api.pagerduty.com"


def test_an_incident_is_changed_on_somebodys_behalf_unless_the_key_is_a_users_own(
    api: RequestsMock, pagerduty: PagerDuty, connect: Callable[..., ApiClient]
) -> None:
    api.add("PUT", f"{API}/incidents/Q1%2Fx", json={"incident": {"id": "Q1/x"}})
    assert Incidents(pagerduty).update("Q1/x", "change it", {"urgency": "low"}).id == "Q1/x"
    sent = api.calls[0].request
    expected = {"incident": {"type": "incident_reference", "urgency": "low"}}
    assert json.loads(sent.body or "") == expected
    assert sent.headers["From"] == "ada@example.com"
    assert sent.headers["Accept"] == "application/vnd.pagerduty+json;version=2"
    assert sent.headers["Authorization"] == "Token token=pd-rest-key"
    Incidents(PagerDuty(connect(), None)).update("Q1/x", "change it", {"urgency": "low"})
    assert "From" not in api.calls[1].request.headers


def test_incidents_are_found_by_their_key_which_is_never_empty(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    for only_open in [True, False]:
        api.reset()
        params: dict[str, Any] = {
            "incident_key": "a b&c",
            "sort_by": "created_at:desc",
            "date_range": "all",
        }
        if only_open:
            params["statuses[]"] = ["triggered", "acknowledged"]
        found = [{"id": "Q3", "incident_key": "a b&c"}, {"id": "Q1"}]
        others = [{"id": "Q2", "incident_key": "a b"}, {"id": "Q0", "incident_key": None}]
        api.add(
            "GET",
            f"{API}/incidents",
            json={"incidents": found + others},
            match=[matchers.query_param_matcher(params)],
        )
        listed = Incidents(pagerduty).find_by_key("a b&c", only_open=only_open)
        assert [one.raw for one in listed] == found
    with pytest.raises(ValueError, match="would match every incident"):
        Incidents(pagerduty).find_by_key("", only_open=True)


FULL = {
    "id": "Q1",
    "incident_number": 42,
    "title": "Down",
    "summary": "[#42] Down",
    "status": "triggered",
    "urgency": "high",
    "html_url": "https://acme.pagerduty.com/incidents/Q1",
    "service": {"id": "PSVC123", "summary": "Checkout"},
    "assignments": [{"assignee": {"summary": "Ada"}}, {"assignee": {"summary": "Bob"}}],
    "escalation_policy": {"id": "PE1", "summary": "Shop on call"},
    "priority": {"id": "PP1", "summary": "P1"},
    "description": "It is down",
    "incident_key": "k",
    "created_at": "2026-12-01T03:10:00Z",
    "updated_at": "2026-12-01T03:11:00Z",
}


def test_an_incident_is_understood_whole() -> None:
    assert PagerDutyIncident.read(FULL).to_incident() == Incident(
        id="Q1",
        number=42,
        title="Down",
        status="triggered",
        urgency="high",
        url="https://acme.pagerduty.com/incidents/Q1",
        service_id="PSVC123",
        service="Checkout",
        assignees=("Ada", "Bob"),
        escalation_policy="Shop on call",
        priority="P1",
        description="It is down",
        dedup_key="k",
        created_at="2026-12-01T03:10:00Z",
        updated_at="2026-12-01T03:11:00Z",
    )


def test_what_pagerduty_leaves_out_is_empty() -> None:
    for left_out in [{}, dict.fromkeys(FULL)]:
        incident = PagerDutyIncident.read(left_out | {"id": "Q1"}).to_incident()
        assert incident == Incident(id="Q1", title="", status="")


def test_what_has_another_name_is_found_there() -> None:
    cases: list[tuple[dict[str, Any], str, object]] = [
        ({"title": None}, "title", "[#42] Down"),
        ({"priority": {"name": "P2"}}, "priority", "P2"),
        ({"description": None, "body": {"details": "why"}}, "description", "why"),
        ({"updated_at": None, "last_status_change_at": "2026"}, "updated_at", "2026"),
        ({"assignments": []}, "assignees", ()),
        ({"incident_number": None}, "name", "Down"),
        ({"incident_number": 42}, "name", "#42 Down"),
    ]
    for changes, field, value in cases:
        assert getattr(PagerDutyIncident.read(FULL | changes).to_incident(), field) == value


def test_what_pagerduty_does_by_itself_is_told_apart() -> None:
    for agent, channel, is_automatic in (
        ("service_reference", "api", True),
        ("user_reference", "timeout", True),
        ("user_reference", "api", False),
    ):
        entry = {"agent": {"type": agent}, "channel": {"type": channel}}
        assert LogEntry.read(entry).is_automatic is is_automatic
