"""PagerDuty's schedules, their overrides, and the escalation policies that use them.

Layer-based (v2) and shift-based (v3) schedules differ: a v2 one takes a user and an
interval, a v3 one overrides of one member of one rotation each, so its shifts are read first.

https://developer.pagerduty.com/api-reference/ under Schedules, Schedules v3, Escalation Policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.api_model import (
    ApiModel,
    Items,
    Members,
    Text,
    Texts,
    WholeNumber,
    nested,
)
from pd_incident_action.http.messages import build_path, is_object
from pd_incident_action.inputs.intervals import Interval, interval_from_api
from pd_incident_action.text import Json

from .client import PagerDuty, reference
from .models import Reference

_OTHER_KIND = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})


class EscalationRule(ApiModel):
    """A level of an escalation policy."""

    escalation_delay_in_minutes: WholeNumber = None
    targets: Items[Reference] = ()


class EscalationPolicy(Reference):
    """An escalation policy with its rules, one for each level."""

    description: Text = ""
    escalation_rules: Items[EscalationRule] = ()

    @property
    def levels(self) -> range:
        """The numbers of its levels."""
        return range(1, len(self.escalation_rules) + 1)

    def minutes_until(self, level: int) -> int | None:
        """Return after how many minutes a level is paged; None if PagerDuty doesn't say."""
        delays = [one.escalation_delay_in_minutes for one in self.escalation_rules[: level - 1]]
        known = [one for one in delays if one is not None]
        return sum(known) if level in self.levels and len(known) == len(delays) else None


def fetch_policy(
    pagerduty: PagerDuty, policy_id: str, source: str = "input 'escalation-policy'"
) -> EscalationPolicy:
    """GET /escalation_policies/{id}: read a policy; raises `ApiError`."""
    action = f"find escalation policy {policy_id} of {source}"
    path = build_path("escalation_policies", policy_id)
    found = pagerduty.get(path, action, "escalation_policy", check=is_object)
    return EscalationPolicy.read(found)


class Override(ApiModel):
    """An override of a layer-based (v2) or of a shift-based (v3) schedule, or a custom shift."""

    id: Text = ""
    type: Text = ""
    user: Reference = nested()
    start: Text = ""
    end: Text = ""
    start_time: Text = ""
    end_time: Text = ""
    overriding_id: Text = nested("overriding_member", "user_id")
    overridden_member: Members[Any] = nested()
    assigned_id: Text = nested("assignments", 0, "member", "user_id")

    @property
    def is_custom_shift(self) -> bool:
        """Whether it adds somebody to a v3 schedule, rather than replacing them."""
        return self.type == "custom_shift"

    @property
    def user_id(self) -> str:
        """The id of who is on call through it."""
        return self.user.id or self.overriding_id or self.assigned_id

    @property
    def person(self) -> str:
        """The name of who is on call through it; a v3 schedule has only the id."""
        return self.user.summary or self.user_id

    @property
    def interval(self) -> Interval | None:
        """From when until when; None if PagerDuty doesn't say."""
        return interval_from_api(self.start or self.start_time, self.end or self.end_time)


class OverrideResult(ApiModel):
    """The result of one override of a request that PagerDuty as a whole answers with 201."""

    status: WholeNumber = None
    errors: Texts = ()
    override: Override = nested()


class Shift(ApiModel):
    """A shift of a v3 schedule, as it is in the end; nobody's where the schedule has a gap.

    It comes from a rotation, a custom shift, or an override.
    """

    user_id: Text = nested("member", "user_id")
    rotation_id: Text = nested("source", "rotation_id")
    shift_id: Text = nested("source", "shift_id")
    override_id: Text = nested("source", "override_id")
    start_time: Text = ""
    end_time: Text = ""

    @property
    def interval(self) -> Interval | None:
        """From when until when; None if PagerDuty doesn't say."""
        return interval_from_api(self.start_time, self.end_time)


class _ScheduleV3(ApiModel):
    shifts: Items[Shift] = nested("final_schedule", "computed_shift_assignments")


