"""Every answer of the simulator is one that the API's description allows."""

from __future__ import annotations

from typing import Any

import pytest
import requests

import openapi
from pd_incident_simulator import Simulator
from pd_incident_simulator.port.blueprints import (
    documented_incident_blueprint,
    integration_incident_blueprint,
)

ROUTING_KEY = "R0123456789ABCDEF0123456789ABCDE"
HEADERS = {
    "Authorization": "Token token=pd-account-token",
    "From": "ada@example.com",
    "Accept": "application/vnd.pagerduty+json;version=2",
}
NEW = {
    "type": "incident",
    "title": "Down",
    "service": {"id": "PSVC001", "type": "service_reference"},
    "priority": {"id": "PPRIO01", "type": "priority_reference"},
    "body": {"type": "incident_body", "details": "It's bad"},
    "conference_bridge": {"conference_url": "https://meet.example.com/x"},
}


def pagerduty(
    sim: Simulator, method: str, path: str, body: object = None, **headers: str
) -> requests.Response:
    return requests.request(
        method, sim.pagerduty.url + path, json=body, headers=HEADERS | headers, timeout=5
    )


def port(sim: Simulator, method: str, path: str, body: object = None) -> requests.Response:
    token = sim.port.state.sign_in()
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, sim.port.url + path, json=body, headers=headers, timeout=5)


def assert_contracts_hold(sim: Simulator) -> None:
    assert sim.exchanges
    assert [problem for exchange in sim.exchanges for problem in openapi.problems(exchange)] == []


def test_an_incidents_life(sim: Simulator) -> None:
    created = pagerduty(sim, "POST", "/incidents", {"incident": NEW})
    assert created.status_code == 201
    incident = f"/incidents/{created.json()['incident']['id']}"
    change = {"type": "incident_reference", "status": "acknowledged"}
    assert pagerduty(sim, "PUT", incident, {"incident": change}).ok
    assert pagerduty(sim, "POST", f"{incident}/notes", {"note": {"content": "Looking"}}).ok
    bulk = [
        {
            "id": incident.rsplit("/", maxsplit=1)[-1],
            "type": "incident_reference",
            "status": "resolved",
        }
    ]
    assert pagerduty(sim, "PUT", "/incidents", {"incidents": bulk}).ok
    for path in ("", "/notes", "/alerts", "/log_entries"):
        assert pagerduty(sim, "GET", f"{incident}{path}").ok
    assert_contracts_hold(sim)


@pytest.mark.parametrize(
    "path",
    [
        "/incidents?statuses[]=triggered&limit=1&offset=0",
        "/incidents?sort_by=created_at:desc&date_range=all",
        "/incidents?incident_key=x&service_ids[]=PSVC001&urgencies[]=high",
        "/incidents/types",
        "/users?query=ada",
        "/users/PUSER1",
        "/services",
        "/services/PSVC001",
        "/escalation_policies",
        "/escalation_policies/PPOL001",
        "/oncalls?escalation_policy_ids[]=PPOL001",
        "/priorities",
        "/abilities",
    ],
)
def test_what_can_be_looked_up(sim: Simulator, path: str) -> None:
    pagerduty(sim, "POST", "/incidents", {"incident": NEW})
    assert pagerduty(sim, "GET", path).status_code == 200
    assert_contracts_hold(sim)


def test_a_service_is_added(sim: Simulator) -> None:
    policy = {"id": "PPOL001", "type": "escalation_policy_reference"}
    service = {"type": "service", "name": "Search", "escalation_policy": policy}
    assert pagerduty(sim, "POST", "/services", {"service": service}).status_code == 201
    assert_contracts_hold(sim)


def test_a_users_own_key_knows_its_user(sim: Simulator) -> None:
    answer = pagerduty(sim, "GET", "/users/me", Authorization="Token token=pd-user-token")
    assert answer.json()["user"]["email"] == "ada@example.com"
    assert pagerduty(sim, "GET", "/users/me").status_code == 400
    assert_contracts_hold(sim)


