"""Changing an incident: first everything is checked, then everything is done.

https://developer.pagerduty.com/api-reference/ under Incidents, Update an Incident.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .assignment import Assignment, assign, chosen, on_level, schedule_escalation
from .incidents import check, priority
from .notifications import page_assignees
from .record import log
from .statuses import set_status
from .things import Json, RefusedError, now, reference

if TYPE_CHECKING:
    from .state import PagerDutyState

_ASSIGNING = {
    "escalation_level": "escalate",
    "escalation_policy": "delegate",
    "assignments": "assign",
}
_COPIED = ("title", "conference_bridge", "incident_type")


@dataclass(frozen=True)
class Plan:
    """A change that may be made.

    Attributes:
        incident: the incident.
        changes: the request's incident.
        status: the status afterwards.
        assignment: who is to look after it, or None for whoever does.
    """

    incident: Json
    changes: Json
    status: str
    assignment: Assignment | None


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
    return carry_out(state, plan(state, incident, changes), requester)


def plan(state: PagerDutyState, incident: Json, changes: Json) -> Plan:
    """Check a change, without making it; arguments and errors are those of `update`."""
    check(state, changes)
    assignment = chosen(state, changes, incident["escalation_policy"])
    _check_transition(incident, changes.get("status"), assigns=assignment is not None)
    if changes.get("escalation_level") is not None and _stays_on_its_level(incident, changes):
        assignment = None
    status = changes.get("status") or incident["status"]
    if assignment is None and incident["status"] == "resolved" != status:
        assignment = on_level(state, incident["escalation_policy"], 1)
    return Plan(incident, changes, status, assignment)


def carry_out(state: PagerDutyState, planned: Plan, requester: Json | None) -> Json:
    """Make a change that was checked; give the incident."""
    incident, changes = planned.incident, planned.changes
    by = reference(requester) if requester else incident["service"]
    before = incident["status"]
    if planned.status != before:
        resolution = str(changes.get("resolution") or "")
        set_status(state, incident, planned.status, by, resolution)
    _copy(state, incident, changes, by)
    if planned.assignment is not None and planned.status != "resolved":
        assign(incident, planned.assignment)
        kind = next((k for name, k in _ASSIGNING.items() if changes.get(name)), "assign")
        assignees = [assignment["assignee"] for assignment in incident["assignments"]]
        log(state, incident, kind, agent=by, assignees=assignees)
    if _pages(planned, before):
        page_assignees(state, incident)
    schedule_escalation(state, incident)
    incident["updated_at"] = now()
    return incident


def _pages(planned: Plan, before: str) -> bool:
    if before == planned.status:
        return planned.assignment is not None
    named = any(planned.changes.get(name) for name in _ASSIGNING)
    return planned.status == "triggered" or (named and planned.assignment is not None)


def _copy(state: PagerDutyState, incident: Json, changes: Json, by: Json) -> None:
    wanted = {name: changes[name] for name in _COPIED if changes.get(name)}
    if changes.get("priority"):
        wanted["priority"] = priority(state, changes["priority"])
    changed = [name for name, value in wanted.items() if incident.get(name) != value]
    incident |= wanted
    if "title" in wanted:
        number = incident["incident_number"]
        incident |= {"summary": f"[#{number}] {wanted['title']}", "description": wanted["title"]}
    if changed:
        log(state, incident, "field_value_change", agent=by, changeset=changed)
    urgency = changes.get("urgency") or incident["urgency"]
    if urgency != incident["urgency"]:
        incident["urgency"] = urgency
        log(state, incident, "urgency_change", agent=by)


def _stays_on_its_level(incident: Json, changes: Json) -> bool:
    """Tell whether PagerDuty ignores an escalation: it says nothing of it."""
    urgency = changes.get("urgency") or incident["urgency"]
    return bool(urgency == "low" or incident["assigned_via"] == "direct_assignment")


def _check_transition(incident: Json, status: str | None, *, assigns: bool) -> None:
    present = incident["status"]
    if present == "resolved" and (status == "resolved" or (assigns and status is None)):
        raise RefusedError(1001, "Incident Already Resolved")
    if present == "resolved" and status and "resolve_reason" in incident:
        raise RefusedError(1019, "Incident Already Merged")
    if present == status == "acknowledged":
        raise RefusedError(1002, "Incident Already Acknowledged")
