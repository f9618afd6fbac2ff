"""Overrides of v3 schedules: each replaces one member of one rotation; all of them, or none.

https://developer.pagerduty.com/api-reference/ under Schedules v3.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .schedules import Override, Schedule
from .things import Json, RefusedError
from .times import moment

if TYPE_CHECKING:
    from .state import PagerDutyState

_MEMBERS = frozenset(
    {
        "type",
        "rotation_id",
        "custom_shift_id",
        "start_time",
        "end_time",
        "overridden_member",
        "overriding_member",
    }
)


class FieldsRefusedError(Exception):
    """Version 3 says no, field by field.

    Args:
        fields: what is wrong with each field.
    """

    def __init__(self, **fields: str) -> None:
        super().__init__("Invalid Input Provided")
        self.fields = {name: [text] for name, text in fields.items()}


def add_overrides_v3(state: PagerDutyState, schedule: Schedule, wanted: object) -> list[Override]:
    """Add overrides to a v3 schedule.

    Args:
        state: the account.
        schedule: the schedule; it is changed in place.
        wanted: the request's list of overrides.

    Raises:
        FieldsRefusedError: one of them is wrong; none is added.
    """
    if not isinstance(wanted, list) or not wanted:
        raise FieldsRefusedError(overrides="must be a list that isn't empty")
    overrides = [_override(state, schedule, item) for item in wanted]
    schedule.overrides.extend(overrides)
    return overrides


def _override(state: PagerDutyState, schedule: Schedule, item: object) -> Override:
    if not isinstance(item, dict):
        raise FieldsRefusedError(overrides="must hold objects")
    _check_form(item)
    _check_rotation(schedule, item)
    start, end = _time(item, "start_time"), _time(item, "end_time")
    if end <= start:
        raise FieldsRefusedError(end_time="must be after start_time")
    if end <= datetime.now(UTC):
        raise FieldsRefusedError(end_time="can't be in the past")
    replaced = _member(state, item, "overridden_member")
    if replaced not in schedule.users:
        raise FieldsRefusedError(overridden_member="is not a member of the rotation")
    standing_in = _member(state, item, "overriding_member")
    return Override(state.next_id("OVERRIDE"), start, end, standing_in, replaced)


def _check_form(item: Json) -> None:
    unknown = item.keys() - _MEMBERS
    if unknown:
        raise FieldsRefusedError(**dict.fromkeys(sorted(unknown), "is unknown"))
    if item.get("type") != "override_shift":
        raise FieldsRefusedError(type="must be override_shift")


def _check_rotation(schedule: Schedule, item: Json) -> None:
    if bool(item.get("rotation_id")) == bool(item.get("custom_shift_id")):
        raise FieldsRefusedError(rotation_id="give either rotation_id or custom_shift_id")
    if item.get("custom_shift_id"):
        raise FieldsRefusedError(custom_shift_id="was not found")
    if item["rotation_id"] != schedule.rotation:
        raise FieldsRefusedError(rotation_id="was not found")


def _time(item: Json, name: str) -> datetime:
    try:
        return moment(item.get(name), name)
    except RefusedError:
        raise FieldsRefusedError(**{name: "is not a valid date"}) from None


def _member(state: PagerDutyState, item: Json, name: str) -> str | None:
    """Read a member: the id of a user, or None for nobody."""
    member = item.get(name)
    kind = member.get("type") if isinstance(member, dict) else None
    if kind == "empty_member":
        return None
    user = member.get("user_id") if isinstance(member, dict) else None
    if kind != "user_member" or not isinstance(user, str) or user not in state.users:
        raise FieldsRefusedError(**{name: "must be a user_member with a known user_id"})
    return user
