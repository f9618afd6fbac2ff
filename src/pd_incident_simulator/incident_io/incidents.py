"""Opening and editing an incident.

https://api-docs.incident.io/ under Incidents V2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .things import Json, invalid, known, now

if TYPE_CHECKING:
    from .state import IncidentIoState

_VISIBILITIES = ("public", "private")
_MODES = ("standard", "retrospective", "test", "tutorial")
_OPEN = ("triage", "live")
_OVER = ("learning", "closed")


def create(state: IncidentIoState, wanted: Json, actor: Json) -> Json:
    """Open an incident; with an idempotency key that was used before, give that one's.

    Args:
        state: the account.
        wanted: the request's body.
        actor: who asks.

    Returns:
        The incident as the API shows it.

    Raises:
        RefusedError: the input is wrong.
    """
    key = _text(wanted, "idempotency_key", required=True)
    if key in state.by_key:
        return state.incidents[state.by_key[key]]
    incident = _new(state, wanted, actor)
    state.incidents[incident["id"]] = incident
    state.by_key[key] = incident["id"]
    state.log(incident, actor)
    return incident


def edit(state: IncidentIoState, incident: Json, wanted: Json, actor: Json) -> Json:
    """Change what is given of an incident; all of it, or nothing.

    Args:
        state: the account.
        incident: the incident; it is changed in place.
        wanted: the body's ``incident``.
        actor: who asks.

    Returns:
        The incident as it is then.

    Raises:
        RefusedError: the input is wrong, or the incident can't get into that status.
    """
    changes: Json = {
        name: _text(wanted, name, required=name == "name", place="incident/")
        for name in ("name", "summary", "call_url")
        if name in wanted
    }
    changes |= _severity(state, wanted, "incident/")
    changes |= _roles(state, wanted, "incident/")
    _no_custom_fields(wanted, "incident/")
    if "incident_status_id" in wanted:
        place = "incident/incident_status_id"
        status = known(state.statuses, wanted["incident_status_id"], place)
        _check_transition(incident["incident_status"], status)
        changes["incident_status"] = status
    logged = any(
        incident.get(name) != changes[name]
        for name in ("severity", "incident_status")
        if name in changes
    )
    at = now()
    incident |= changes | {"updated_at": at, "last_activity_at": at}
    if logged:
        state.log(incident, actor)
    return incident


def _new(state: IncidentIoState, wanted: Json, actor: Json) -> Json:
    kind = _type(state, wanted)
    severity = _severity(state, wanted)
    status = _status(state, wanted, kind)
    if not severity and status["category"] != "triage":
        raise invalid("severity_id", "A severity is required to open an incident", "is_required")
    _no_custom_fields(wanted)
    chosen = {
        "name": _text(wanted, "name"),
        "visibility": _one_of(wanted, "visibility", _VISIBILITIES),
        "mode": _one_of({"mode": "standard"} | wanted, "mode", _MODES),
        "incident_role_assignments": [],
    }
    chosen |= severity | _roles(state, wanted)
    if summary := _text(wanted, "summary"):
        chosen["summary"] = summary
    number, at = state.next_number(), now()
    return {
        "id": state.next_id(),
        "reference": f"INC-{number}",
        "permalink": f"https://app.incident.io/acme/incidents/{number}",
        **chosen,
        "name": chosen["name"] or f"INC-{number}",
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


def _type(state: IncidentIoState, wanted: Json) -> Json:
    if "incident_type_id" in wanted:
        return known(state.incident_types, wanted["incident_type_id"], "incident_type_id")
    return next(kind for kind in state.incident_types.values() if kind["is_default"])


def _status(state: IncidentIoState, wanted: Json, kind: Json) -> Json:
    """Choose the status of a new incident: the given one, or the first that its type allows."""
    if "incident_status_id" in wanted:
        return known(state.statuses, wanted["incident_status_id"], "incident_status_id")
    category = "triage" if kind["create_in_triage"] == "always" else "live"
    return next(s for s in state.statuses.values() if s["category"] == category)


def _severity(state: IncidentIoState, wanted: Json, place: str = "") -> Json:
    if "severity_id" not in wanted:
        return {}
    return {"severity": known(state.severities, wanted["severity_id"], f"{place}severity_id")}


def _roles(state: IncidentIoState, wanted: Json, place: str = "") -> Json:
    name = "incident_role_assignments"
    if name not in wanted:
        return {}
    given = wanted[name]
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise invalid(f"{place}{name}", f"{name} must be a list of objects")
    return {name: [_assignment(state, one, f"{place}{name}") for one in given]}


def _assignment(state: IncidentIoState, given: Json, place: str) -> Json:
    role = known(state.roles, given.get("incident_role_id"), f"{place}/incident_role_id")
    wanted = given.get("assignee")
    if not wanted:
        return {"role": role}
    by_email = state.user_by_email(str(wanted.get("email", "")))
    user = by_email or known(state.users, wanted.get("id"), f"{place}/assignee")
    shown = ("id", "name", "email", "role", "slack_user_id")
    return {"role": role, "assignee": {name: user[name] for name in shown}}


def _check_transition(old: Json, new: Json) -> None:
    """Refuse what the documentation of editing doesn't allow."""
    before, after = old["category"], new["category"]
    resolves = before in _OPEN and after in _OVER
    closes = (before, after) == ("learning", "closed")
    if before != after and not resolves and not closes:
        words = f"An incident can't go from {old['name']} to {new['name']}"
        raise invalid("incident/incident_status_id", words, "invalid_transition")


def _text(wanted: Json, name: str, *, required: bool = False, place: str = "") -> str:
    value = wanted.get(name, "")
    if not isinstance(value, str):
        raise invalid(f"{place}{name}", f"{name} must be a string", "invalid_type")
    if required and not value.strip():
        raise invalid(f"{place}{name}", f"{name} is required", "is_required")
    return value


def _one_of(wanted: Json, name: str, choices: tuple[str, ...]) -> str:
    value = _text(wanted, name, required=True)
    if value not in choices:
        raise invalid(name, f"{name} must be one of {', '.join(choices)}")
    return value


def _no_custom_fields(wanted: Json, place: str = "") -> None:
    if wanted.get("custom_field_entries"):
        field = f"{place}custom_field_entries"
        raise invalid(field, "The account has no custom fields", "not_found")
