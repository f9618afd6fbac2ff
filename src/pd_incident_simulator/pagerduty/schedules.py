"""Schedules, layer-based (v2) and shift-based (v3), and their overrides.

https://developer.pagerduty.com/api-reference/ under Schedules and Schedules v3.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pd_incident_simulator.exchange import Reply, Request

from .objects import (
    ApiError,
    Json,
    invalid,
    invalid_fields,
    iso,
    parse_time,
    reference,
    resolve,
)
from .rest import Routes, get_objects, lookup, named, page, time_range
from .schedule_model import WEEK, Override, Schedule, Shift
from .seed import schedule_object
from .state import PagerDutyState

_TIME_ZONE = "Etc/UTC"
_FIELDS = {"start", "end", "user", "time_zone", "id", "type", "summary"}
_FIELDS_V3 = {
    "type",
    "rotation_id",
    "custom_shift_id",
    "start_time",
    "end_time",
    "overridden_member",
    "overriding_member",
}

routes = Routes()


@routes("GET", "/schedules")
def list_schedules(state: PagerDutyState, request: Request) -> Reply:
    """List v2 schedules whose name contains the query."""
    schedules = [_show(state, one) for one in state.schedules.values() if not one.is_v3]
    return page(request, "schedules", named(request, schedules))


@routes("GET", "/schedules/{id}/overrides")
def list_overrides(state: PagerDutyState, request: Request) -> Reply:
    """List the overrides in a range of time."""
    found = _overrides(_schedule(state, request), request)
    return Reply(200, {"overrides": [_show_override(state, override) for override in found]})


@routes("POST", "/schedules/{id}/overrides")
def create_overrides(state: PagerDutyState, request: Request) -> Reply:
    """Create overrides; the reply is 201 whatever the status of each."""
    schedule = _schedule(state, request)
    items = get_objects(request.json, "overrides")
    return Reply(201, [_create_override(state, schedule, item) for item in items])


@routes("DELETE", "/schedules/{id}/overrides/{override}")
def delete_override(state: PagerDutyState, request: Request) -> Reply:
    """Remove an override: 204; 200 if it had begun, and so ends now."""
    schedule = _schedule(state, request)
    return Reply(200 if _end(schedule, schedule.overrides, request) else 204)


@routes("GET", "/v3/schedules")
def list_schedules_v3(state: PagerDutyState, request: Request) -> Reply:
    """List v3 schedules in their short form; there is no query."""
    found = [reference(schedule_object(one)) for one in state.schedules.values() if one.is_v3]
    return page(request, "schedules", found)


@routes("GET", "/v3/schedules/{id}")
def get_schedule_v3(state: PagerDutyState, request: Request) -> Reply:
    """Return a v3 schedule; a v2 one is a 400."""
    schedule = _schedule(state, request, v3=True)
    shown = _show(state, schedule)
    if "final_schedule" in request.params("include[]"):
        present = datetime.now(UTC)
        since, until = time_range(request, (present, present + 2 * WEEK))
        shown["final_schedule"] = _final_schedule(schedule, since, until)
    return Reply(200, {"schedule": shown})


@routes("GET", "/v3/schedules/{id}/overrides")
def list_overrides_v3(state: PagerDutyState, request: Request) -> Reply:
    """List the overrides in a range of time."""
    schedule = _schedule(state, request, v3=True)
    found = [_show_override_v3(schedule, one) for one in _overrides(schedule, request)]
    return page(request, "overrides", found)


@routes("POST", "/v3/schedules/{id}/overrides")
def create_overrides_v3(state: PagerDutyState, request: Request) -> Reply:
    """Create overrides, each of one member of the rotation: all of them, or none."""
    schedule = _schedule(state, request, v3=True)
    items = get_objects(request.json, "overrides")
    overrides = [_parse_override_v3(state, schedule, item) for item in items]
    schedule.overrides.extend(overrides)
    return Reply(201, {"overrides": [_show_override_v3(schedule, one) for one in overrides]})


@routes("DELETE", "/v3/schedules/{id}/overrides/{override}")
def delete_override_v3(state: PagerDutyState, request: Request) -> Reply:
    """Remove an override; one that has begun ends now."""
    schedule = _schedule(state, request, v3=True)
    _end(schedule, schedule.overrides, request)
    return Reply(204)


@routes("GET", "/v3/schedules/{id}/custom_shifts")
def list_custom_shifts(state: PagerDutyState, request: Request) -> Reply:
    """List the custom shifts in a range of time."""
    schedule = _schedule(state, request, v3=True)
    found = _overlapping(schedule.custom_shifts, request)
    return page(request, "custom_shifts", list(map(_show_custom_shift, found)))


@routes("POST", "/v3/schedules/{id}/custom_shifts")
def create_custom_shifts(state: PagerDutyState, request: Request) -> Reply:
    """Create shifts of one person each, in addition to the rotations: all of them, or none."""
    schedule = _schedule(state, request, v3=True)
    items = get_objects(request.json, "custom_shifts")
    shifts = [_parse_custom_shift(state, item) for item in items]
    schedule.custom_shifts.extend(shifts)
    return Reply(201, {"custom_shifts": list(map(_show_custom_shift, shifts))})


@routes("DELETE", "/v3/schedules/{id}/custom_shifts/{override}")
def delete_custom_shift(state: PagerDutyState, request: Request) -> Reply:
    """Remove a custom shift; one that has begun ends now."""
    schedule = _schedule(state, request, v3=True)
    _end(schedule, schedule.custom_shifts, request)
    return Reply(204)


def _end(schedule: Schedule, overrides: list[Override], request: Request) -> bool:
    """End an override; return whether it had begun. What is over can't be changed."""
    override, now = lookup({o.id: o for o in overrides}, request, "override"), datetime.now(UTC)
    if override.end <= now:
        raise invalid("Override is in the past")
    schedule.end(overrides, override, now)
    return override.start < now


