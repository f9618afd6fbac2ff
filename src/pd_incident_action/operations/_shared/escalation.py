"""Which level of its escalation policy an incident is on, and where it can go from there.

https://support.pagerduty.com/main/docs/escalation-policies
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.errors import NotApplicable
from pd_incident_action.pagerduty.models import OnCall, PagerDutyIncident
from pd_incident_action.pagerduty.on_calls import OnCalls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from pd_incident_action.pagerduty.client import PagerDuty


def ensure_escalatable(json: PagerDutyIncident, urgency: str | None) -> None:
    """Stop where PagerDuty would accept another level and do nothing.

    Args:
        json: the incident as PagerDuty shows it.
        urgency: the urgency that it gets along with the level, or None.

    Raises:
        Impossible: it has low urgency, or is assigned to people without a policy's doing.
    """
    incident = json.to_incident()
    what = f"Incident {incident.name} was not escalated to another level"
    if (urgency or incident.urgency) == "low":
        raise NotApplicable(
            what,
            "it has low urgency, with which PagerDuty escalates nothing",
            "give urgency: high as well",
        )
    if json.assigned_via == "direct_assignment":
        raise NotApplicable(
            what,
            "it is assigned to a person directly, so that no policy's level applies",
            "give an escalation-policy instead, or another person with operation: reassign",
        )


def next_level(json: PagerDutyIncident, pagerduty: PagerDuty) -> int:
    """Find the next level that pages somebody who doesn't have the incident yet.

    Args:
        json: the incident as PagerDuty shows it.
        pagerduty: the REST API.

    Returns:
        The level, counted from 1.

    Raises:
        Impossible: no later level has anybody else on call, or nobody can tell which level it is
            on.
        ApiError: PagerDuty refused or wasn't reached.
    """
    incident, policy_id = json.to_incident(), json.escalation_policy.id
    assigned, since = assigned_ids(json), _assigned_since(json)
    on_calls = OnCalls(pagerduty)
    people = people_by_level(on_calls.of_policies([policy_id]))
    now = current_level(assigned, people)
    if now is None and since:
        # Somebody else's shift may have begun since.
        then = people_by_level(on_calls.of_policies([policy_id], since))
        now = current_level(assigned, then)
    if now is None:
        who = ", ".join(filter(None, incident.assignees)) or "nobody"
        raise NotApplicable(
            f"Nobody can tell which level incident {incident.name} is on, and it was not escalated",
            f"it is assigned to {who}, and policy {incident.escalation_policy} has them on call on "
            "no level",
            "give escalation-level as a number",
        )
    later = [level for level in people if level > now and not people[level] <= assigned]
    if not later:
        raise NotApplicable(
            f"Incident {incident.name} is on level {now}, the last of policy "
            f"{incident.escalation_policy} with anybody else on call, and was not escalated",
            "there is nobody left to page",
            "give another escalation-policy, or ask more people with operation: add-responders",
        )
    return min(later)


def assigned_ids(json: PagerDutyIncident) -> frozenset[str]:
    """List the ids of who has an incident."""
    assignees = [one.get("assignee") or {} for one in json.get("assignments") or ()]
    return frozenset(str(one["id"]) for one in assignees if one.get("id"))


def people_by_level(on_calls: Iterable[OnCall]) -> dict[int, set[str]]:
    """Return the ids of who is on call, by level.

    Levels without anybody are left out, as PagerDuty passes over them.
    """
    people: dict[int, set[str]] = {}
    for one in on_calls:
        people.setdefault(one.level, set()).add(one.user.id)
    return people


def current_level(assigned: AbstractSet[str], people: Mapping[int, AbstractSet[str]]) -> int | None:
    """Tell the level of whoever has the incident.

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


def _assigned_since(json: PagerDutyIncident) -> str:
    """Tell when the incident was assigned to whoever has it, or give nothing."""
    times = [str(one.get("at") or "") for one in json.get("assignments") or ()]
    return max(times, default="")
