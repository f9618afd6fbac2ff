"""Which level of its escalation policy an incident is on, and where it can go from there.

https://support.pagerduty.com/main/docs/escalation-policies
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Impossible
from .on_call import shifts_of
from .providers.pagerduty import to_incident
from .providers.pagerduty_on_call import OnCalls

if TYPE_CHECKING:
    from .on_call import Shift
    from .outcome import Incident
    from .providers.pagerduty import Json, PagerDuty


def refuse_what_is_ignored(json: Json, urgency: str | None) -> None:
    """Stop where PagerDuty would accept another level and do nothing.

    Args:
        json: the incident as PagerDuty shows it.
        urgency: the urgency that it gets along with the level, or None.

    Raises:
        Impossible: it has low urgency, or is assigned to people without a policy's doing.
    """
    incident = to_incident(json)
    what = f"Incident {incident.name} was not escalated to another level"
    if (urgency or incident.urgency) == "low":
        raise Impossible(
            what,
            "it has low urgency, with which PagerDuty escalates nothing",
            "give urgency: high as well",
        )
    if json.get("assigned_via") == "direct_assignment":
        raise Impossible(
            what,
            "it is assigned to a person directly, so that no policy's level applies",
            "give an escalation-policy instead, or another person with operation: reassign",
        )


def next_level(json: Json, pagerduty: PagerDuty) -> int:
    """Find the level after the one that an incident is on.

    Args:
        json: the incident as PagerDuty shows it.
        pagerduty: the REST API.

    Returns:
        The level, counted from 1.

    Raises:
        Impossible: it is on the last level already.
        ApiError: PagerDuty refused or wasn't reached.
    """
    incident = to_incident(json)
    policy = str((json.get("escalation_policy") or {}).get("id") or "")
    on_calls = OnCalls(pagerduty)
    levels = len(on_calls.policy(policy).get("escalation_rules") or [])
    now = current_level(incident, shifts_of(on_calls.of_policy(policy)))
    if now >= levels:
        raise Impossible(
            f"Incident {incident.name} is on level {now}, the last of policy "
            f"{incident.escalation_policy}, and was not escalated",
            "there is no further level",
            "give another escalation-policy, or ask more people with operation: add-responders",
        )
    return now + 1


def current_level(incident: Incident, shifts: tuple[Shift, ...]) -> int:
    """Tell the level of whoever has the incident.

    PagerDuty doesn't show the level, but who is assigned, and who is on call on which level.

    Args:
        incident: the incident.
        shifts: who is on call on each level of its policy.

    Returns:
        The highest level on which one of the assignees is on call; 1 if nobody is.
    """
    assigned = set(incident.assignees)
    return max((shift.level for shift in shifts if shift.user in assigned), default=1)
