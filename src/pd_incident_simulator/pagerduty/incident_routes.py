"""Endpoints about incidents."""

from __future__ import annotations

import copy

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import PagerDutyRoutes, member, page
from .incidents import create, update
from .selection import selected
from .things import Json, RefusedError, invalid, missing

_MOST_IN_BULK = 250
_MOST_NOTES = 2000


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
        wanted = [(self._incident(str(change.get("id"))), change) for change in changes]
        before = [copy.deepcopy(known) for known, _ in wanted]
        try:
            updated = [update(self.state, known, change, requester) for known, change in wanted]
        except RefusedError:
            # All of them change, or none.
            for (known, _), old in zip(wanted, before, strict=True):
                known.clear()
                known.update(old)
            raise
        paging = {"limit": len(updated), "offset": 0, "more": False}
        return Reply(200, {"incidents": updated, **paging})

    @route("GET", "/incidents/{id}")
    def get_incident(self, request: Request) -> Reply:
        """Show an incident."""
        return Reply(200, {"incident": self._named(request)})

    @route("PUT", "/incidents/{id}")
    def update_incident(self, request: Request) -> Reply:
        """Change an incident."""
        requester = self.requester(request)
        changes = member(request, "incident")
        return Reply(
            200, {"incident": update(self.state, self._named(request), changes, requester)}
        )

    @route("POST", "/incidents/{id}/notes")
    def add_note(self, request: Request) -> Reply:
        """Add a note."""
        requester = self.requester(request)
        content = member(request, "note").get("content")
        if not isinstance(content, str) or not content.strip():
            raise invalid("Content cannot be empty.")
        incident = self._named(request)
        if len(self.state.notes.get(incident["id"], [])) >= _MOST_NOTES:
            raise invalid(f"An incident can have at most {_MOST_NOTES} notes")
        return Reply(200, {"note": self.state.add_note(incident, content, requester)})

    @route("GET", "/incidents/{id}/notes")
    def list_notes(self, request: Request) -> Reply:
        """List an incident's notes."""
        return Reply(200, {"notes": self.state.notes.get(self._named(request)["id"], [])})

    @route("GET", "/incidents/{id}/alerts")
    def list_alerts(self, request: Request) -> Reply:
        """List an incident's alerts."""
        return page(request, "alerts", self.state.alerts.get(self._named(request)["id"], []))

    @route("GET", "/incidents/{id}/log_entries")
    def list_log_entries(self, request: Request) -> Reply:
        """List what happened to an incident."""
        entries = self.state.log_entries.get(self._named(request)["id"], [])
        return page(request, "log_entries", entries)

    def _named(self, request: Request) -> Json:
        return self._incident(request.parameters["id"])

    def _incident(self, identifier: str) -> Json:
        if identifier not in self.state.incidents:
            raise missing()
        return self.state.incidents[identifier]
