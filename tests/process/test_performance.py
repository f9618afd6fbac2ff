"""What the time to page hangs on, checked where it is exact; the rest is in docs/performance.md."""

from __future__ import annotations

import pytest

from harness import Action, credentials, from_port
from pd_incident_simulator import Simulator

BLUEPRINT = "/v1/blueprints/pagerdutyIncident"
PORT = [
    ("GET", BLUEPRINT),
    ("POST", "/v1/auth/access_token"),
    ("POST", f"{BLUEPRINT}/entities"),
]


@pytest.mark.parametrize(
    ("operation", "inputs", "requests"),
    [
        # Once the page is out, a note is left where it has no key, and notification rules and the
        # incident's log are read.
        (
            "create",
            {"title": "Down"},
            # Who was notified, how, and who comes next.
            [("pagerduty", method) for method in ("POST", "GET", "GET", "GET")],
        ),
        ("trigger", {"summary": "Down"}, [("events", "POST")]),
        (
            "escalate",
            {"urgency": "low"},
            [("pagerduty", method) for method in ("GET", "PUT", "POST", "GET", "GET")],
        ),
    ],
)
def test_no_request_is_superfluous_and_each_api_has_one_connection(
    sim: Simulator,
    act: Action,
    operation: str,
    inputs: dict[str, str],
    requests: list[tuple[str, str]],
) -> None:
    entity = "PSVC001"
    if operation == "escalate":
        act(title="Down", service="PSVC001", port_client_id=None)
        (entity,) = sim.pagerduty.state.incidents
    before = len(sim.exchanges)
    token = None if operation == "trigger" else credentials()["pagerduty-token"]
    act(operation, event=from_port(sim, entity, **inputs), pagerduty_token=token)
    exchanges = sim.exchanges[before:]
    assert [(e.api, e.method) for e in exchanges if e.api != "port"] == requests
    told = [(e.method, e.path) for e in exchanges if e.api == "port"]
    # What goes to the run itself takes more requests on a slow machine.
    assert sorted((method, path) for method, path in told if "/runs/" not in path) == PORT
    connections = {(e.api, e.connection) for e in exchanges}
    assert sorted(api for api, _ in connections) == sorted({api for api, _ in requests} | {"port"})
