"""The simulator's refusals, too, are ones that the APIs' descriptions allow."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

import openapi
from pd_incident_simulator import Exchange, Simulator

ADA = {"Authorization": "Token token=pd-account-token", "From": "ada@example.com"}
NEW = {
    "type": "incident",
    "title": "Down",
    "service": {"id": "PSVC001", "type": "service_reference"},
    "incident_key": "k",
}


def answer_problems(exchange: Exchange) -> list[str]:
    contract = openapi.contract(exchange.api)
    found = contract.find(exchange.method, exchange.path)
    assert found is not None
    return contract.answer_problems(found, exchange)


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code"),
    [
        ("POST", "/incidents", {"incident": NEW}, {}, 401, 2006),
        ("POST", "/incidents", {"incident": NEW}, ADA | {"From": "x@example.com"}, 400, 1008),
        ("POST", "/incidents", {"incident": {}}, ADA, 400, 2001),
        ("POST", "/incidents", {"incident": NEW}, ADA, 400, 2002),
        ("PUT", "/incidents", {"incidents": [{}] * 251}, ADA, 413, 2001),
        ("GET", "/incidents?limit=x", None, ADA, 400, 2001),
        ("GET", "/incidents/QNONE", None, ADA, 404, 2100),
        ("PUT", "/incidents/QNONE", {"incident": {}}, ADA, 404, 2100),
        ("POST", "/incidents/QNONE/notes", {"note": {"content": "x"}}, ADA, 404, 2100),
        ("GET", "/users/me", None, ADA, 400, 2001),
        ("GET", "/users/PNONE", None, ADA, 404, 2100),
        ("GET", "/services/PNONE", None, ADA, 404, 2100),
        ("POST", "/services", {"service": {}}, ADA, 400, 2001),
        ("GET", "/escalation_policies/PNONE", None, ADA, 404, 2100),
    ],
)
def test_pagerduty(  # noqa: PLR0913, PLR0917 - the columns of the table
    sim: Simulator,
    method: str,
    path: str,
    body: object,
    headers: dict[str, str],
    status: int,
    code: int,
) -> None:
    requests.post(
        f"{sim.pagerduty.url}/incidents", json={"incident": NEW}, headers=ADA, timeout=5
    ).raise_for_status()
    answer = requests.request(
        method, sim.pagerduty.url + path, json=body, headers=headers, timeout=5
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer_problems(sim.exchanges[-1]) == []


@pytest.mark.parametrize("event", [{}, {"routing_key": "R" * 32, "event_action": "trigger"}])
def test_events(sim: Simulator, event: dict[str, Any]) -> None:
    assert requests.post(f"{sim.events.url}/v2/enqueue", json=event, timeout=5).status_code == 400
    assert answer_problems(sim.exchanges[-1]) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/auth/access_token", {"clientId": "x", "clientSecret": "x"}, 401),
        ("POST", "/v1/auth/access_token", {}, 422),
        ("GET", "/v1/actions/runs/r_none", None, 404),
        ("PATCH", "/v1/actions/runs/r_none", {}, 404),
        ("PATCH", "/v1/actions/runs/r_ended", {}, 422),
        ("POST", "/v1/actions/runs/r_ended/logs", {"message": "x"}, 422),
        ("POST", "/v1/actions/runs/r_none/logs", {"message": "x"}, 404),
        ("GET", "/v1/blueprints/none", None, 404),
        ("POST", "/v1/blueprints", {}, 422),
        ("POST", "/v1/blueprints/none/entities", {"identifier": "Q"}, 404),
        ("POST", "/v1/blueprints/pagerdutyIncident/entities", {"identifier": ".."}, 422),
        ("POST", "/v1/blueprints/pagerdutyIncident/entities", {"title": "x" * 2**20}, 413),
        ("POST", "/v1/blueprints/pagerdutyIncident/entities/bulk", {"entities": []}, 422),
        ("GET", "/v1/blueprints/pagerdutyIncident/entities/Q", None, 404),
        ("PATCH", "/v1/blueprints/pagerdutyIncident/entities/Q", {}, 404),
        ("POST", "/v1/entities/search", {"combinator": "xor", "rules": []}, 422),
    ],
)
def test_port(sim: Simulator, method: str, path: str, body: object, status: int) -> None:
    sim.port.state.start_run("r_ended")
    sim.port.state.runs["r_ended"].status = "SUCCESS"
    headers = {"Authorization": f"Bearer {sim.port.state.sign_in()}"}
    answer = requests.request(method, sim.port.url + path, json=body, headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["ok"]) == (status, False)
    assert answer_problems(sim.exchanges[-1]) == []


def test_a_token_that_isnt_valid(sim: Simulator) -> None:
    answer = requests.get(f"{sim.port.url}/v1/blueprints", timeout=5)
    assert (answer.status_code, json.loads(answer.content)["ok"]) == (401, False)
    assert answer_problems(sim.exchanges[-1]) == []
