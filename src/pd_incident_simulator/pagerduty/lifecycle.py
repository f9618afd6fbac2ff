"""Changing an incident: first everything is checked, then everything is done.

https://developer.pagerduty.com/api-reference/ under Incidents, Update an Incident.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .directory import users_on_call
from .incident_log import log, notify_assignees, resolve_alerts
from .objects import ApiError, Json, invalid, iso, now, reference, resolve
from .rest import get_objects, get_text, require_ability
from .seed import ESCALATION_MINUTES
from .state import PagerDutyState

_URGENCIES = ("high", "low")
_STATUS_LOG = {"acknowledged": "acknowledge", "resolved": "resolve", "triggered": "unacknowledge"}
_ASSIGNMENT_LOG = {
    "escalation_level": "escalate",
    "escalation_policy": "delegate",
    "assignments": "assign",
}
_COPIED = ("title", "conference_bridge", "incident_type")


@dataclass(frozen=True)
class Assignment:
    """Who is responsible for an incident.

    Attributes:
        policy: the escalation policy in force.
        users: who is assigned.
        is_direct: whether the request names them, which stops automatic escalation.
    """

    policy: Json
    users: list[Json]
    is_direct: bool = False


@dataclass(frozen=True)
class Update:
    """An update of an incident that was checked.

    Attributes:
        incident: the incident.
        body: the request's incident.
        status: the status afterwards.
        assignment: who is responsible afterwards, or None if that doesn't change.
    """

    incident: Json
    body: Json
    status: str
    assignment: Assignment | None


def update(state: PagerDutyState, incident: Json, body: Json, requester: Json | None) -> None:
    """Update an incident in place, all of it or nothing.

    Args:
        state: the account.
        incident: the incident.
        body: the request's incident.
        requester: the user who asks; None for an event.
    """
    apply(state, check(state, incident, body), requester)


def check(state: PagerDutyState, incident: Json, body: Json) -> Update:
    """Check an update, without making it."""
    validate(state, body)
    assignment = requested_assignment(state, body, incident["escalation_policy"])
    _check_transition(incident, body.get("status"), assigns=assignment is not None)
    if body.get("escalation_level") is not None and _ignores_level(incident, body):
        assignment = None
    status = body.get("status") or incident["status"]
    if assignment is not None and not body.get("status") and status == "acknowledged":
        status = "triggered"  # Whoever gets it hasn't acknowledged it.
    if assignment is None and incident["status"] == "resolved" != status:
        assignment = assign_level(state, incident["escalation_policy"], 1)
    return Update(incident, body, status, assignment)


def apply(state: PagerDutyState, update: Update, requester: Json | None) -> None:
    """Make an update that was checked."""
    incident, body = update.incident, update.body
    agent = reference(requester) if requester else incident["service"]
    before = incident["status"]
    if update.status != before:
        set_status(state, incident, update.status, agent, str(body.get("resolution") or ""))
    _set_fields(state, incident, body, agent)
    if update.assignment is not None and update.status != "resolved":
        assign(incident, update.assignment)
        kind = next((kind for name, kind in _ASSIGNMENT_LOG.items() if body.get(name)), "assign")
        assignees = [assignment["assignee"] for assignment in incident["assignments"]]
        log(state, incident, kind, agent=agent, assignees=assignees)
    if _notifies(update, before):
        notify_assignees(state, incident)
    schedule_escalation(state, incident)
    incident["updated_at"] = now()


def validate(state: PagerDutyState, body: Json) -> None:
    """Reject what no incident can have."""
    if body.get("status", "triggered") not in _STATUS_LOG:
        raise invalid("Status is not valid")
    if (body.get("urgency") or "high") not in _URGENCIES:
        raise invalid("Urgency is not valid")
    if "title" in body:
        get_text(body, "title")
    if body.get("priority"):
        priority(state, body["priority"])


def priority(state: PagerDutyState, ref: object) -> Json:
    """Return the priority that a reference names."""
    require_ability(state, "priorities")
    return resolve(state.priorities, ref, 1020, "Invalid Priority")


def set_status(
    state: PagerDutyState, incident: Json, status: str, agent: Json, resolution: str = ""
) -> None:
    """Set an incident's status, and log it.

    Args:
        state: the account.
        incident: the incident; it is changed in place.
        status: the new status.
        agent: reference to the user or service who does it.
        resolution: a note on the resolution; only the log has it.
    """
    at, reopens = now(), incident["status"] == "resolved"
    acknowledgements = [{"at": at, "acknowledger": agent}] if status == "acknowledged" else []
    incident |= {
        "status": status,
        "last_status_change_at": at,
        "last_status_change_by": agent,
        "updated_at": at,
        "acknowledgements": acknowledgements,
        "pending_actions": [],
    }
    incident.pop("resolved_at", None)
    if status == "resolved":
        incident |= {"assignments": [], "resolved_at": at}
        resolve_alerts(state, incident)
    if reopens:
        log(state, incident, "reopen")
    if not (reopens and status == "triggered"):
        note = {"channel": {"type": "note", "summary": resolution}} if resolution else {}
        log(state, incident, _STATUS_LOG[status], **note)


def requested_assignment(state: PagerDutyState, body: Json, policy: Json) -> Assignment | None:
    """Return the assignment that a request asks for.

    Args:
        state: the account.
        body: the request's incident.
        policy: the escalation policy in force until now.

    Returns:
        The assignment, or None if the request asks for none.
    """
    targets = [name for name in _ASSIGNMENT_LOG if body.get(name) is not None]
    if len(targets) > 1:
        raise invalid(f"Give one of {', '.join(targets)}, not more")
    if "assignments" in targets:
        refs = [item.get("assignee") for item in get_objects(body, "assignments")]
        users = [resolve(state.users, ref, 1007, "Assignee Not Found") for ref in refs]
        return Assignment(policy, users, is_direct=True)
    if "escalation_level" in targets:
        return assign_level(state, policy, body["escalation_level"])
    if targets:
        return assign_level(state, body["escalation_policy"], 1)
    return None


def assign_level(state: PagerDutyState, policy: object, level: object) -> Assignment:
    """Assign whoever is on call on a level, counted from 1, of an escalation policy.

    A level on which nobody is on call is skipped.
    """
    found = resolve(state.escalation_policies, policy, 1014, "Escalation Policy Not Found")
    rules = found["escalation_rules"]
    if not isinstance(level, int):
        raise invalid("Escalation level must be an integer")
    if rules and not 1 <= level <= len(rules):
        raise ApiError(1006, "Incident Cannot Be Escalated", f"There is no level {level}")
    for rule in rules[level - 1 :]:
        if users := users_on_call(state, rule):
            return Assignment(found, users)
    raise ApiError(1015, "Nobody On Call", "No one is on call for this escalation policy")


def assign(incident: Json, assignment: Assignment) -> None:
    """Put an assignment into effect."""
    at = now()
    incident |= {
        "escalation_policy": reference(assignment.policy),
        "assigned_via": "direct_assignment" if assignment.is_direct else "escalation_policy",
        "assignments": [{"at": at, "assignee": reference(user)} for user in assignment.users],
        "pending_actions": [],
    }


def schedule_escalation(state: PagerDutyState, incident: Json) -> None:
    """Set whether and when an incident escalates automatically."""
    if incident["status"] == "acknowledged":
        return  # The end of a snooze stays due.
    rules = state.escalation_policies[incident["escalation_policy"]["id"]]["escalation_rules"]
    last = [user["id"] for user in users_on_call(state, rules[-1])] if rules else []
    assigned = [assignment["assignee"]["id"] for assignment in incident["assignments"]]
    escalates = (
        incident["status"] == "triggered"
        and incident["urgency"] == "high"
        and incident["assigned_via"] == "escalation_policy"
        and assigned != last
    )
    due = datetime.now(UTC) + timedelta(minutes=ESCALATION_MINUTES)
    incident["pending_actions"] = [{"type": "escalate", "at": iso(due)}] if escalates else []


def _ignores_level(incident: Json, body: Json) -> bool:
    """Return whether PagerDuty silently ignores an escalation."""
    urgency = body.get("urgency") or incident["urgency"]
    return bool(urgency == "low" or incident["assigned_via"] == "direct_assignment")


def _check_transition(incident: Json, status: str | None, *, assigns: bool) -> None:
    before = incident["status"]
    if before == "resolved" and (status == "resolved" or (assigns and status is None)):
        raise ApiError(1001, "Incident Already Resolved")
    if before == "resolved" and status and "resolve_reason" in incident:
        raise ApiError(1019, "Incident Already Merged")
    if before == status == "acknowledged":
        raise ApiError(1002, "Incident Already Acknowledged")


def _notifies(update: Update, before: str) -> bool:
    if before == update.status:
        return update.assignment is not None
    assigns = any(update.body.get(name) for name in _ASSIGNMENT_LOG)
    return update.status == "triggered" or (assigns and update.assignment is not None)


def _set_fields(state: PagerDutyState, incident: Json, body: Json, agent: Json) -> None:
    fields = {name: body[name] for name in _COPIED if body.get(name)}
    if body.get("priority"):
        fields["priority"] = priority(state, body["priority"])
    changed = [name for name, value in fields.items() if incident.get(name) != value]
    incident |= fields
    if "title" in fields:
        title = fields["title"]
        incident |= {"summary": f"[#{incident['incident_number']}] {title}", "description": title}
    if changed:
        log(state, incident, "field_value_change", agent=agent, changeset=changed)
    urgency = body.get("urgency") or incident["urgency"]
    if urgency != incident["urgency"]:
        incident["urgency"] = urgency
        log(state, incident, "urgency_change", agent=agent)
