"""Endpoints about self-service actions and automations."""

from __future__ import annotations

from collections.abc import Callable

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from . import actions, running, runs
from .base import PortRoutes
from .things import Json

_ACTION = "/v1/actions/{action}"
_FILTERS: dict[str, Callable[[Json], object]] = {
    "action_identifier": lambda action: action["identifier"],
    "blueprint_identifier": lambda action: action["trigger"].get("blueprintIdentifier"),
    "operation": lambda action: action["trigger"].get("operation"),
    "published": lambda action: str(action["publish"]).lower(),
    "trigger_type": lambda action: action["trigger"]["type"],
    "trigger_event": lambda action: action["trigger"].get("event", {}).get("type"),
    "trigger_event_action_identifier": lambda action: (
        action["trigger"].get("event", {}).get("actionIdentifier")
    ),
}


class ActionRoutes(PortRoutes):
    """https://docs.port.io/api-reference/port-api under Actions/Automations."""

    @route("GET", "/v1/actions")
    def list_actions(self, request: Request) -> Reply:
        """List actions and automations, those that fit where the query asks for some."""
        wanted = {name: values for name, values in request.query.items() if name in _FILTERS}
        listed = [
            action
            for action in self.state.actions.values()
            if all(_FILTERS[name](action) in values for name, values in wanted.items())
        ]
        return Reply(200, {"ok": True, "actions": listed})

    @route("POST", "/v1/actions")
    def create_action(self, request: Request) -> Reply:
        """Add an action or automation."""
        return Reply(201, {"ok": True, "action": actions.define(self.state, request.json)})

    @route("GET", _ACTION)
    def get_action(self, request: Request) -> Reply:
        """Show an action or automation."""
        action = self.state.action(request.parameters["action"])
        return Reply(200, {"ok": True, "action": action})

    @route("PUT", _ACTION)
    def replace_action(self, request: Request) -> Reply:
        """Replace an action or automation."""
        old = self.state.action(request.parameters["action"])
        return Reply(200, {"ok": True, "action": actions.define(self.state, request.json, old)})

    @route("POST", f"{_ACTION}/runs")
    def run_action(self, request: Request) -> Reply:
        """Start a run of a self-service action."""
        action = self.state.action(request.parameters["action"])
        run = running.start(self.state, action, request.json)
        return Reply(202, {"ok": True, "run": runs.show(run)})