def _schedule(state: PagerDutyState, request: Request, *, v3: bool = False) -> Schedule:
    schedule = lookup(state.schedules, request)
    if schedule.is_v3 != v3:
        raise invalid(f"Use {'/v3' if schedule.is_v3 else ''}/schedules for this schedule")
    return schedule


def _overrides(schedule: Schedule, request: Request) -> list[Override]:
    return _overlapping(schedule.overrides, request)


def _overlapping(overrides: list[Override], request: Request) -> list[Override]:
    since, until = time_range(request)
    return [one for one in overrides if one.start < until and one.end > since]


def _create_override(state: PagerDutyState, schedule: Schedule, item: Json) -> Json:
    try:
        override = _parse_override(state, item)
    except ApiError as error:
        return {"status": 400, "errors": error.errors, "override": item}
    schedule.overrides.append(override)
    return {"status": 201, "override": _show_override(state, override)}


def _parse_override(state: PagerDutyState, item: Json) -> Override:
    unknown = sorted(item.keys() - _FIELDS)
    if unknown:
        raise invalid(*(f"{name} is not a field of an override" for name in unknown))
    start = parse_time(item.get("start"), "Override's start")
    end = parse_time(item.get("end"), "Override's end")
    if end <= max(start, datetime.now(UTC)):
        raise invalid("Override must end after its start, and in the future")
    user = resolve(state.users, item.get("user"))
    return Override(state.next_id("Q0OVERRIDE"), start, end, user["id"])


def _parse_override_v3(state: PagerDutyState, schedule: Schedule, item: Json) -> Override:
    if unknown := item.keys() - _FIELDS_V3:
        raise invalid_fields(**dict.fromkeys(sorted(unknown), "is unknown"))
    if item.get("type") != "override_shift":
        raise invalid_fields(type="must be override_shift")
    if item.get("custom_shift_id") or item.get("rotation_id") != schedule.rotation:
        raise invalid_fields(rotation_id="must be the id of the schedule's rotation")
    start, end = _times(item)
    replaced = _member(state, item, "overridden_member")
    if replaced not in schedule.users:
        raise invalid_fields(overridden_member="is not a member of the rotation")
    user = _member(state, item, "overriding_member")
    return Override(state.next_id("OVERRIDE"), start, end, user, replaced)


