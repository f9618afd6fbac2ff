"""Letting somebody stand in on a schedule, whichever of PagerDuty's two kinds it is.

A layer-based (v2) schedule takes a user and a time. A shift-based (v3) one wants to know whose
part of which rotation is taken over, so that has to be read first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.inputs.intervals import Interval, interval_from_api

from .schedules import override_v3

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .client import Json
    from .schedules import Schedules

_OTHER_KIND = frozenset({400, 404})
_CREATED = 201


@dataclass(frozen=True)
class TemporaryOverride:
    """Somebody's standing in.

    Attributes:
        id: PagerDuty's id of the override.
        user_id: PagerDuty's id of who stands in.
        user: that user's name where PagerDuty shows it, else the id.
        span: when.
    """

    id: str
    user_id: str
    user: str
    span: Interval


@dataclass(frozen=True)
class ScheduleOverrides:
    """A schedule, as far as standing in is concerned.

    Attributes:
        id: PagerDuty's id.
        covers: who stands in already in the time that was looked at.
        is_v3: whether it is a shift-based schedule.
        overridden: of a shift-based schedule, for whom they stand in, by the override's id.
    """

    id: str
    covers: tuple[TemporaryOverride, ...]
    is_v3: bool = False
    overridden: Mapping[str, Json] = field(default_factory=dict)

    def granting(self, user_id: str, span: Interval) -> TemporaryOverride | None:
        """Find what makes another override unnecessary."""
        mine = (cover for cover in self.covers if cover.user_id == user_id)
        return next((cover for cover in mine if span.is_covered_by(cover.span)), None)

    def in_the_way(self, user_id: str, span: Interval) -> Iterator[TemporaryOverride]:
        """List the overrides of others in that time."""
        return (c for c in self.covers if c.user_id != user_id and c.span.overlaps(span))


def read_rota(schedules: Schedules, schedule_id: str, span: Interval) -> ScheduleOverrides:
    """Read a schedule's overrides, and find out of which kind it is.

    Args:
        schedules: PagerDuty's schedules.
        schedule_id: PagerDuty's id.
        span: the time to look at.

    Returns:
        The schedule.

    Raises:
        ApiError: there is no such schedule, or PagerDuty wasn't reached.
    """
    try:
        found = schedules.overrides(schedule_id, span)
    except ApiRejected as error:
        if error.status not in _OTHER_KIND:
            raise
        try:
            found = schedules.overrides_v3(schedule_id, span)
        except ApiRejected:
            raise error from None
        overridden = {str(one.get("id")): one.get("overridden_member") or {} for one in found}
        covers = tuple(filter(None, map(_cover_v3, found)))
        return ScheduleOverrides(schedule_id, covers, is_v3=True, overridden=overridden)
    return ScheduleOverrides(schedule_id, tuple(filter(None, map(_cover, found))))


def stand_in(
    schedules: Schedules, rota: ScheduleOverrides, user_id: str, span: Interval
) -> tuple[TemporaryOverride, ...]:
    """Let somebody stand in.

    Args:
        schedules: PagerDuty's schedules.
        rota: the schedule.
        user_id: PagerDuty's id of who stands in.
        span: when.

    Returns:
        What was added; of a v3 schedule one for each shift, and nothing where that user is on
        call all the time anyway.

    Raises:
        Impossible: nobody is on call whom one could stand in for.
        ApiError: PagerDuty refused or wasn't reached.
    """
    if rota.is_v3:
        items = _takeovers(schedules, rota, user_id, span)
        added = schedules.add_overrides_v3(rota.id, items) if items else []
        return tuple(filter(None, map(_cover_v3, added)))
    results = schedules.add_override(rota.id, user_id, span)
    return tuple(_accepted(result, rota.id, span) for result in results)


def _accepted(result: Json, schedule_id: str, span: Interval) -> TemporaryOverride:
    """Check an item's own status: the answer as a whole is a 201 in any case."""
    if result.get("status", _CREATED) != _CREATED:
        words = ", ".join(map(str, result.get("errors") or ())) or "no reason given"
        raise ApiRejected(
            f"PagerDuty did not add the override to schedule {schedule_id}: it answered "
            f'{result["status"]} "{words}"',
            "something about who stands in, or when, is not valid",
            "check assignee, start and end",
            service="PagerDuty",
            status=int(result["status"]),
            body=result,
        )
    override = result.get("override") or result
    cover = _cover(override)
    return cover or TemporaryOverride(str(override.get("id") or ""), *_user(override), span)


def _cover(override: Json) -> TemporaryOverride | None:
    span = interval_from_api(override.get("start"), override.get("end"))
    return (
        TemporaryOverride(str(override.get("id") or ""), *_user(override), span) if span else None
    )


def _user(override: Json) -> tuple[str, str]:
    user = override.get("user") or {}
    identifier = str(user.get("id") or "")
    return identifier, str(user.get("summary") or identifier)


def _cover_v3(override: Json) -> TemporaryOverride | None:
    span = interval_from_api(override.get("start_time"), override.get("end_time"))
    user = str((override.get("overriding_member") or {}).get("user_id") or "")
    return TemporaryOverride(str(override.get("id") or ""), user, user, span) if span else None


def _takeovers(
    schedules: Schedules, rota: ScheduleOverrides, user_id: str, span: Interval
) -> list[Json]:
    """Make an override for each shift of somebody else's."""
    final = schedules.schedule_v3(rota.id, span).get("final_schedule") or {}
    shifts = [
        (assignment, shift)
        for assignment in final.get("computed_shift_assignments") or ()
        if (assignment.get("member") or {}).get("user_id")
        and (shift := interval_from_api(assignment.get("start_time"), assignment.get("end_time")))
        and shift.overlaps(span)
    ]
    if not shifts:
        raise NotApplicable(
            f"Nobody is on call on schedule {rota.id} {span}",
            "on a shift-based schedule one can only stand in for somebody",
            "add a custom shift to the schedule in PagerDuty",
        )
    return [
        override_v3(assignment, _replaced(assignment, rota), user_id, _common(shift, span))
        for assignment, shift in shifts
        if assignment["member"]["user_id"] != user_id
    ]


def _replaced(assignment: Json, rota: ScheduleOverrides) -> Json:
    """Tell who is replaced: where somebody stands in already, the one they stand in for."""
    override_id = str((assignment.get("source") or {}).get("override_id") or "")
    member = {"type": "user_member", "user_id": assignment["member"]["user_id"]}
    return rota.overridden.get(override_id) or member


def _common(shift: Interval, span: Interval) -> Interval:
    return replace(span, start=max(shift.start, span.start), end=min(shift.end, span.end))
