"""The life of an incident: triggered, acknowledged, resolved, reopened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .assignment import assign, chosen, on_level, schedule_escalation
from .things import Json, RefusedError, invalid, known, now, reference, thing

if TYPE_CHECKING:
    from .state import PagerDutyState

_STATUSES = ("triggered", "acknowledged", "resolved")
_URGENCIES = ("high", "low")
_COPIED = ("title", "urgency", "conference_bridge", "incident_type")
_LOGGED = {"acknowledged": "acknowledge", "resolved": "resolve", "triggered": "unacknowledge"}


def create(state: PagerDutyState, wanted: Json, requester: Json | None) -> Json:
    """Open an incident.

    Args:
        state: the account.
        wanted: the request's incident.
        requester: the user who asks; None for an event.

    Returns:
        The incident as the API shows it.

    Raises:
        RefusedError: the input is wrong, or the service has an open incident with the same key.
    """
    _check(state, wanted)
    refusal = RefusedError(2001, "Invalid Input Provided", "Service was not found")
    service = known(state.services, wanted.get("service"), refusal)
    key = wanted.get("incident_key") or state.next_id("key")
    if state.open_incidents(key, service["id"]):
        words = "Open incident with matching dedup key already exists on this service"
        raise RefusedError(2002, "Arguments Caused Error", words)
    policy = service["escalation_policy"]
    assignment = chosen(state, wanted, policy) or on_level(state, policy, 1)
    incident = _new(state, wanted, service, key)
    assign(incident, assignment)
    schedule_escalation(state, incident)
    state.incidents[incident["id"]] = incident
    state.log(incident, "trigger")
    if requester is not None and assignment.is_direct and assignment.people == [requester]:
        _set_status(state, incident, "acknowledged", requester)
    return incident


def update(state: PagerDutyState, incident: Json, changes: Json, requester: Json | None) -> Json:
    """Change an incident, all of it or nothing.

    Args:
        state: the account.
        incident: the incident; it is changed in place.
        changes: the request's incident.
        requester: the user who asks; None for an event.

    Returns:
        The incident.

    Raises:
        RefusedError: the input is wrong, or the incident is in no state for it.
    """
    _check(state, changes)
    status = changes.get("status") or incident["status"]
    assignment = chosen(state, changes, incident["escalation_policy"])
    _check_transition(incident, changes.get("status"), assigns=assignment is not None)
    reopens = incident["status"] == "resolved" and status != "resolved"
    if reopens and assignment is None:
        assignment = on_level(state, incident["escalation_policy"], 1)
    if status != incident["status"]:
        _set_status(state, incident, status, requester)
    incident |= {name: changes[name] for name in _COPIED if changes.get(name)}
    if changes.get("priority"):
        incident["priority"] = _priority(state, changes["priority"])
    if changes.get("resolution") and status == "resolved":
        incident["resolve_reason"] = {"type": "manual"}
    if assignment is not None and status != "resolved":
        assign(incident, assignment)
    schedule_escalation(state, incident)
    incident["updated_at"] = now()
    return incident


def _check(state: PagerDutyState, wanted: Json) -> None:
    """Refuse what no incident can have, before anything is changed."""
    if wanted.get("status", "triggered") not in _STATUSES:
        raise invalid("Status is not valid")
    if (wanted.get("urgency") or "high") not in _URGENCIES:
        raise invalid("Urgency is not valid")
    if "title" in wanted and not (isinstance(wanted["title"], str) and wanted["title"].strip()):
        raise invalid("Title cannot be empty.")
    if wanted.get("priority"):
        _priority(state, wanted["priority"])


def _check_transition(incident: Json, status: str | None, *, assigns: bool) -> None:
    present = incident["status"]
    if present == "resolved" and (status == "resolved" or (assigns and status is None)):
        raise RefusedError(1001, "Incident Already Resolved")
    if present == status == "acknowledged":
        raise RefusedError(1002, "Incident Already Acknowledged")


def _set_status(state: PagerDutyState, incident: Json, status: str, requester: Json | None) -> None:
    by = reference(requester) if requester else incident["service"]
    at = now()
    incident |= {"status": status, "last_status_change_at": at, "last_status_change_by": by}
    taken = [{"at": at, "acknowledger": by}] if status == "acknowledged" else []
    incident |= {"updated_at": at, "acknowledgements": taken, "pending_actions": []}
    incident.pop("resolved_at", None)
    if status == "resolved":
        incident |= {"assignments": [], "resolved_at": at}
        state.resolve_alerts(incident)
    state.log(incident, _LOGGED[status])


def _priority(state: PagerDutyState, wanted: object) -> Json:
    return known(state.priorities, wanted, RefusedError(1020, "Invalid Priority"))


def _new(state: PagerDutyState, wanted: Json, service: Json, key: str) -> Json:
    number, at = state.next_number(), now()
    title, priority = wanted["title"], wanted.get("priority")
    return {
        **thing("incident", state.next_id("Q0INC"), f"[#{number}] {title}", "incidents"),
        "incident_number": number,
        "title": title,
        "description": title,
        "created_at": at,
        "updated_at": at,
        "status": "triggered",
        "incident_key": key,
        "service": reference(service),
        "acknowledgements": [],
        "last_status_change_at": at,
        "last_status_change_by": reference(service),
        "teams": [],
        "urgency": wanted.get("urgency") or "high",
        **({"priority": _priority(state, priority)} if priority else {}),
        "incident_type": wanted.get("incident_type") or {"name": "incident_default"},
        "body": wanted.get("body") or {"type": "incident_body"},
        "conference_bridge": wanted.get("conference_bridge") or {},
        "alert_counts": {"all": 0, "triggered": 0, "resolved": 0},
        "is_mergeable": True,
        "incidents_responders": [],
        "responder_requests": [],
    }
