"""Schedules as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from .schedules import FIRST_HANDOFF, Override, Schedule, Shift
from .seed_schedules import schedule_thing
from .things import Json, iso, reference

if TYPE_CHECKING:
    from .state import PagerDutyState

_TIME_ZONE = "Etc/UTC"


def show_schedule(state: PagerDutyState, schedule: Schedule) -> Json:
    """Show what all schedules have: name, time zone, policies, users."""
    policies = [
        reference(policy)
        for policy in state.escalation_policies.values()
        if schedule.id in {t["id"] for rule in policy["escalation_rules"] for t in rule["targets"]}
    ]
    return {
        **schedule_thing(schedule),
        "name": schedule.name,
        "description": f"{schedule.name}, around the clock",
        "time_zone": _TIME_ZONE,
        "escalation_policies": policies,
        "users": [reference(state.users[user]) for user in schedule.users],
        "teams": [],
    }


def show_details(
    state: PagerDutyState, schedule: Schedule, since: datetime, until: datetime
) -> Json:
    """Show a v2 schedule with its layer, its overrides, and who is on call in a range of time."""
    final = schedule.clipped(since, until)
    overrides = [shift for shift in final if isinstance(shift.source, Override)]
    regular = Schedule(schedule.id, schedule.name, schedule.users, turn=schedule.turn)
    return {
        **show_schedule(state, schedule),
        "schedule_layers": [_layer(state, regular, since, until)],
        "overrides_subschedule": {
            "name": "Overrides",
            "rendered_schedule_entries": _entries(state, overrides),
        },
        "final_schedule": {
            "name": "Final Schedule",
            "rendered_schedule_entries": _entries(state, final),
            "rendered_coverage_percentage": 100.0,
        },
    }


def show_details_v3(schedule: Schedule) -> Json:
    """Show the rotation of a v3 schedule; who is on call comes with ``include[]`` only."""
    members = [_member(user) for user in schedule.users]
    event = {
        "id": f"{schedule.id}EVENT",
        "type": "schedule_event",
        "name": "Around the clock",
        "start_time": {"date_time": iso(FIRST_HANDOFF), "time_zone": _TIME_ZONE},
        "end_time": {"date_time": iso(FIRST_HANDOFF + schedule.turn), "time_zone": _TIME_ZONE},
        "effective_since": iso(FIRST_HANDOFF),
        "effective_until": None,
        "recurrence": ["RRULE:FREQ=WEEKLY"],
        "assignment_strategy": {
            "type": "rotating_member_assignment_strategy",
            "shifts_per_member": 1,
            "members": members,
        },
    }
    rotation = {"id": schedule.rotation, "type": "schedule_rotation", "events": [event]}
    return {"rotations": [rotation]}


def show_final_v3(schedule: Schedule, since: datetime, until: datetime) -> Json:
    """Show who is on call on a v3 schedule in a range of time."""
    shifts = schedule.clipped(since, until)
    return {
        "type": "final_schedule",
        "rendered_coverage_percentage": 100,
        "computed_shift_assignments": [_assignment(schedule, shift) for shift in shifts],
    }


def show_override(state: PagerDutyState, override: Override) -> Json:
    """Show an override of a v2 schedule."""
    return {"id": override.id, **_entry(state, override.user, override.start, override.end)}


def show_override_v3(schedule: Schedule, override: Override) -> Json:
    """Show an override of a v3 schedule."""
    return {
        "id": override.id,
        "type": "override_shift",
        "rotation_id": schedule.rotation,
        "start_time": iso(override.start),
        "end_time": iso(override.end),
        "overridden_member": _member(override.replaces),
        "overriding_member": _member(override.user),
    }


def _layer(state: PagerDutyState, regular: Schedule, since: datetime, until: datetime) -> Json:
    return {
        "id": f"{regular.id}LAYER",
        "name": "Layer 1",
        "start": iso(FIRST_HANDOFF),
        "rotation_virtual_start": iso(FIRST_HANDOFF),
        "rotation_turn_length_seconds": int(regular.turn.total_seconds()),
        "users": [{"user": reference(state.users[user])} for user in regular.users],
        "restrictions": [],
        "rendered_schedule_entries": _entries(state, regular.clipped(since, until)),
        "rendered_coverage_percentage": 100.0,
    }


def _entries(state: PagerDutyState, shifts: Iterable[Shift]) -> list[Json]:
    return [_entry(state, shift.source.user, shift.start, shift.end) for shift in shifts]


def _entry(state: PagerDutyState, user: str | None, start: datetime, end: datetime) -> Json:
    who = {"user": reference(state.users[user])} if user is not None else {}
    return {"start": iso(start), "end": iso(end), **who}


def _assignment(schedule: Schedule, shift: Shift) -> Json:
    source = {"type": "schedule_rotation", "rotation_id": schedule.rotation}
    if isinstance(shift.source, Override):
        source |= {"type": "schedule_rotation_override", "override_id": shift.source.id}
    return {
        "type": "computed_shift_assignment",
        "start_time": iso(shift.start),
        "end_time": iso(shift.end),
        "member": _member(shift.source.user),
        "source": source,
    }


def _member(user: str | None) -> Json:
    if user is None:
        return {"type": "empty_member"}
    return {"type": "user_member", "user_id": user}