def _parse_custom_shift(state: PagerDutyState, item: Json) -> Override:
    if unknown := item.keys() - {"type", "start_time", "end_time", "assignments"}:
        raise invalid_fields(**dict.fromkeys(sorted(unknown), "is unknown"))
    if item.get("type") != "custom_shift":
        raise invalid_fields(type="must be custom_shift")
    assignments = item.get("assignments")
    if not isinstance(assignments, list) or len(assignments) != 1:
        raise invalid_fields(assignments="must be exactly one")
    start, end = _times(item)
    return Override(state.next_id("CUSTOM"), start, end, _member(state, assignments[0], "member"))


def _times(item: Json) -> tuple[datetime, datetime]:
    start, end = _time(item, "start_time"), _time(item, "end_time")
    if end <= max(start, datetime.now(UTC)):
        raise invalid_fields(end_time="must be after start_time, and in the future")
    return start, end


def _time(item: Json, name: str) -> datetime:
    try:
        return parse_time(item.get(name), name)
    except ApiError:
        raise invalid_fields(**{name: "is not a valid date"}) from None


def _member(state: PagerDutyState, item: Json, name: str) -> str | None:
    """Return the user id of a member, or None for nobody."""
    member = item.get(name)
    if member == {"type": "empty_member"}:
        return None
    user = member.get("user_id") if isinstance(member, dict) else None
    if user not in state.users or member != _show_member(user):
        raise invalid_fields(**{name: "must be a user_member with a known user_id"})
    return str(user)


def _show(state: PagerDutyState, schedule: Schedule) -> Json:
    policies = [
        reference(policy)
        for policy in state.escalation_policies.values()
        if schedule.id in {t["id"] for rule in policy["escalation_rules"] for t in rule["targets"]}
    ]
    return {
        **schedule_object(schedule),
        "name": schedule.name,
        "description": f"{schedule.name}, around the clock",
        "time_zone": _TIME_ZONE,
        "escalation_policies": policies,
        "users": [reference(state.users[user]) for user in schedule.users],
        "teams": [],
    }


def _show_override(state: PagerDutyState, override: Override) -> Json:
    user = {"user": reference(state.users[override.user])} if override.user else {}
    return {"id": override.id, "start": iso(override.start), "end": iso(override.end), **user}


def _show_override_v3(schedule: Schedule, override: Override) -> Json:
    return {
        "id": override.id,
        "type": "override_shift",
        "rotation_id": schedule.rotation,
        "start_time": iso(override.start),
        "end_time": iso(override.end),
        "overridden_member": _show_member(override.replaces),
        "overriding_member": _show_member(override.user),
    }


def _show_custom_shift(shift: Override) -> Json:
    return {
        "id": shift.id,
        "type": "custom_shift",
        "start_time": iso(shift.start),
        "end_time": iso(shift.end),
        "assignments": [
            {
                "id": f"{shift.id}A",
                "type": "shift_assignment",
                "member": _show_member(shift.user),
            }
        ],
    }


def _final_schedule(schedule: Schedule, since: datetime, until: datetime) -> Json:
    shifts = schedule.shifts(since, until)
    return {
        "type": "final_schedule",
        "rendered_coverage_percentage": 100,
        "computed_shift_assignments": [
            {
                "type": "computed_shift_assignment",
                "start_time": iso(max(shift.start, since)),
                "end_time": iso(min(shift.end, until)),
                "member": _show_member(shift.source.user),
                "source": _source(schedule, shift),
            }
            for shift in shifts
        ],
    }


def _source(schedule: Schedule, shift: Shift) -> Json:
    if shift.source in schedule.custom_shifts:
        return {"type": "custom_shift", "shift_id": shift.source.id}
    if isinstance(shift.source, Override):
        kind = {"type": "schedule_rotation_override", "override_id": shift.source.id}
    else:
        kind = {"type": "schedule_rotation"}
    return kind | {"rotation_id": schedule.rotation}


def _show_member(user: str | None) -> Json:
    return {"type": "user_member", "user_id": user} if user else {"type": "empty_member"}