class Schedules:
    """The endpoints of PagerDuty's schedules.

    All methods raise `ApiError`, with 400 for a schedule of the other kind. An override that may
    have been added isn't sent again.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def overrides(self, schedule_id: str, interval: Interval) -> list[Override]:
        """GET /schedules/{id}/overrides: list a v2 schedule's overrides in an interval."""
        path, limits = build_path("schedules", schedule_id, "overrides"), _bounds(interval)
        found = self._pagerduty.get(path, _find(schedule_id), "overrides", limits)
        return Override.read_all(found)

    def add_override(
        self, schedule_id: str, user_id: str, interval: Interval
    ) -> list[OverrideResult]:
        """POST /schedules/{id}/overrides: put somebody on call on a v2 schedule.

        Returns:
            Its result: PagerDuty answers with 201 even if it refused the override.
        """
        override = {
            "start": interval.start_iso,
            "end": interval.end_iso,
            "user": reference("user", user_id),
        }
        path = build_path("schedules", schedule_id, "overrides")
        response = self._add(path, schedule_id, {"overrides": [override]})
        return OverrideResult.read_all(
            response.get("overrides") if isinstance(response, dict) else response
        )

    def overrides_v3(self, schedule_id: str, interval: Interval) -> Iterator[Override]:
        """GET /v3/schedules/{id}/overrides and …/custom_shifts: list a v3 schedule's."""
        for kind in ("overrides", "custom_shifts"):
            path = build_path("v3", "schedules", schedule_id, kind)
            found = self._pagerduty.paginate(path, _find(schedule_id), kind, _bounds(interval))
            yield from map(Override.read, found)

    def add_v3(self, schedule_id: str, kind: str, items: Sequence[Json]) -> list[Override]:
        """POST /v3/schedules/{id}/overrides or …/custom_shifts: put somebody on call."""
        path = build_path("v3", "schedules", schedule_id, kind)
        return Override.read_all(self._add(path, schedule_id, {kind: [*items]}, kind))

    def remove(self, schedule_id: str, override: Override, *, is_v3: bool) -> None:
        """DELETE /schedules/{id}/overrides/{override_id}, or as a v3 schedule has it.

        One that has begun ends now.
        """
        kind = "custom_shifts" if override.is_custom_shift else "overrides"
        version = ("v3",) if is_v3 else ()
        path = build_path(*version, "schedules", schedule_id, kind, override.id)
        action = f"remove override {override.id} from schedule {schedule_id}"
        self._pagerduty.write("DELETE", path, action, None)

    def shifts_v3(self, schedule_id: str, interval: Interval) -> Sequence[Shift]:
        """GET /v3/schedules/{id}: list a v3 schedule's shifts in an interval, overrides applied."""
        found = self._pagerduty.get(
            build_path("v3", "schedules", schedule_id),
            _find(schedule_id),
            "schedule",
            {"include[]": ["final_schedule"], **_bounds(interval)},
            is_object,
        )
        return _ScheduleV3.read(found).shifts

    def _add(self, path: str, schedule_id: str, body: Json, member: str = "") -> object:
        action = f"add the override to schedule {schedule_id}"
        return self._pagerduty.write("POST", path, action, body, member, idempotent=False)


@dataclass(frozen=True)
class ScheduleOverrides:
    """The overrides, and custom shifts, that a schedule has in an interval."""

    schedule_id: str
    interval: Interval
    overrides: tuple[Override, ...]
    is_v3: bool = False

    def find_covering(self, user_id: str) -> Override | None:
        """Return what makes another override for that user unnecessary."""
        for one in self.overrides:
            if one.user_id == user_id and self.interval.is_covered_by(one.interval):
                return one
        return None

    def conflicting(self, user_id: str) -> Iterator[Override]:
        """List the overrides for others in the interval."""
        for one in self.overrides:
            is_others = one.user_id != user_id and not one.is_custom_shift
            if is_others and one.interval and one.interval.overlap(self.interval):
                yield one


