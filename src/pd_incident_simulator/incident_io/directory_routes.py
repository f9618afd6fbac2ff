"""Endpoints about the key, and about what incidents refer to: severities, statuses, users."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import IncidentIoRoutes, page

_MOST_USERS = 10_000


class DirectoryRoutes(IncidentIoRoutes):
    """https://api-docs.incident.io/ under Severities, Incident Types, Users, and so on."""

    @route("GET", "/v1/identity")
    def show_identity(self, request: Request) -> Reply:
        """Tell which key it is and what it may do."""
        key = self.key(request)
        identity = {
            "name": key["name"],
            "roles": key["roles"],
            "dashboard_url": "https://app.incident.io/acme",
            "teams": [],
            "team_roles": [],
        }
        return Reply(200, {"identity": identity})

    @route("GET", "/v1/severities")
    def list_severities(self, request: Request) -> Reply:
        """List severities, the mildest first."""
        self.require(request, "incidents.view")
        return Reply(200, {"severities": list(self.state.severities.values())})

    @route("GET", "/v1/incident_types")
    def list_incident_types(self, request: Request) -> Reply:
        """List types of incidents."""
        self.require(request, "incidents.view")
        return Reply(200, {"incident_types": list(self.state.incident_types.values())})

    @route("GET", "/v1/incident_statuses")
    def list_incident_statuses(self, request: Request) -> Reply:
        """List statuses of incidents."""
        self.require(request, "incidents.view")
        return Reply(200, {"incident_statuses": list(self.state.statuses.values())})

    @route("GET", "/v2/users")
    def list_users(self, request: Request) -> Reply:
        """List users, a page at a time; filtered, they match exactly."""
        self.require(request, "incidents.view")
        email, slack_user = request.first("email").lower(), request.first("slack_user_id")
        found = [
            user
            for user in self.state.users.values()
            if (user["is_active"] or request.flag("include_inactive"))
            and email in {"", user["email"].lower()}
            and slack_user in {"", user["slack_user_id"]}
        ]
        return page(request, "users", found, _MOST_USERS)
