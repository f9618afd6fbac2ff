"""incident.io's API: authentication, rate limit, error replies, and its endpoints.

https://api-docs.incident.io/ under Incidents V2, Severities, Incident Types, and Utilities.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.rate_limit import TokenBucket
from pd_incident_simulator.routing import Api, Routes

from .objects import ApiError, Json, forbidden, invalid, not_found, now, resolve
from .state import IncidentIoState

_VISIBILITIES = ("public", "private")
_MODES = ("standard", "retrospective", "test", "tutorial")
# https://api-docs.incident.io/ names the scopes; the dashboard shows which role has them.
_EDIT_SCOPES = {
    "name": "incidents.update_name",
    "summary": "incidents.update_summary",
    "severity_id": "incidents.update_severity",
    "incident_status_id": "incidents.update_status",
}
_SCOPES = {
    "viewer": {"incidents.view"},
    "incident_creator": {"incidents.create"},
    "incident_editor": {*_EDIT_SCOPES.values()},
}

routes: Routes[IncidentIoState] = Routes()


class IncidentIoApi(Api[IncidentIoState]):
    """incident.io's API."""

    name = "incident-io"

    def __init__(self, state: IncidentIoState) -> None:
        super().__init__(state, routes)

    def handle(self, request: Request) -> Reply:
        """Handle a request within the rate limit; errors have incident.io's format."""
        with self.state.lock:
            try:
                _count(self.state, _api_key(self.state, request))
                reply = super().handle(request)
            except ApiError as error:
                body = error.body(self.state.next_request_id())
                return Reply(error.status, body, error.headers)
            # The body as it is now: the objects in it may change once the lock is free.
            return replace(reply, body=reply.data)

    def not_found(self) -> Reply:
        """Reply to a path that doesn't exist."""
        raise not_found("The path does not exist")


def _api_key(state: IncidentIoState, request: Request) -> Json:
    code = "invalid_authorization_material"
    if not request.headers.get("authorization", "").partition(" ")[2]:
        code = "missing_authorization_material"
    if request.bearer_token() not in state.keys:
        details = {"code": code, "message": "The API key is missing or not valid"}
        raise ApiError(401, "authentication_error", details)
    return state.keys[request.bearer_token()]


