"""Opening an incident.

https://developer.pagerduty.com/api-reference/ under Incidents, Create an Incident.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .abilities import require
from .assignment import assign, chosen, on_level, schedule_escalation
from .maintenance import check_enabled, is_in_maintenance
from .notifications import page_assignees
from .record import log
from .statuses import STATUSES, set_status
from .things import Json, RefusedError, invalid, known, now, reference, thing

if TYPE_CHECKING:
    from .state import PagerDutyState

_URGENCIES = ("high", "low")


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
    check(state, wanted)
    refusal = RefusedError(2001, "Invalid Input Provided", "Service was not found")
    service = known(state.services, wanted.get("service"), refusal)
    check_enabled(service)
    key = wanted.get("incident_key") or state.next_id("key")
    if state.open_incidents(key, service["id"]):
        words = "Open incident with matching dedup key already exists on this service"
        raise RefusedError(2002, "Arguments Caused Error", words)
    policy = service["escalation_policy"]
    assignment = chosen(state, wanted, policy) or on_level(state, policy, 1)
    incident = new(state, wanted, service, key)
    assign(incident, assignment)
    schedule_escalation(state, incident)
    state.incidents[incident["id"]] = incident
    by = reference(requester) if requester else incident["service"]
    log(state, incident, "trigger", agent=by)
    log(state, incident, "assign", agent=by, assignees=[reference(u) for u in assignment.people])
    if requester is not None and assignment.is_direct and assignment.people == [requester]:
        set_status(state, incident, "acknowledged", by)
    elif not is_in_maintenance(state, service["id"]):
        page_assignees(state, incident)
    return incident


def check(state: PagerDutyState, wanted: Json) -> None:
    """Refuse what no incident can have, before anything is changed."""
    if wanted.get("status", "triggered") not in STATUSES:
        raise invalid("Status is not valid")
    if (wanted.get("urgency") or "high") not in _URGENCIES:
        raise invalid("Urgency is not valid")
    if "title" in wanted and not (isinstance(wanted["title"], str) and wanted["title"].strip()):
        raise invalid("Title cannot be empty.")
    if wanted.get("priority"):
        priority(state, wanted["priority"])


def priority(state: PagerDutyState, wanted: object) -> Json:
    """Find the priority that a reference names, or refuse."""
    require(state, "priorities")
    return known(state.priorities, wanted, RefusedError(1020, "Invalid Priority"))


def new(state: PagerDutyState, wanted: Json, service: Json, key: str) -> Json:
    """Make an incident that nobody is assigned to yet.

    Args:
        state: the account, whose next number it gets.
        wanted: the request's incident.
        service: the service it is about.
        key: its incident key.
    """
    number, at = state.next_number(), now()
    title, rank = wanted["title"], wanted.get("priority")
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
        "teams": service["teams"],
        "urgency": wanted.get("urgency") or "high",
        **({"priority": priority(state, rank)} if rank else {}),
        "incident_type": wanted.get("incident_type") or {"name": "incident_default"},
        "body": wanted.get("body") or {"type": "incident_body"},
        "conference_bridge": wanted.get("conference_bridge") or {},
        "alert_counts": {"all": 0, "triggered": 0, "resolved": 0},
        "is_mergeable": True,
        "incidents_responders": [],
        "responder_requests": [],
    }
