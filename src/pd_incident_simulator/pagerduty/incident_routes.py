"""Endpoints about incidents."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import PagerDutyRoutes, member, page
from .changes import carry_out, plan, update
from .incidents import create
from .selection import selected
from .things import RefusedError, invalid

_MOST_IN_BULK = 250


class IncidentRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Incidents."""

    @route("POST", "/incidents")
    def create_incident(self, request: Request) -> Reply:
        """Open an incident."""
        requester = self.requester(request)
        wanted = member(request, "incident")
        absent = [name for name in ("type", "title", "service") if not wanted.get(name)]
        if absent:
            raise invalid(*(f"{name.capitalize()} cannot be empty." for name in absent))
        return Reply(201, {"incident": create(self.state, wanted, requester)})

    @route("GET", "/incidents")
    def list_incidents(self, request: Request) -> Reply:
        """List incidents, filtered, a page at a time."""
        return page(request, "incidents", selected(self.state.incidents.values(), request))

    @route("PUT", "/incidents")
    def update_incidents(self, request: Request) -> Reply:
        """Change many incidents."""
        requester = self.requester(request)
        changes = request.json.get("incidents")
        if not isinstance(changes, list) or not all(isinstance(c, dict) for c in changes):
            raise invalid("Incidents must be a list of objects")
        if len(changes) > _MOST_IN_BULK:
            raise RefusedError(2001, "Request Entity Too Large", status=413)
        wanted = [(self.incident(str(change.get("id"))), change) for change in changes]
        # All of them change, or none.
        planned = [plan(self.state, incident, change) for incident, change in wanted]
        updated = [carry_out(self.state, item, requester) for item in planned]
        paging = {"limit": len(updated), "offset": 0, "more": False}
        return Reply(200, {"incidents": updated, **paging})

    @route("GET", "/incidents/{id}")
    def get_incident(self, request: Request) -> Reply:
        """Show an incident."""
        return Reply(200, {"incident": self.named_incident(request)})

    @route("PUT", "/incidents/{id}")
    def update_incident(self, request: Request) -> Reply:
        """Change an incident."""
        requester = self.requester(request)
        changes = member(request, "incident")
        return Reply(
            200, {"incident": update(self.state, self.named_incident(request), changes, requester)}
        )
