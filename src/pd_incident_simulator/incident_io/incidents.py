"""Incidents and their updates.

https://api-docs.incident.io/ under Incidents V2 and Incident Updates V2.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pd_incident_simulator.exchange import Reply, Request

from .objects import Json, invalid, not_found, now, resolve
from .rest import Routes, page, require
from .state import IncidentIoState

_MAX_INCIDENTS = 500
_MAX_UPDATES = 250
_VISIBILITIES = ("public", "private")
_MODES = ("standard", "retrospective", "test", "tutorial")
# Incidents of other modes are only listed if they are asked for.
_LISTED_MODES = ("standard", "retrospective")
_ORDERS = ("", "created_at_newest_first", "created_at_oldest_first")
_FILTER = re.compile(r"(?P<name>\w+)\[(?P<operator>one_of|not_in)\]")
_FILTERS: dict[str, Callable[[Json], str]] = {
    "status": lambda incident: str(incident["incident_status"]["id"]),
    "status_category": lambda incident: str(incident["incident_status"]["category"]),
    "severity": lambda incident: str((incident.get("severity") or {}).get("id", "")),
    "mode": lambda incident: str(incident["mode"]),
}
_EDIT_SCOPES = {
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
_USER_FIELDS = ("id", "name", "email", "role", "slack_user_id")

routes = Routes()


@routes("POST", "/v2/incidents")
def create_incident(state: IncidentIoState, request: Request) -> Reply:
    """Create an incident; a repeated idempotency key returns the existing one."""
    actor, body = require(state, request, "incidents.create"), request.json
    key = _text(body, "idempotency_key", required=True)
    if key not in state.by_key:
        incident = _new(state, body, actor)
        state.incidents[incident["id"]] = incident
        state.by_key[key] = incident["id"]
        state.log(incident, actor)
    return Reply(200, {"incident": state.incidents[state.by_key[key]]})


@routes("GET", "/v2/incidents")
def list_incidents(state: IncidentIoState, request: Request) -> Reply:
    """List incidents, filtered, page by page, the newest first."""
    require(state, request, "incidents.view")
    order = request.param("sort_by")
    if order not in _ORDERS:
        raise invalid("sort_by", f"sort_by can't be {order}")
    filters = [_filter(name, values) for name, values in request.query.items() if "[" in name]
    by_mode = any(name.startswith("mode[") for name in request.query)
    found = [
        incident
        for incident in state.incidents.values()
        if (by_mode or incident["mode"] in _LISTED_MODES)
        and all(matches(incident) for matches in filters)
    ]
    if order != "created_at_oldest_first":
        found.reverse()
    return page(request, "incidents", found, _MAX_INCIDENTS, total_record_count=len(found))


@routes("GET", "/v2/incidents/{id}")
def get_incident(state: IncidentIoState, request: Request) -> Reply:
    """Return an incident."""
    require(state, request, "incidents.view")
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
    actor = require(state, request, "incidents.view", *scopes)
    incident = _incident(state, request)
    changes = _changes(state, incident, body)
    is_logged = any(
        incident.get(name) != changes[name]
        for name in ("severity", "incident_status")
        if name in changes
    )
    at = now()
    incident |= changes | {"updated_at": at, "last_activity_at": at}
    if is_logged:
        state.log(incident, actor)
    return Reply(200, {"incident": incident})


@routes("GET", "/v2/incident_updates")
def list_updates(state: IncidentIoState, request: Request) -> Reply:
    """List what happened to an incident, or to all of them, the newest first."""
    require(state, request, "incidents.view")
    incident = request.param("incident_id")
    found = [u for u in reversed(state.updates) if incident in {"", u["incident_id"]}]
    return page(request, "incident_updates", found, _MAX_UPDATES)


def _incident(state: IncidentIoState, request: Request) -> Json:
    if request.path_params["id"] not in state.incidents:
        raise not_found("The incident does not exist")
    return state.incidents[request.path_params["id"]]


def _filter(name: str, values: list[str]) -> Callable[[Json], bool]:
    match = _FILTER.fullmatch(name)
    if match is None or match["name"] not in _FILTERS:
        raise invalid(name, f"The simulator can't filter by {name}")
    value_of, is_wanted = _FILTERS[match["name"]], match["operator"] == "one_of"
    return lambda incident: (value_of(incident) in values) is is_wanted


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
    _reject_custom_fields(body)
    name, summary = _text(body, "name"), _text(body, "summary")
    chosen = {
        "visibility": _choice(body, "visibility", _VISIBILITIES),
        "mode": _choice({"mode": "standard"} | body, "mode", _MODES),
        "incident_role_assignments": [],
        **({"summary": summary} if summary else {}),
        **severity,
        **_roles(state, body),
    }
    number, at = state.next_number(), now()
    return {
        "id": state.next_id(),
        "reference": f"INC-{number}",
        "permalink": f"https://app.incident.io/acme/incidents/{number}",
        **chosen,
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
    _reject_custom_fields(body, place)
    changes: Json = {
        name: _text(body, name, place, required=name == "name")
        for name in ("name", "summary", "call_url")
        if name in body
    }
    if "incident_status_id" in body:
        field = f"{place}incident_status_id"
        status = resolve(state.statuses, body["incident_status_id"], field)
        _check_transition(incident["incident_status"], status)
        changes["incident_status"] = status
    return changes | _severity(state, body, place) | _roles(state, body, place)


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


def _roles(state: IncidentIoState, body: Json, place: str = "") -> Json:
    name = "incident_role_assignments"
    if name not in body:
        return {}
    items = body[name]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid(f"{place}{name}", f"{name} must be a list of objects")
    return {name: [_role(state, item, f"{place}{name}") for item in items]}


def _role(state: IncidentIoState, item: Json, place: str) -> Json:
    role = resolve(state.roles, item.get("incident_role_id"), f"{place}/incident_role_id")
    assignee = item.get("assignee")
    if not assignee:
        return {"role": role}
    by_email = state.user_by_email(str(assignee.get("email", "")))
    user = by_email or resolve(state.users, assignee.get("id"), f"{place}/assignee")
    return {"role": role, "assignee": {name: user[name] for name in _USER_FIELDS}}


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


def _reject_custom_fields(body: Json, place: str = "") -> None:
    if body.get("custom_field_entries"):
        field = f"{place}custom_field_entries"
        raise invalid(field, "The account has no custom fields", "not_found")
