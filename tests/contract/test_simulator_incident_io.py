"""Every answer of the simulated incident.io is one that the API's description allows."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import requests

import openapi
from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.incident_io.client import BearerAuth, IncidentIo
from pd_incident_action.incident_io.directory import IncidentIoDirectory
from pd_incident_action.incident_io.errors import explain
from pd_incident_simulator import Fault, Simulator

MINOR = "01SEV000000000000000000001"
CRITICAL = "01SEV000000000000000000003"
CLOSED = "01STAT00000000000000000007"
LEAD = "01R0LE00000000000000000001"
NEW = {
    "idempotency_key": "k1",
    "visibility": "public",
    "name": "Down",
    "summary": "It's bad",
    "severity_id": MINOR,
    "mode": "standard",
    "incident_role_assignments": [
        {"incident_role_id": LEAD, "assignee": {"email": "ada@example.com"}}
    ],
}


def ask(sim: Simulator, method: str, path: str, body: object = None) -> requests.Response:
    headers = {"Authorization": "Bearer inc-api-key"}
    return requests.request(
        method, sim.incident_io.url + path, json=body, headers=headers, timeout=5
    )


def provider(sim: Simulator, key: str = "inc-api-key") -> IncidentIo:
    """Open the action's own way to incident.io."""
    client = ApiClient(
        service="incident.io",
        base_url=sim.incident_io.url,
        authenticate=BearerAuth(key),
        explain=explain,
        deadline=Deadline(20),
    )
    return IncidentIo(client)


def assert_contract_holds(sim: Simulator) -> None:
    assert sim.exchanges
    assert [problem for exchange in sim.exchanges for problem in openapi.problems(exchange)] == []


def test_an_incidents_life(sim: Simulator) -> None:
    created = ask(sim, "POST", "/v2/incidents", NEW)
    assert created.status_code == 200
    incident = f"/v2/incidents/{created.json()['incident']['id']}"
    for changes in (
        {"name": "Still down", "summary": "Worse", "severity_id": CRITICAL},
        {"incident_status_id": CLOSED},
    ):
        body = {"incident": changes, "notify_incident_channel": True}
        assert ask(sim, "POST", f"{incident}/actions/edit", body).ok
    assert ask(sim, "GET", incident).json()["incident"]["incident_status"]["name"] == "Closed"
    assert ask(sim, "GET", "/v2/incident_updates").ok
    assert_contract_holds(sim)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/identity",
        "/v1/severities",
        "/v1/incident_types",
        "/v1/incident_statuses",
        "/v2/users",
        "/v2/users?email=ada@example.com&include_inactive=true&page_size=1",
        "/v2/incidents",
        "/v2/incidents?page_size=1&sort_by=created_at_oldest_first&filter_mode=all",
        "/v2/incidents?status_category[one_of]=live&severity[not_in]=x&mode[one_of]=standard",
        "/v2/incident_updates?incident_id=01NC0000000000000000000001&page_size=1",
    ],
)
def test_every_list(sim: Simulator, path: str) -> None:
    for number in range(2):
        assert ask(sim, "POST", "/v2/incidents", NEW | {"idempotency_key": f"k{number}"}).ok
    assert ask(sim, "GET", path).status_code == 200
    assert_contract_holds(sim)


def test_what_leaves_the_contract_is_noticed(sim: Simulator) -> None:
    ask(sim, "POST", "/v2/incidents", NEW)
    (exchange,) = sim.exchanges
    incident = exchange.json | {"visibility": "secret"}
    assert "'secret' is not one of" in openapi.problems(replace(exchange, json=incident))[0]
    answer = json.dumps({"incident": {"id": 1}}).encode()
    assert openapi.problems(replace(exchange, response_body=answer))
    ask(sim, "GET", "/v2/incidents?colour[one_of]=red")
    assert "unknown query parameter colour" in openapi.problems(sim.exchanges[-1])[0]


def test_the_actions_own_requests_keep_the_contract(sim: Simulator) -> None:
    incident_io = provider(sim)
    directory = IncidentIoDirectory(incident_io)
    new = NEW | {"severity_id": directory.severity("major")}
    new |= {"incident_type_id": directory.incident_type("default")}
    created, is_new = incident_io.create_incident(new)
    assert (created.to_incident().name, is_new) == ("#1 Down", True)
    changes = {"incident_status_id": directory.status_of_category("closed")}
    incident_io.edit_incident(created.id, changes, "resolve the incident")
    closed = incident_io.incident(created.id).to_incident()
    assert (closed.status, closed.severity, closed.assignees) == (
        "Closed",
        "Major",
        ("Ada Lovelace",),
    )
    assert directory.status("CLOSED") == CLOSED
    assert incident_io.identity().name == closed.created_by
    assert_contract_holds(sim)


def test_an_incident_whose_answer_got_lost_is_opened_once_and_new(sim: Simulator) -> None:
    sim.faults.add(Fault("reset", api="incident-io", method="POST", processed=True))
    created, is_new = provider(sim).create_incident(NEW)
    assert is_new
    assert list(sim.incident_io.state.incidents) == [created.id]


def test_an_incident_of_an_earlier_run_is_not_new(sim: Simulator) -> None:
    first, _ = provider(sim).create_incident(NEW)
    created_at = {"created_at": "2026-01-01T00:00:00.000000Z"}
    sim.incident_io.state.incidents[first.id] |= created_at
    again, is_new = provider(sim).create_incident(NEW)
    assert (again.id, is_new) == (first.id, False)


def test_a_refusal_tells_which_scope_is_missing(sim: Simulator) -> None:
    with pytest.raises(ApiRejected) as refusal:
        provider(sim, "inc-readonly-key").create_incident(NEW)
    assert str(refusal.value) == (
        "incident.io did not create the incident: it answered 403, code missing_required_scope "
        '"missing a required scope: incidents.create (request id req00001)": the API key lacks '
        "the scope incidents.create; make a new key that has incidents.create (Settings, API "
        "keys in incident.io): a key's scopes can't be changed afterwards."
    )


def test_a_refusal_names_the_input_that_is_missing(sim: Simulator) -> None:
    with pytest.raises(ApiRejected, match="set severity, for example severity: major"):
        provider(sim).create_incident({"idempotency_key": "k", "visibility": "public"})
