"""What the simulator's own tests share: one that is running, and ways to ask it."""

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
        yield simulator


@pytest.fixture
def pagerduty(sim: Simulator) -> Ask:
    """Ask PagerDuty, as Ada with the account's key unless headers say otherwise."""

    def ask(
        method: str, path: str, body: object = None, **headers: str | None
    ) -> requests.Response:
        usual: dict[str, str | None] = {
            "Authorization": "Token token=pd-account-token",
            "From": "ada@example.com",
        }
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method, sim.pagerduty.url + path, json=body, headers=usual | given, timeout=SECONDS
        )

    return ask


@pytest.fixture
def port(sim: Simulator) -> Ask:
    """Ask Port, signed in."""

    def ask(method: str, path: str, body: object = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {sim.port.state.sign_in()}"}
        return requests.request(
            method, sim.port.url + path, json=body, headers=headers, timeout=SECONDS
        )

    return ask


@pytest.fixture
def send(sim: Simulator) -> Ask:
    """Send an event: a trigger for the service Checkout unless it says otherwise."""

    def ask(**changes: object) -> requests.Response:
        usual = {
            "routing_key": "R0123456789ABCDEF0123456789ABCDE",
            "event_action": "trigger",
            "dedup_key": "disk",
            "payload": {"summary": "Disk full", "source": "db-1", "severity": "critical"},
        }
        event = {name: value for name, value in (usual | changes).items() if value is not None}
        return requests.post(f"{sim.events.url}/v2/enqueue", json=event, timeout=SECONDS)

    return ask


@pytest.fixture
def incident(pagerduty: Ask) -> str:
    """The path of an incident that is open."""
    body = {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}
    created = pagerduty("POST", "/incidents", {"incident": body})
    return f"/incidents/{created.json()['incident']['id']}"
