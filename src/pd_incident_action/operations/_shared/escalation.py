"""Which level of its escalation policy an incident is on, and where it can go from there.

https://support.pagerduty.com/main/docs/escalation-policies
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from pd_incident_action.errors import NotApplicable
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.models import OnCall, PagerDutyIncident
from pd_incident_action.pagerduty.on_calls import OnCalls


def ensure_escalatable(incident: PagerDutyIncident, urgency: str | None) -> None:
    """Check that PagerDuty wouldn't accept another level and do nothing.

    Args:
        incident: the incident.
        urgency: the urgency that it gets along with the level, or None.

    Raises:
        NotApplicable: it has low urgency, or is assigned to people without a policy's doing.
    """
    what = f"Incident {incident.label} was not escalated to another level"
    if (urgency or incident.urgency) == "low":
        raise NotApplicable(
            what,
            "it has low urgency, with which PagerDuty escalates nothing",
            "give urgency: high as well",
        )
    if incident.is_directly_assigned:
        raise NotApplicable(
            what,
            "it is assigned to a person directly, so that no policy's level applies",
            "give an escalation-policy instead, or another person with operation: reassign",
        )


def next_level(incident: PagerDutyIncident, pagerduty: PagerDuty) -> int:
    """Find the next level, counted from 1, that pages somebody who doesn't have the incident yet.

    Raises:
        NotApplicable: no later level has anybody else on call, or it is unknown which level the
            incident is on.
        ApiError: PagerDuty refused or wasn't reached.
    """
    policy, assigned = incident.escalation_policy, incident.assignee_ids
    people = _people_by_level(pagerduty, policy.id)
    level = current_level(assigned, people)
    assigned_at = max((one.at for one in incident.assignments), default="")
    if level is None and assigned_at:
        # Somebody else's shift may have begun since.
        level = current_level(assigned, _people_by_level(pagerduty, policy.id, assigned_at))
    if level is None:
        who = ", ".join(filter(None, incident.to_incident().assignees)) or "nobody"
        raise NotApplicable(
            f"Could not determine the escalation level of incident {incident.label}, and it was "
            "not escalated",
            f"it is assigned to {who}, and policy {policy.label} has them on call on no level",
            "give escalation-level as a number",
        )
    later = [one for one in people if one > level and not people[one] <= assigned]
    if not later:
        raise NotApplicable(
            f"Incident {incident.label} is on level {level}, the last of policy {policy.label} "
            "with anybody else on call, and was not escalated",
            "there is nobody left to page",
            "give another escalation-policy, or ask more people with operation: add-responders",
        )
    return min(later)


def people_by_level(on_calls: Iterable[OnCall]) -> dict[int, set[str]]:
    """Group the ids of who is on call by level; PagerDuty passes over levels without anybody."""
    people: dict[int, set[str]] = {}
    for one in on_calls:
        people.setdefault(one.level, set()).add(one.user.id)
    return people


def current_level(assigned: AbstractSet[str], people: Mapping[int, AbstractSet[str]]) -> int | None:
    """Determine the level of whoever has the incident.

    PagerDuty doesn't show the level, but who is assigned, and who is on call on which level. Of
    several levels that fit, the lowest counts: somebody may then be paged again, but no level is
    left out.

    Args:
        assigned: ids of who has the incident; whoever acknowledges it may have it alone.
        people: ids of who is on call, by level.

    Returns:
        The lowest level with all of them on call, else with some of them; None without any.
    """
    all_of_them = [level for level, on_call in people.items() if assigned and assigned <= on_call]
    some_of_them = [level for level, on_call in people.items() if assigned & on_call]
    return min(all_of_them or some_of_them, default=None)


def _people_by_level(pagerduty: PagerDuty, policy_id: str, moment: str = "") -> dict[int, set[str]]:
    return people_by_level(OnCalls(pagerduty).of_policies([policy_id], moment))
