"""Watching the simulator, and starting runs in it, from another process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from .exchange import Reply, Request, RequestLog
from .incident_io import IncidentIoState
from .page import render_page
from .pagerduty import PagerDutyState
from .port import PortState
from .routing import Api, Routes


@dataclass(frozen=True)
class Control:
    """What is watched."""

    pagerduty: PagerDutyState
    port: PortState
    incident_io: IncidentIoState
    log: RequestLog


routes = Routes[Control]()


class ControlApi(Api[Control]):
    """The page at ``/`` and everything below ``/control``."""

    name = "control"

    def __init__(self, state: Control) -> None:
        super().__init__(state, routes)

    def handle(self, request: Request) -> Reply:
        """Handle a request while nothing else changes the accounts."""
        with self.state.pagerduty.lock, self.state.port.lock, self.state.incident_io.lock:
            return super().handle(request)


@routes("GET", "/")
def show_page(control: Control, _request: Request) -> Reply:
    """Show incidents, runs and entities to a person."""
    page = render_page(control.pagerduty, control.port, control.incident_io)
    return Reply(200, page.encode(), content_type="text/html; charset=utf-8")


@routes("GET", "/control/state")
def get_state(control: Control, _request: Request) -> Reply:
    """Return incidents, runs and entities as JSON."""
    state = {
        "incidents": control.pagerduty.incidents,
        "notes": control.pagerduty.notes,
        "runs": {name: asdict(run) for name, run in control.port.runs.items()},
        "entities": control.port.entities,
        "incident_io_incidents": control.incident_io.incidents,
    }
    return Reply(200, json.dumps(state).encode())


@routes("GET", "/control/exchanges")
def list_exchanges(control: Control, _request: Request) -> Reply:
    """List all exchanges as JSON, bodies as text."""
    exchanges = [
        asdict(exchange)
        | {
            "body": exchange.body.decode("utf-8", "replace"),
            "response_body": exchange.response_body.decode("utf-8", "replace"),
        }
        for exchange in control.log.all()
    ]
    return Reply(200, exchanges)


@routes("DELETE", "/control/exchanges")
def clear_exchanges(control: Control, _request: Request) -> Reply:
    """Remove all exchanges."""
    control.log.clear()
    return Reply(204)


@routes("POST", "/control/runs")
def start_run(control: Control, _request: Request) -> Reply:
    """Start a run, as a click in Port does."""
    return Reply(201, {"run_id": control.port.start_run()})