def test_events(sim: Simulator) -> None:
    payload = {"summary": "Disk full", "source": "db-1", "severity": "critical"}
    for event in (
        {"event_action": "trigger", "dedup_key": "d", "payload": payload},
        {"event_action": "acknowledge", "dedup_key": "d"},
        {"event_action": "resolve", "dedup_key": "d"},
    ):
        body = {"routing_key": ROUTING_KEY, **event}
        assert (
            requests.post(f"{sim.events.url}/v2/enqueue", json=body, timeout=5).status_code == 202
        )
    change = {"routing_key": ROUTING_KEY, "payload": {"summary": "Deployed"}}
    url = f"{sim.events.url}/v2/change/enqueue"
    assert requests.post(url, json=change, timeout=5).status_code == 202
    assert_contracts_hold(sim)


def test_ports_runs(sim: Simulator) -> None:
    run = f"/v1/actions/runs/{sim.port.state.start_run()}"
    assert port(sim, "POST", f"{run}/logs", {"message": "Hello"}).status_code == 201
    changes = {"link": ["https://example.com"], "summary": "Fine", "statusLabel": "Paged"}
    assert port(sim, "PATCH", run, changes | {"status": "SUCCESS"}).ok
    assert port(sim, "GET", run).json()["run"]["status"] == "SUCCESS"
    assert port(sim, "GET", f"{run}/logs").json()["runLogs"][0]["message"] == "Hello"
    assert_contracts_hold(sim)


def test_ports_sign_in(sim: Simulator) -> None:
    body = {"clientId": "port-client-id", "clientSecret": "simulated-port-secret"}
    url = f"{sim.port.url}/v1/auth/access_token"
    tokens = {requests.post(url, json=body, timeout=5).json()["accessToken"] for _ in range(2)}
    assert len(tokens) == 1, "the same token comes back until it expires"
    assert requests.post(url, json=body | {"clientId": "x"}, timeout=5).status_code == 401
    assert_contracts_hold(sim)


@pytest.mark.parametrize(
    ("blueprint", "relation"),
    [(documented_incident_blueprint(), ["PSVC001"]), (integration_incident_blueprint(), "PSVC001")],
    ids=["documented", "integration"],
)
def test_ports_entities(sim: Simulator, blueprint: dict[str, Any], relation: object) -> None:
    sim.port.state.blueprints["pagerdutyIncident"] = blueprint
    entities = "/v1/blueprints/pagerdutyIncident/entities"
    entity = {
        "identifier": "Q1",
        "title": "Down",
        "properties": {"status": "triggered"},
        "relations": {"pagerdutyService": relation},
    }
    assert port(sim, "POST", f"{entities}?upsert=true&merge=true", entity).status_code == 201
    more = {"entities": [{"identifier": "Q2"}, {"identifier": "Q3", "properties": {"no": 1}}]}
    assert port(sim, "POST", f"{entities}/bulk?upsert=true", more).status_code == 207
    for method, path in (
        ("GET", "/v1/blueprints"),
        ("GET", "/v1/blueprints/pagerdutyIncident"),
        ("GET", entities),
        ("GET", f"{entities}/Q1"),
        ("GET", f"{entities}-count"),
        ("DELETE", f"{entities}/Q1?delete_dependents=false"),
    ):
        assert port(sim, method, path).status_code == 200
    assert_contracts_hold(sim)


def test_ports_entities_are_changed_and_searched(sim: Simulator) -> None:
    entities = "/v1/blueprints/pagerdutyService/entities"
    change = {"properties": {"status": "maintenance"}}
    rules = [{"property": "$identifier", "operator": "=", "value": "PSVC001"}]
    query = {"combinator": "and", "rules": rules}
    assert port(sim, "PATCH", f"{entities}/PSVC001", change).ok
    assert port(sim, "PUT", f"{entities}/PSVC001", change).ok
    for path, body in (
        (f"{entities}/search", {"query": query}),
        ("/v1/entities/search", query),
    ):
        (found,) = port(sim, "POST", path, body).json()["entities"]
        assert found["properties"] == {"status": "maintenance"}
    assert_contracts_hold(sim)


def test_ports_blueprints_are_added_and_changed(sim: Simulator) -> None:
    blueprint = documented_incident_blueprint() | {"identifier": "outage"}
    for generated in ("createdAt", "createdBy", "updatedAt", "updatedBy"):
        blueprint.pop(generated)
    path = "/v1/blueprints/outage"
    assert port(sim, "POST", "/v1/blueprints", blueprint).status_code == 201
    assert port(sim, "PATCH", path, {"title": "Outage"}).ok
    assert port(sim, "PUT", path, blueprint).ok
    assert_contracts_hold(sim)
