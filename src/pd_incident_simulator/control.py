"""Watching and controlling the simulator from outside of its process."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from .exchange import Exchange, Reply, Request
from .faults import Fault, Faults
from .incident_io import IncidentIoState
from .journal import RequestLog
from .page import page
from .pagerduty import PagerDutyState
from .port import PortState
from .routes import Api, route


class ControlApi(Api):
    """The page at ``/`` and everything below ``/control``.

    Args:
        account: PagerDuty's state.
        catalog: Port's state.
        responses: incident.io's state.
        faults: the faults that are on.
        journal: the record of all exchanges.
    """

    name = "control"

    def __init__(
        self,
        account: PagerDutyState,
        catalog: PortState,
        responses: IncidentIoState,
        faults: Faults,
        journal: RequestLog,
    ) -> None:
        super().__init__()
        self._account = account
        self._catalog = catalog
        self._responses = responses
        self._faults = faults
        self._journal = journal

    @route("GET", "/")
    def show_page(self, _request: Request) -> Reply:
        """Show incidents, runs and entities to a person."""
        with self._account.lock, self._catalog.lock, self._responses.lock:
            text = page(self._account, self._catalog, self._responses)
        return Reply(200, text.encode(), content_type="text/html; charset=utf-8")

    @route("GET", "/control/state")
    def show_state(self, _request: Request) -> Reply:
        """Give incidents, runs and entities as JSON."""
        with self._account.lock, self._catalog.lock, self._responses.lock:
            state = {
                "incidents": self._account.incidents,
                "notes": self._account.notes,
                "runs": {name: asdict(run) for name, run in self._catalog.runs.items()},
                "entities": self._catalog.entities,
                "incident_io_incidents": self._responses.incidents,
            }
            return Reply(200, json.dumps(state).encode())

    @route("GET", "/control/exchanges")
    def list_exchanges(self, _request: Request) -> Reply:
        """Give all exchanges as JSON, bodies as text."""
        return Reply(200, [_as_json(exchange) for exchange in self._journal.all()])

    @route("DELETE", "/control/exchanges")
    def forget_exchanges(self, _request: Request) -> Reply:
        """Forget all exchanges."""
        self._journal.clear()
        return Reply(204)

    @route("POST", "/control/faults")
    def add_fault(self, request: Request) -> Reply:
        """Switch a fault on."""
        try:
            self._faults.add(Fault(**request.json))
        except (TypeError, ValueError) as error:
            return Reply(400, {"message": str(error)})
        return Reply(201, request.json)

    @route("DELETE", "/control/faults")
    def clear_faults(self, _request: Request) -> Reply:
        """Switch all faults off."""
        self._faults.clear()
        return Reply(204)

    @route("POST", "/control/runs")
    def start_run(self, request: Request) -> Reply:
        """Start a run, as a click in Port does."""
        wanted = request.json.get("run_id") if isinstance(request.json, dict) else None
        if not (wanted is None or isinstance(wanted, str)):
            return Reply(400, {"message": "run_id must be a text"})
        return Reply(201, {"run_id": self._catalog.start_run(wanted)})

    @route("POST", "/control/reset")
    def reset(self, _request: Request) -> Reply:
        """Go back to the accounts as they were at the start; forget faults and exchanges."""
        self._account.reset()
        self._catalog.reset()
        self._responses.reset()
        self._faults.clear()
        self._journal.clear()
        return Reply(204)


def _as_json(exchange: Exchange) -> dict[str, Any]:
    texts = {
        "body": exchange.body.decode("utf-8", "replace"),
        "response_body": exchange.response_body.decode("utf-8", "replace"),
    }
    return asdict(exchange) | texts
