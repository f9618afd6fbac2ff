"""Every answer of the simulated Port is one that its description allows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

import openapi
from pd_incident_simulator import Simulator

Json = dict[str, Any]
RESOURCES = Path(__file__).resolve().parents[2] / "port"
INCIDENTS = "/v1/blueprints/pagerdutyIncident/entities"
SERVICES = "/v1/blueprints/pagerdutyService/entities"


def resource(name: str) -> Json:
    document: Json = json.loads((RESOURCES / name).read_text(encoding="utf-8"))
    return document


def port(sim: Simulator, method: str, path: str, body: object = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {sim.port.state.sign_in()}"}
    return requests.request(method, sim.port.url + path, json=body, headers=headers, timeout=5)


def assert_contract_holds(sim: Simulator) -> None:
    assert sim.exchanges
    assert [problem for exchange in sim.exchanges for problem in openapi.problems(exchange)] == []


def test_an_actions_life(sim: Simulator) -> None:
    action = resource("actions/create.json")
    path = "/v1/actions/pagerduty_create"
    assert port(sim, "POST", "/v1/actions", action).status_code == 201
    assert port(sim, "GET", path).json()["action"]["identifier"] == "pagerduty_create"
    assert port(sim, "PUT", path, action | {"title": "Page"}).json()["action"]["title"] == "Page"
    query = "trigger_type=self-service&blueprint_identifier=pagerdutyService&operation=DAY-2"
    assert len(port(sim, "GET", f"/v1/actions?{query}").json()["actions"]) == 1
    body = {"entity": "PSVC001", "properties": {"title": "Down", "from": "ada@example.com"}}
    started = port(sim, "POST", f"{path}/runs?run_as=ada@example.com", body)
    assert started.status_code == 202
    assert port(sim, "GET", f"/v1/actions/runs/{started.json()['run']['id']}").ok
    assert_contract_holds(sim)


def test_a_synced_action_and_its_automation(sim: Simulator) -> None:
    for name in ("actions-webhook/create.json", "automations/create.json"):
        assert port(sim, "POST", "/v1/actions", resource(name)).status_code == 201
    listed = port(sim, "GET", "/v1/actions?trigger_type=automation&version=v2").json()["actions"]
    assert [automation["identifier"] for automation in listed] == ["pagerduty_create_sync"]
    assert_contract_holds(sim)


def test_a_webhooks_life(sim: Simulator) -> None:
    webhook = resource("webhooks/pagerduty.json")
    path = "/v1/webhooks/pagerduty_incidents"
    assert port(sim, "POST", "/v1/webhooks", webhook).status_code == 201
    url = port(sim, "GET", path).json()["integration"]["url"]
    assert port(sim, "PUT", path, webhook | {"security": {}}).ok
    assert len(port(sim, "GET", "/v1/webhooks").json()["integrations"]) == 1
    assert requests.post(url, json={}, timeout=5).status_code == 202
    assert_contract_holds(sim)


def test_pages_of_a_search(sim: Simulator) -> None:
    page = port(sim, "POST", f"{SERVICES}/search", {"limit": 2}).json()
    rest = port(sim, "POST", f"{SERVICES}/search", {"limit": 2, "from": page["next"]}).json()
    assert len(page["entities"] + rest["entities"]) == 3
    assert_contract_holds(sim)


def test_what_relates_to_an_entity_goes_with_it(sim: Simulator) -> None:
    entity = {"identifier": "Q1", "relations": {"pagerdutyService": ["PSVC001"]}}
    assert port(sim, "POST", f"{INCIDENTS}?upsert=false", entity).status_code == 201
    assert port(sim, "DELETE", f"{SERVICES}/PSVC001?delete_dependents=true").status_code == 200
    assert port(sim, "GET", f"{INCIDENTS}/Q1").json()["entity"]["relations"] == {
        "pagerdutyService": []
    }
    assert_contract_holds(sim)


def test_the_organization(sim: Simulator) -> None:
    assert port(sim, "GET", "/v1/organization").status_code == 200
    assert_contract_holds(sim)


@pytest.mark.parametrize("name", ["pagerdutyService", "pagerdutyIncident", "incidentIOIncident"])
def test_the_blueprints_are_installed_over_those_that_are_there(sim: Simulator, name: str) -> None:
    blueprint = resource(f"blueprints/{name}.json")
    assert port(sim, "POST", "/v1/blueprints", blueprint).status_code == 409
    assert port(sim, "PUT", f"/v1/blueprints/{name}", blueprint).status_code == 200
    shown = port(sim, "GET", f"/v1/blueprints/{name}").json()["blueprint"]
    assert shown == shown | blueprint
    assert_contract_holds(sim)


def test_refusals_are_described_too(sim: Simulator) -> None:
    assert port(sim, "GET", "/v1/actions/none").status_code == 404
    assert port(sim, "GET", "/v1/webhooks/none").status_code == 404
    assert (
        port(sim, "POST", "/v1/webhooks", {"title": "x" * 31, "enabled": True}).status_code == 422
    )
    for exchange in sim.exchanges:
        found = openapi.contract("port").find(exchange.method, exchange.path)
        assert found is not None
        assert openapi.contract("port").answer_problems(found, exchange) == []
