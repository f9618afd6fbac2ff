"""What the simulator answers about single incidents is what PagerDuty's description allows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

import openapi
from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.past import seed_incidents

ROUTING_KEY = "R0123456789ABCDEF0123456789ABCDE"
HEADERS = {
    "Authorization": "Token token=pd-account-token",
    "From": "ada@example.com",
    "Accept": "application/vnd.pagerduty+json;version=2",
    # The description wants it on every request, with a body or not.
    "Content-Type": "application/json",
}
ANSWERS = [
    "/notes",
    "/alerts?statuses[]=triggered&alert_key=disk",
    "/log_entries?is_overview=true&limit=50",
    "/log_entries?total=true",
    "/custom_fields/values",
    "/past_incidents?limit=3&total=true",
    "/related_incidents",
    "/related_incidents?additional_details[]=incident",
    "/related_change_events?limit=1",
]
ADA = {"id": "PUSER1", "type": "user_reference"}
Ask = Callable[..., requests.Response]


@pytest.fixture
def ask(sim: Simulator) -> Ask:
    def ask(method: str, path: str, body: object = None) -> requests.Response:
        url = sim.pagerduty.url + path
        return requests.request(method, url, json=body, headers=HEADERS, timeout=5)

    return ask


@pytest.fixture
def incident(ask: Ask) -> str:
    return opened(ask)


def opened(ask: Ask, service: str = "PSVC001") -> str:
    reference = {"id": service, "type": "service_reference"}
    body = {"type": "incident", "title": "Down", "service": reference}
    answer = ask("POST", "/incidents", {"incident": body})
    return f"/incidents/{answer.json()['incident']['id']}"


def source(path: str) -> dict[str, str]:
    return {"id": path.rsplit("/", 1)[-1], "type": "incident_reference"}


def assert_contracts_hold(sim: Simulator) -> None:
    assert sim.exchanges
    assert [problem for exchange in sim.exchanges for problem in openapi.problems(exchange)] == []


def responders(kind: str, identifier: str) -> dict[str, Any]:
    target = {"id": identifier, "type": f"{kind}_reference"}
    targets = [{"responder_request_target": target}]
    return {"requester_id": "PUSER1", "message": "Help", "responder_request_targets": targets}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/notes", {"note": {"content": "Looking"}}, 200),
        ("POST", "/snooze", {"duration": 3600}, 201),
        ("POST", "/responder_requests", responders("user", "PUSER2"), 200),
        ("POST", "/responder_requests", responders("escalation_policy", "PPOL002"), 200),
        ("POST", "/status_updates", {"message": "Better", "subject": "Checkout"}, 200),
        (
            "PUT",
            "/custom_fields/values",
            {
                "custom_fields": [
                    {"name": "root_cause", "value": "A full disk"},
                    {"id": "PFIELD2", "value": 7},
                    {"name": "regions", "value": ["eu", "us"]},
                    {"name": "severity_level", "value": None},
                ]
            },
            201,
        ),
    ],
)
def test_what_is_done_to_an_incident(  # noqa: PLR0913, PLR0917 - the columns of the table
    sim: Simulator, ask: Ask, incident: str, method: str, path: str, body: object, status: int
) -> None:
    assert ask(method, incident + path, body).status_code == status
    for look in ("", *ANSWERS):
        assert ask("GET", incident + look).status_code == 200
    assert_contracts_hold(sim)


@pytest.mark.parametrize(
    "change",
    [
        {"escalation_level": 2},
        {"escalation_policy": {"id": "PPOL002", "type": "escalation_policy_reference"}},
        {"assignments": [{"assignee": ADA}]},
        {"urgency": "low", "title": "Slow"},
        {"status": "resolved", "resolution": "Rebooted"},
    ],
)
def test_what_each_change_leaves_in_the_log(
    sim: Simulator, ask: Ask, incident: str, change: dict[str, object]
) -> None:
    for body in (change, {"status": "triggered"}):
        answer = ask("PUT", incident, {"incident": {"type": "incident_reference", **body}})
        assert answer.status_code == 200
    assert ask("GET", f"{incident}/log_entries").json()["log_entries"]
    assert ask("GET", "/log_entries?limit=100&total=true&since=2026-01-01T00:00:00Z").ok
    assert_contracts_hold(sim)


def test_merged_incidents(sim: Simulator, ask: Ask, incident: str) -> None:
    other = opened(ask)
    assert ask("PUT", f"{incident}/merge", {"source_incidents": [source(other)]}).ok
    assert ask("GET", other).json()["incident"]["resolve_reason"]["incident"]["id"]
    assert_contracts_hold(sim)


def test_past_and_related_incidents(sim: Simulator, ask: Ask, incident: str) -> None:
    opened(ask, "PSVC002")
    seed_incidents(sim.pagerduty.state, 3, title="Down")
    assert ask("GET", f"{incident}/past_incidents").json()["past_incidents"]
    for details in ("", "?additional_details[]=incident"):
        assert ask("GET", f"{incident}/related_incidents{details}").json()["related_incidents"]
    assert_contracts_hold(sim)


def test_change_events(sim: Simulator, ask: Ask, incident: str) -> None:
    payload = {"summary": "Deployed", "source": "ci", "timestamp": "2026-01-02T03:04:05Z"}
    links = [{"href": "https://example.com/1", "text": "Build"}]
    event = {"routing_key": ROUTING_KEY, "payload": payload, "links": links}
    url = f"{sim.events.url}/v2/change/enqueue"
    assert requests.post(url, json=event, timeout=5).status_code == 202
    (change,) = ask("GET", f"{incident}/related_change_events").json()["change_events"]
    assert change["summary"] == "Deployed"
    assert_contracts_hold(sim)


def test_workflows(sim: Simulator, ask: Ask, incident: str) -> None:
    assert ask("GET", "/incident_workflows?query=bridge&limit=1&total=true").ok
    instance = {"incident_workflow_instance": {"incident": source(incident)}}
    assert ask("POST", "/incident_workflows/PWFLOW1/instances", instance).status_code == 201
    assert_contracts_hold(sim)


@pytest.mark.parametrize("unit", [None, "day", "week", "month"])
def test_figures(sim: Simulator, ask: Ask, unit: str | None) -> None:
    seed_incidents(sim.pagerduty.state, 10)
    filters = {"service_ids": ["PSVC001"], "created_at_start": "2020-01-01T00:00:00Z"}
    body = {"filters": filters, "time_zone": "Etc/UTC"} | ({"aggregate_unit": unit} if unit else {})
    assert ask("POST", "/analytics/metrics/incidents/all", body).json()["data"]
    assert_contracts_hold(sim)


@pytest.mark.parametrize("path", ["/incidents/types?filter=all", "/abilities", "/incidents"])
def test_lists(sim: Simulator, ask: Ask, path: str) -> None:
    seed_incidents(sim.pagerduty.state, 2)
    assert ask("GET", path).status_code == 200
    assert_contracts_hold(sim)


def test_many_incidents_at_once(sim: Simulator, ask: Ask) -> None:
    changes = [
        {**source(opened(ask)), **change}
        for change in ({"status": "acknowledged"}, {"urgency": "low"}, {"escalation_level": 2})
    ]
    assert len(ask("PUT", "/incidents", {"incidents": changes}).json()["incidents"]) == 3
    assert_contracts_hold(sim)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/incident_workflows", None),
        ("POST", "/incident_workflows/PWFLOW1/instances", {}),
        ("GET", "/priorities", None),
    ],
)
def test_refusals_for_want_of_an_ability(
    sim: Simulator, ask: Ask, method: str, path: str, body: object
) -> None:
    sim.pagerduty.state.missing_abilities = {"incident_workflows", "priorities"}
    assert ask(method, path, body).status_code == 402
    exchange = sim.exchanges[-1]
    found = openapi.contract("pagerduty").find(method, path)
    assert found is not None
    assert openapi.contract("pagerduty").answer_problems(found, exchange) == []
    assert json.loads(exchange.response_body)["error"]["code"] == 2014
