"""Overrides of v2 schedules: each item of a request stands or falls by itself.

https://developer.pagerduty.com/api-reference/ under Schedules, Create One or More Overrides.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .schedule_views import show_override
from .schedules import Override, Schedule
from .things import Json, RefusedError, invalid, known, missing
from .times import moment

if TYPE_CHECKING:
    from .state import PagerDutyState

_MEMBERS = frozenset({"start", "end", "user", "time_zone", "id", "type", "summary"})


def add_overrides(state: PagerDutyState, schedule: Schedule, wanted: object) -> list[Json]:
    """Add overrides, those that are right.

    Args:
        state: the account.
        schedule: the schedule; it is changed in place.
        wanted: the request's list of overrides: ``start``, ``end`` and ``user`` each.

    Returns:
        For each item its ``status``, 201 or 400, the ``override``, and ``errors`` with a 400.

    Raises:
        RefusedError: there is no such list.
    """
    if not isinstance(wanted, list) or not wanted:
        raise invalid("Overrides must be a list that isn't empty")
    return [_add(state, schedule, item) for item in wanted]


def remove_override(schedule: Schedule, identifier: str) -> bool:
    """Remove an override that is to come, or end one that has begun.

    Args:
        schedule: the schedule; it is changed in place.
        identifier: the override's id.

    Returns:
        Whether it has begun, so that it was cut short only.

    Raises:
        RefusedError: it doesn't exist, or is over.
    """
    override = next((o for o in schedule.overrides if o.id == identifier), None)
    if override is None:
        raise missing()
    present = datetime.now(UTC)
    if override.end <= present:
        raise invalid("A past override cannot be removed")
    place = schedule.overrides.index(override)
    if override.start > present:
        del schedule.overrides[place]
        return False
    schedule.overrides[place] = Override(
        override.id, override.start, present, override.user, override.replaces
    )
    return True


def _add(state: PagerDutyState, schedule: Schedule, item: object) -> Json:
    try:
        override = _override(state, item)
    except RefusedError as refusal:
        shown = item if isinstance(item, dict) else {}
        return {"status": 400, "errors": refusal.errors, "override": shown}
    schedule.overrides.append(override)
    return {"status": 201, "override": show_override(state, override)}


def _override(state: PagerDutyState, item: object) -> Override:
    if not isinstance(item, dict):
        raise invalid("Override must be an object")
    unknown = sorted(item.keys() - _MEMBERS)
    if unknown:
        raise invalid(*(f"{name} is not a field of an override" for name in unknown))
    start = moment(item.get("start"), "Override's start")
    end = moment(item.get("end"), "Override's end")
    if end <= start:
        raise invalid("Override must end after its start")
    if end <= datetime.now(UTC):
        raise invalid("Override's end can't be in the past")
    user = known(state.users, item.get("user"), invalid())
    return Override(state.next_id("Q0OVERRIDE"), start, end, user["id"])
