"""A running simulator, and functions to send requests to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
SECONDS = 5


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        simulator.events.delay_ms = 0
        yield simulator


@pytest.fixture
def pagerduty(sim: Simulator) -> Ask:
    """Send a request to PagerDuty, as Ada with the account's key unless headers say otherwise."""

    def ask(
        method: str, path: str, body: object = None, **headers: str | None
    ) -> requests.Response:
        default: dict[str, str | None] = {
            "Authorization": "Token token=pd-account-token",
            "From": "ada@example.com",
        }
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method, sim.pagerduty.url + path, json=body, headers=default | given, timeout=SECONDS
        )

    return ask


@pytest.fixture
def port(sim: Simulator) -> Ask:
    """Send a request to Port, signed in."""

    def ask(method: str, path: str, body: object = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {sim.port.state.sign_in()}"}
        return requests.request(
            method, sim.port.url + path, json=body, headers=headers, timeout=SECONDS
        )

    return ask


@pytest.fixture
def send(sim: Simulator) -> Ask:
    """Send an event: a trigger for the service Checkout unless arguments say otherwise."""

    def ask(**changes: object) -> requests.Response:
        default = {
            "routing_key": "R0123456789ABCDEF0123456789ABCDE",
            "event_action": "trigger",
            "dedup_key": "disk",
            "payload": {"summary": "Disk full", "source": "db-1", "severity": "critical"},
        }
        event = {name: value for name, value in (default | changes).items() if value is not None}
        return requests.post(f"{sim.events.url}/v2/enqueue", json=event, timeout=SECONDS)

    return ask


@pytest.fixture
def incident(pagerduty: Ask) -> str:
    """The path of an open incident."""
    body = {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}
    created = pagerduty("POST", "/incidents", {"incident": body})
    return f"/incidents/{created.json()['incident']['id']}"
