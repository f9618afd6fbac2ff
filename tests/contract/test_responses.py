"""The simulator refuses as its APIs' descriptions say, and what only Port's users ask fits as well.

Each component test holds what the action asks, and the simulator's responses to it, against them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import requests

import openapi
from pd_incident_simulator import Exchange, Simulator
from pd_incident_simulator.github.state import REPOSITORY, TOKEN
from pd_incident_simulator.server import Listener

ACTION = Path(__file__).resolve().parents[2] / "port" / "actions" / "create.json"
PAGERDUTY = {
    "Authorization": "Token token=pd-account-token",
    "From": "ada@example.com",
    "Accept": "application/vnd.pagerduty+json;version=2",
}
NEW = {
    "type": "incident",
    "title": "Down",
    "service": {"id": "PSVC001", "type": "service_reference"},
}


def ask(
    listener: Listener[Any],
    headers: dict[str, str],
    method: str,
    path: str,
    body: object = None,
) -> int:
    """Send a request, and return the response's status."""
    url = listener.url + path
    return requests.request(method, url, json=body, headers=headers, timeout=5).status_code


def assert_described(exchange: Exchange) -> None:
    contract = openapi.contract(exchange.api)
    found = contract.find(exchange.method, exchange.path)
    assert found is not None
    assert contract.response_problems(found, exchange) == []


def test_what_only_ports_users_ask_for_is_answered_as_described(sim: Simulator) -> None:
    headers = {"Authorization": f"Bearer {sim.port.state.sign_in()}"}
    action = json.loads(ACTION.read_text(encoding="utf-8"))
    form = {"entity": "PSVC001", "properties": {"title": "Down", "from": "ada@example.com"}}
    assert ask(sim.port, headers, "POST", "/v1/actions", action) == 201
    assert ask(sim.port, headers, "POST", f"/v1/actions/{action['identifier']}/runs", form) == 202
    assert [problem for exchange in sim.exchanges for problem in openapi.problems(exchange)] == []


def test_errors_of_pagerduty(sim: Simulator) -> None:
    sim.pagerduty.state.missing_abilities = {"priorities"}
    cases: list[tuple[str, str, object, dict[str, str], int]] = [
        ("POST", "/incidents", {"incident": NEW}, {"Authorization": "Token token=x"}, 401),
        ("POST", "/incidents", {"incident": NEW}, {"From": "x@example.com"}, 400),
        ("PUT", "/incidents", {"incidents": [{}] * 251}, {}, 413),
        ("GET", "/incidents/QNONE", None, {}, 404),
        ("GET", "/priorities", None, {}, 402),
        ("POST", "/v3/schedules/PSCHED3/overrides", {"overrides": [{}]}, {}, 400),
    ]
    for method, path, body, headers, status in cases:
        assert ask(sim.pagerduty, PAGERDUTY | headers, method, path, body) == status
        error = json.loads(sim.exchanges[-1].response_body)["error"]
        assert set(error) <= {"code", "message", "errors"}
        assert_described(sim.exchanges[-1])


def test_errors_of_port(sim: Simulator) -> None:
    sim.port.state.start_run("r_ended")
    sim.port.state.runs["r_ended"].status = "SUCCESS"
    headers = {"Authorization": f"Bearer {sim.port.state.sign_in()}"}
    entities = "/v1/blueprints/pagerdutyIncident/entities"
    cases: list[tuple[str, str, object, int]] = [
        ("POST", "/v1/auth/access_token", {"clientId": "x", "clientSecret": "x"}, 401),
        ("PATCH", "/v1/actions/runs/r_none", {}, 404),
        ("PATCH", "/v1/actions/runs/r_ended", {}, 422),
        ("POST", entities, {"identifier": ".."}, 422),
        ("POST", entities, {"title": "x" * 2**20}, 413),
        ("POST", "/v1/webhooks", {"title": "x" * 31, "enabled": True}, 422),
    ]
    for method, path, body, status in cases:
        assert ask(sim.port, headers, method, path, body) == status
        assert json.loads(sim.exchanges[-1].response_body)["ok"] is False
        assert_described(sim.exchanges[-1])


def test_errors_of_the_other_apis(sim: Simulator) -> None:
    github = {"Authorization": f"Bearer {TOKEN}"}
    incident_io = {"Authorization": "Bearer inc-api-key"}
    bad = {"idempotency_key": "k", "visibility": "x"}
    assert ask(sim.github, github, "GET", f"/repos/{REPOSITORY}/compare/a...b") == 404
    assert ask(sim.events, {}, "POST", "/v2/enqueue", {}) == 400
    assert ask(sim.incident_io, incident_io, "POST", "/v2/incidents", bad) == 422
    assert ask(sim.incident_io, incident_io, "GET", "/v2/incidents/none") == 404
    for exchange in sim.exchanges:
        assert_described(exchange)