def _count(state: IncidentIoState, key: Json) -> None:
    """Count a request of a key, whose tokens come back all the time."""
    new = TokenBucket(state.per_minute, state.per_minute / 60)
    bucket = state.buckets.setdefault((key["id"], state.per_minute), new)
    if bucket.take():
        return
    wait = math.ceil(bucket.seconds_to_next)
    until = datetime.now(UTC) + timedelta(seconds=wait)
    limit = {
        "name": key["name"],
        "limit": state.per_minute,
        "remaining": 0,
        "retry_after": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    kind, message = "too_many_requests", "Too many requests hit the API too quickly."
    headers, error = {"Retry-After": str(wait)}, {"code": kind, "message": message}
    raise ApiError(429, kind, error, more={"rate_limit": limit}, headers=headers)


def _require(state: IncidentIoState, request: Request, *scopes: str) -> Json:
    """Reject a key that lacks a scope; return it, as the actor of what is done with it."""
    key = _api_key(state, request)
    granted: set[str] = set().union(*(_SCOPES.get(role, set()) for role in key["roles"]))
    for scope in scopes:
        if scope not in granted:
            raise forbidden(scope)
    return {"api_key": {"id": key["id"], "name": key["name"]}}


@routes("GET", "/v1/identity")
def get_identity(state: IncidentIoState, request: Request) -> Reply:
    """Return which key it is and what it may do."""
    key = _api_key(state, request)
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
    _require(state, request, "incidents.view")
    return Reply(200, {"severities": list(state.severities.values())})


@routes("GET", "/v1/incident_types")
def list_incident_types(state: IncidentIoState, request: Request) -> Reply:
    """List types of incidents."""
    _require(state, request, "incidents.view")
    return Reply(200, {"incident_types": list(state.incident_types.values())})


@routes("GET", "/v1/incident_statuses")
def list_incident_statuses(state: IncidentIoState, request: Request) -> Reply:
    """List statuses of incidents."""
    _require(state, request, "incidents.view")
    return Reply(200, {"incident_statuses": list(state.statuses.values())})


@routes("POST", "/v2/incidents")
def create_incident(state: IncidentIoState, request: Request) -> Reply:
    """Create an incident; a repeated idempotency key returns the existing one."""
    actor, body = _require(state, request, "incidents.create"), request.json
    key = _text(body, "idempotency_key", required=True)
    if key not in state.by_key:
        incident = _new(state, body, actor)
        state.incidents[incident["id"]] = incident
        state.by_key[key] = incident["id"]
        state.changes += 1
    return Reply(200, {"incident": state.incidents[state.by_key[key]]})


@routes("GET", "/v2/incidents/{id}")
def get_incident(state: IncidentIoState, request: Request) -> Reply:
    """Return an incident."""
    _require(state, request, "incidents.view")
    return Reply(200, {"incident": _incident(state, request)})


@routes("POST", "/v2/incidents/{id}/actions/edit")
def edit_incident(state: IncidentIoState, request: Request) -> Reply:
    """Edit an incident, all of it or nothing."""
    body = request.json.get("incident")
    if not isinstance(body, dict):
        raise invalid("incident", "incident is required", "is_required")
    if not isinstance(request.json.get("notify_incident_channel"), bool):
        name = "notify_incident_channel"
        raise invalid(name, f"{name} is required", "is_required")
    scopes = [scope for name, scope in _EDIT_SCOPES.items() if name in body]
    _require(state, request, "incidents.view", *scopes)
    incident = _incident(state, request)
    changes = _changes(state, incident, body)
    state.changes += any(
        incident.get(name) != changes[name]
        for name in ("severity", "incident_status")
        if name in changes
    )
    at = now()
    incident |= changes | {"updated_at": at, "last_activity_at": at}
    return Reply(200, {"incident": incident})


def _incident(state: IncidentIoState, request: Request) -> Json:
    if request.path_params["id"] not in state.incidents:
        raise not_found("The incident does not exist")
    return state.incidents[request.path_params["id"]]


def _new(state: IncidentIoState, body: Json, actor: Json) -> Json:
    kind = next(kind for kind in state.incident_types.values() if kind["is_default"])
    if "incident_type_id" in body:
        kind = resolve(state.incident_types, body["incident_type_id"], "incident_type_id")
    # Unless it is given, a new incident has the first status that its type allows.
    category = "triage" if kind["create_in_triage"] == "always" else "live"
    status = next(s for s in state.statuses.values() if s["category"] == category)
    if "incident_status_id" in body:
        status = resolve(state.statuses, body["incident_status_id"], "incident_status_id")
    severity = _severity(state, body)
    if not severity and status["category"] != "triage":
        raise invalid("severity_id", "A severity is required to open an incident", "is_required")
    name, summary = _text(body, "name"), _text(body, "summary")
    visibility, mode = _choice(body, "visibility", _VISIBILITIES), {"mode": "standard"} | body
    number, at = state.next_number(), now()
    return {
        "id": state.next_id(),
        "reference": f"INC-{number}",
        "permalink": f"https://app.incident.io/acme/incidents/{number}",
        "visibility": visibility,
        "mode": _choice(mode, "mode", _MODES),
        "incident_role_assignments": [],
        **({"summary": summary} if summary else {}),
        **severity,
        "name": name or f"INC-{number}",
        "incident_status": status,
        "incident_type": kind,
        "creator": actor,
        "custom_field_entries": [],
        "team_ids": [],
        "slack_team_id": "T02A1FSLE8J",
        "slack_channel_id": f"C{number:08d}",
        "slack_channel_name": f"inc-{number}",
        "created_at": at,
        "updated_at": at,
        "last_activity_at": at,
    }


def _changes(state: IncidentIoState, incident: Json, body: Json) -> Json:
    """Check an edit; return what it changes."""
    place = "incident/"
    changes: Json = {
        name: _text(body, name, place, required=name == "name")
        for name in ("name", "summary")
        if name in body
    }
    if "incident_status_id" in body:
        field = f"{place}incident_status_id"
        status = resolve(state.statuses, body["incident_status_id"], field)
        _check_transition(incident["incident_status"], status)
        changes["incident_status"] = status
    return changes | _severity(state, body, place)


def _check_transition(old: Json, new: Json) -> None:
    """Reject what the documentation of editing doesn't allow."""
    before, after = old["category"], new["category"]
    resolves = before in {"triage", "live"} and after in {"learning", "closed"}
    closes = (before, after) == ("learning", "closed")
    if before != after and not resolves and not closes:
        message = f"An incident can't go from {old['name']} to {new['name']}"
        raise invalid("incident/incident_status_id", message, "invalid_transition")


def _severity(state: IncidentIoState, body: Json, place: str = "") -> Json:
    if "severity_id" not in body:
        return {}
    return {"severity": resolve(state.severities, body["severity_id"], f"{place}severity_id")}


def _text(body: Json, name: str, place: str = "", *, required: bool = False) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise invalid(f"{place}{name}", f"{name} must be a string", "invalid_type")
    if required and not value.strip():
        raise invalid(f"{place}{name}", f"{name} is required", "is_required")
    return value


def _choice(body: Json, name: str, choices: tuple[str, ...]) -> str:
    value = _text(body, name, required=True)
    if value not in choices:
        raise invalid(name, f"{name} must be one of {', '.join(choices)}")
    return value
