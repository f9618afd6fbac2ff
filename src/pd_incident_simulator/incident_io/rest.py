"""What the endpoints share: the API key, its scopes, paging."""

from __future__ import annotations

from pd_incident_simulator import routing
from pd_incident_simulator.exchange import Reply, Request

from .objects import ApiError, Json, forbidden, invalid
from .state import IncidentIoState

Routes = routing.Routes[IncidentIoState]

_DEFAULT_PAGE = 25
# https://api-docs.incident.io/ names the scopes; the dashboard shows which role has them.
_SCOPES = {
    "viewer": {"incidents.view"},
    "incident_creator": {"incidents.create"},
    "incident_editor": {
        "incidents.update_name",
        "incidents.update_summary",
        "incidents.update_severity",
        "incidents.update_status",
        "incidents.update_role_assignments",
    },
}


def api_key(state: IncidentIoState, request: Request) -> Json:
    """Return the API key of a request, or reply with 401."""
    code = "invalid_authorization_material"
    if not request.headers.get("authorization", "").partition(" ")[2]:
        code = "missing_authorization_material"
    if request.bearer_token() not in state.keys:
        details = {"code": code, "message": "The API key is missing or not valid"}
        raise ApiError(401, "authentication_error", details)
    return state.keys[request.bearer_token()]


def require(state: IncidentIoState, request: Request, *scopes: str) -> Json:
    """Reject a key that lacks a scope.

    Returns:
        The key, as the actor of what is done with it.
    """
    key = api_key(state, request)
    granted: set[str] = set().union(*(_SCOPES.get(role, set()) for role in key["roles"]))
    for scope in scopes:
        if scope not in granted:
            raise forbidden(scope)
    return {"api_key": {"id": key["id"], "name": key["name"]}}


def page(request: Request, name: str, objects: list[Json], max_size: int, **meta: int) -> Reply:
    """Reply with the part of a list that ``page_size`` and ``after`` ask for.

    Args:
        request: the request.
        name: the member that holds the list.
        objects: the whole list.
        max_size: the largest page.
        meta: further members of ``pagination_meta``.
    """
    text = request.param("page_size") or str(_DEFAULT_PAGE)
    size = int(text) if text.isdecimal() else 0
    if not 1 <= size <= max_size:
        raise invalid("page_size", f"page_size must be between 1 and {max_size}")
    start, after = 0, request.param("after")
    if after:
        start = next((n for n, one in enumerate(objects, 1) if one["id"] == after), 0)
        if not start:
            raise invalid("after", f"{after} is not in the list")
    shown = objects[start : start + size]
    more = {"after": shown[-1]["id"]} if start + size < len(objects) else {}
    return Reply(200, {name: shown, "pagination_meta": {"page_size": size, **meta, **more}})
