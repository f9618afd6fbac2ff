"""Who is to look after an incident: a level of an escalation policy, or people by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .oncalls import people_on
from .seed import ESCALATION_MINUTES
from .things import Json, RefusedError, invalid, iso, known, now, reference

if TYPE_CHECKING:
    from .state import PagerDutyState

_TARGETS = ("escalation_level", "escalation_policy", "assignments")


@dataclass(frozen=True)
class Assignment:
    """Who is to look after an incident.

    Attributes:
        policy: the escalation policy in force.
        people: who is assigned.
        is_direct: whether they were named, which stops automatic escalation.
    """

    policy: Json
    people: list[Json]
    is_direct: bool = False


def chosen(state: PagerDutyState, wanted: Json, current: Json) -> Assignment | None:
    """Work out whom a request assigns.

    Args:
        state: the account.
        wanted: the request's incident.
        current: the escalation policy in force until now.

    Returns:
        The assignment, or None where the request asks for none.

    Raises:
        RefusedError: it asks for two at once, or for what doesn't exist.
    """
    targets = [name for name in _TARGETS if wanted.get(name) is not None]
    if len(targets) > 1:
        raise invalid(f"Give one of {', '.join(targets)}, not more")
    if "assignments" in targets:
        return Assignment(current, _people(state, wanted["assignments"]), is_direct=True)
    if "escalation_level" in targets:
        return on_level(state, current, wanted["escalation_level"])
    if targets:
        return on_level(state, wanted["escalation_policy"], 1)
    return None


def on_level(state: PagerDutyState, policy: object, level: object) -> Assignment:
    """Assign whoever is on call on a level, counted from 1, of an escalation policy."""
    refusal = RefusedError(1014, "Escalation Policy Not Found")
    found = known(state.escalation_policies, policy, refusal)
    rules = found["escalation_rules"]
    if not rules:
        raise _nobody()
    if not isinstance(level, int):
        raise invalid("Escalation level must be an integer")
    if not 1 <= level <= len(rules):
        raise RefusedError(1006, "Incident Cannot Be Escalated", f"There is no level {level}")
    # A level where nobody is on call is passed over.
    people = next((who for rule in rules[level - 1 :] if (who := people_on(state, rule))), None)
    if people is None:
        raise _nobody()
    return Assignment(found, people)


def assign(incident: Json, assignment: Assignment) -> None:
    """Put an assignment into effect."""
    at = now()
    incident |= {
        "escalation_policy": reference(assignment.policy),
        "assigned_via": "direct_assignment" if assignment.is_direct else "escalation_policy",
        "assignments": [{"at": at, "assignee": reference(user)} for user in assignment.people],
        "pending_actions": [],
    }


def schedule_escalation(state: PagerDutyState, incident: Json) -> None:
    """Work out whether and when an incident escalates by itself."""
    rules = state.escalation_policies[incident["escalation_policy"]["id"]]["escalation_rules"]
    last = [user["id"] for user in people_on(state, rules[-1])] if rules else []
    assigned = [assignment["assignee"]["id"] for assignment in incident["assignments"]]
    escalates = (
        incident["status"] == "triggered"
        and incident["urgency"] == "high"
        and incident["assigned_via"] == "escalation_policy"
        and assigned != last
    )
    if incident["status"] == "acknowledged":
        # What wakes a snoozed incident again stays due.
        return
    due = datetime.now(UTC) + timedelta(minutes=ESCALATION_MINUTES)
    incident["pending_actions"] = [{"type": "escalate", "at": iso(due)}] if escalates else []


def _nobody() -> RefusedError:
    words = "No one is on call for this escalation policy"
    return RefusedError(1015, "Nobody On Call", words)


def _people(state: PagerDutyState, assignments: object) -> list[Json]:
    if not isinstance(assignments, list):
        raise invalid("Assignments must be a list")
    assignees = [item.get("assignee") if isinstance(item, dict) else None for item in assignments]
    return [
        known(state.users, assignee, RefusedError(1007, "Assignee Not Found"))
        for assignee in assignees
    ]
