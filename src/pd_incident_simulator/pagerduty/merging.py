"""Merging incidents: the sources are resolved, and their alerts go to the target.

https://developer.pagerduty.com/api-reference/ under Incidents, Merge Incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .statuses import set_status
from .things import Json, RefusedError, invalid, reference

if TYPE_CHECKING:
    from .state import PagerDutyState


def merge(state: PagerDutyState, target: Json, sources: list[Json], requester: Json) -> None:
    """Merge incidents into another, all of them or none.

    Args:
        state: the account.
        target: the incident that stays.
        sources: those that are merged into it.
        requester: the user who asks.

    Raises:
        RefusedError: one of them is resolved, merged already, or the target itself.
    """
    for incident in (target, *sources):
        _check(incident)
    if any(source["id"] == target["id"] for source in sources):
        raise invalid("An incident cannot be merged into itself")
    if len({source["id"] for source in sources}) < len(sources):
        raise invalid("Source incidents must be different ones")
    for source in sources:
        _merge_one(state, target, source, reference(requester))


def _check(incident: Json) -> None:
    if "resolve_reason" in incident:
        raise RefusedError(1019, "Incident Already Merged", f"{incident['id']} was merged")
    if incident["status"] == "resolved":
        raise RefusedError(1001, "Incident Already Resolved", f"{incident['id']} is resolved")


def _merge_one(state: PagerDutyState, target: Json, source: Json, by: Json) -> None:
    moved = state.alerts.pop(source["id"], [])
    for alert in moved:
        alert["incident"] = reference(target)
    state.alerts.setdefault(target["id"], []).extend(moved)
    counts = source["alert_counts"]
    target["alert_counts"] = {
        name: count + counts[name] for name, count in target["alert_counts"].items()
    }
    set_status(state, source, "resolved", by)
    reason = {"type": "merge_resolve_reason", "incident": reference(target)}
    source |= {"resolve_reason": reason, "is_mergeable": False}