def fetch_overrides(
    pagerduty: PagerDuty, schedule_id: str, interval: Interval
) -> ScheduleOverrides:
    """Read a schedule's overrides, and find out which kind of schedule it is."""
    schedules = Schedules(pagerduty)
    try:
        found, is_v3 = schedules.overrides(schedule_id, interval), False
    except ApiRejected as error:
        if error.status not in _OTHER_KIND:
            raise
        try:
            found, is_v3 = [*schedules.overrides_v3(schedule_id, interval)], True
        except ApiRejected:
            raise error from None
    # PagerDuty's times have whole seconds, so one that has just been ended may be among them.
    now = datetime.now(UTC)
    left = tuple(one for one in found if one.interval is None or one.interval.end > now)
    return ScheduleOverrides(schedule_id, interval, left, is_v3=is_v3)


def create_override(
    pagerduty: PagerDuty, current: ScheduleOverrides, user_id: str
) -> tuple[Override, ...]:
    """Put somebody on call for an interval.

    Returns:
        What was added; to a v3 schedule one for each shift, a custom shift where nobody is on
        call, and nothing where that user is on call all the time anyway.
    """
    schedules = Schedules(pagerduty)
    if not current.is_v3:
        results = schedules.add_override(current.schedule_id, user_id, current.interval)
        return tuple(_accepted(one, current.schedule_id) for one in results)
    shifts = [
        (one, shared)
        for one in schedules.shifts_v3(current.schedule_id, current.interval)
        if one.user_id and one.interval and (shared := current.interval.overlap(one.interval))
    ]
    overrides = [
        _override_v3(one, _overridden_member(one, current), user_id, shared)
        for one, shared in shifts
        if one.user_id != user_id
    ]
    gaps = current.interval.gaps(shared for _, shared in shifts)
    custom_shifts = [_custom_shift(user_id, one) for one in gaps]
    return tuple(
        added
        for kind, items in (("overrides", overrides), ("custom_shifts", custom_shifts))
        if items
        for added in schedules.add_v3(current.schedule_id, kind, items)
    )


def remove_overrides(
    pagerduty: PagerDuty, current: ScheduleOverrides, selected: Iterable[Override]
) -> None:
    """Remove overrides; one that is over already counts, as after a lost response."""
    schedules = Schedules(pagerduty)
    for one in selected:
        try:
            schedules.remove(current.schedule_id, one, is_v3=current.is_v3)
        except ApiRejected:
            left = fetch_overrides(pagerduty, current.schedule_id, current.interval).overrides
            if any(other.id == one.id for other in left):
                raise


def _accepted(result: OverrideResult, schedule_id: str) -> Override:
    """Check an item's own status: the response as a whole is a 201 in any case."""
    if result.status in {None, HTTPStatus.CREATED}:
        return result.override if result.override.id else Override.read(result.raw)
    reason = ", ".join(result.errors) or "no reason given"
    raise ApiRejected(
        f"PagerDuty failed to add the override to schedule {schedule_id}: it answered "
        f'{result.status} "{reason}"',
        "the user or the time isn't valid",
        "check assignee, start and end",
        service="PagerDuty",
        status=result.status,
        body=result.raw,
    )


def _overridden_member(shift: Shift, current: ScheduleOverrides) -> Json:
    """Return whom a shift belongs to, beneath the override that it may have already."""
    beneath = (o.overridden_member for o in current.overrides if o.id == shift.override_id)
    return next(filter(None, beneath), _user_member(shift.user_id))


def _override_v3(shift: Shift, overridden: Json, user_id: str, when: Interval) -> Json:
    rotation = {"rotation_id": shift.rotation_id}
    return {
        "type": "override_shift",
        # PagerDuty takes exactly one of the two.
        **(rotation if shift.rotation_id else {"custom_shift_id": shift.shift_id}),
        "start_time": when.start_iso,
        "end_time": when.end_iso,
        "overridden_member": overridden,
        "overriding_member": _user_member(user_id),
    }


def _custom_shift(user_id: str, when: Interval) -> Json:
    return {
        "type": "custom_shift",
        "start_time": when.start_iso,
        "end_time": when.end_iso,
        "assignments": [{"type": "shift_assignment", "member": _user_member(user_id)}],
    }


def _user_member(user_id: str) -> Json:
    return {"type": "user_member", "user_id": user_id}


def _find(schedule_id: str) -> str:
    return f"find schedule {schedule_id} of input 'schedule'"


def _bounds(interval: Interval) -> dict[str, str]:
    return {"since": interval.start_iso, "until": interval.end_iso}
