"""The key, and what incidents refer to: severities, types, statuses, users.

https://api-docs.incident.io/ under Utilities, Severities, Incident Types, Users.
"""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request

from .rest import Routes, api_key, page, require
from .state import IncidentIoState

_MAX_USERS = 10_000

routes = Routes()


@routes("GET", "/v1/identity")
def get_identity(state: IncidentIoState, request: Request) -> Reply:
    """Return which key it is and what it may do."""
    key = api_key(state, request)
    identity = {
        "name": key["name"],
        "roles": key["roles"],
        "dashboard_url": "https://app.incident.io/acme",
        "teams": [],
        "team_roles": [],
    }
    return Reply(200, {"identity": identity})


@routes("GET", "/v1/severities")
def list_severities(state: IncidentIoState, request: Request) -> Reply:
    """List severities, the mildest first."""
    require(state, request, "incidents.view")
    return Reply(200, {"severities": list(state.severities.values())})


@routes("GET", "/v1/incident_types")
def list_incident_types(state: IncidentIoState, request: Request) -> Reply:
    """List types of incidents."""
    require(state, request, "incidents.view")
    return Reply(200, {"incident_types": list(state.incident_types.values())})


@routes("GET", "/v1/incident_statuses")
def list_incident_statuses(state: IncidentIoState, request: Request) -> Reply:
    """List statuses of incidents."""
    require(state, request, "incidents.view")
    return Reply(200, {"incident_statuses": list(state.statuses.values())})


@routes("GET", "/v2/users")
def list_users(state: IncidentIoState, request: Request) -> Reply:
    """List active users, page by page; an e-mail address must match exactly."""
    require(state, request, "incidents.view")
    email = request.param("email").lower()
    found = [
        user
        for user in state.users.values()
        if user["is_active"] and email in {"", user["email"].lower()}
    ]
    return page(request, "users", found, _MAX_USERS)
