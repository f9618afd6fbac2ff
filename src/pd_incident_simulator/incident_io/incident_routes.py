"""Endpoints about incidents."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import IncidentIoRoutes, page
from .incidents import create, edit
from .selection import selected
from .things import Json, invalid, missing

_MOST_INCIDENTS = 500
_MOST_UPDATES = 250
_EDITING = {
    "name": "incidents.update_name",
    "slack_channel_name_override": "incidents.update_name",
    "summary": "incidents.update_summary",
    "severity_id": "incidents.update_severity",
    "incident_status_id": "incidents.update_status",
    "incident_role_assignments": "incidents.update_role_assignments",
    "custom_field_entries": "incidents.update_custom_fields",
    "incident_timestamp_values": "incidents.update_timestamps",
    "call_url": "incident_calls.create",
}


class IncidentRoutes(IncidentIoRoutes):
    """https://api-docs.incident.io/ under Incidents V2 and Incident Updates V2."""

    @route("POST", "/v2/incidents")
    def create_incident(self, request: Request) -> Reply:
        """Open an incident, once for each idempotency key."""
        actor = self.require(request, "incidents.create")
        return Reply(200, {"incident": create(self.state, request.json, actor)})

    @route("GET", "/v2/incidents")
    def list_incidents(self, request: Request) -> Reply:
        """List incidents, filtered, a page at a time, the newest first."""
        self.require(request, "incidents.view")
        found = selected(self.state.incidents.values(), request)
        return page(request, "incidents", found, _MOST_INCIDENTS, total_record_count=len(found))

    @route("GET", "/v2/incidents/{id}")
    def get_incident(self, request: Request) -> Reply:
        """Show an incident."""
        self.require(request, "incidents.view")
        return Reply(200, {"incident": self._incident(request)})

    @route("POST", "/v2/incidents/{id}/actions/edit")
    def edit_incident(self, request: Request) -> Reply:
        """Change an incident."""
        wanted = request.json.get("incident")
        if not isinstance(wanted, dict):
            raise invalid("incident", "incident is required", "is_required")
        if not isinstance(request.json.get("notify_incident_channel"), bool):
            words = "notify_incident_channel is required"
            raise invalid("notify_incident_channel", words, "is_required")
        scopes = [scope for name, scope in _EDITING.items() if name in wanted]
        actor = self.require(request, "incidents.view", *scopes)
        return Reply(200, {"incident": edit(self.state, self._incident(request), wanted, actor)})

    @route("GET", "/v2/incident_updates")
    def list_updates(self, request: Request) -> Reply:
        """List what happened to an incident, or to all of them, the newest first."""
        self.require(request, "incidents.view")
        wanted = request.first("incident_id")
        found = [u for u in reversed(self.state.updates) if wanted in {"", u["incident_id"]}]
        return page(request, "incident_updates", found, _MOST_UPDATES)

    def _incident(self, request: Request) -> Json:
        """Find the incident that the path names, or refuse."""
        if request.parameters["id"] not in self.state.incidents:
            raise missing("The incident does not exist")
        return self.state.incidents[request.parameters["id"]]
