"""PagerDuty's schedules, their overrides, and the escalation policies that use them.

Layer-based (v2) and shift-based (v3) schedules differ: a v2 one takes a user and an
interval, a v3 one overrides of one member of one rotation each, so its shifts are read first.

https://developer.pagerduty.com/api-reference/ under Schedules, Schedules v3, Escalation Policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from pd_incident_action.http.messages import Check, build_path, is_list, is_object
from pd_incident_action.inputs.intervals import Interval, interval_from_api
from pd_incident_action.text import Json, JsonValue

from .client import PagerDuty, Params, reference
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


class ScheduleOverrides:
    """The overrides, and custom shifts, that a schedule has in an interval.

    Reading them, at the beginning, and changing them raises `ApiError`. An override that may have
    been added isn't sent again.
    """

    def __init__(self, pagerduty: PagerDuty, schedule_id: str, interval: Interval) -> None:
        self._pagerduty = pagerduty
        self._schedule_id = schedule_id
        self.interval = interval
        self._bounds = {"since": interval.start_iso, "until": interval.end_iso}
        self._is_v3 = False
        self.overrides = self._fetch()

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

    def add(self, user_id: str) -> tuple[Override, ...]:
        """Put somebody on call for the interval.

        Returns:
            What was added; to a v3 schedule one for each shift, a custom shift where nobody is on
            call, and nothing where that user is on call all the time anyway.
        """
        return self._add_v3(user_id) if self._is_v3 else self._add_v2(user_id)

    def remove(self, selected: Iterable[Override]) -> None:
        """DELETE …/overrides/{override_id}: remove overrides; one that has begun ends now.

        One that is over already counts as removed, as after a lost response.
        """
        for one in selected:
            kind = "custom_shifts" if one.is_custom_shift else "overrides"
            action = f"remove override {one.id} from schedule {self._schedule_id}"
            try:
                self._pagerduty.write("DELETE", self._path(kind, one.id), action, None)
            except ApiRejected:
                if any(other.id == one.id for other in self._fetch()):
                    raise

    def _fetch(self) -> tuple[Override, ...]:
        """Read the overrides, and find out which kind of schedule it is."""
        try:
            found = self._list()
        except ApiRejected as error:
            if self._is_v3 or error.status not in _OTHER_KIND:
                raise
            self._is_v3 = True
            try:
                found = self._list()
            except ApiRejected:
                raise error from None
        # PagerDuty's times have whole seconds, so one that has just been ended may be among them.
        now = datetime.now(UTC)
        return tuple(one for one in found if one.interval is None or one.interval.end > now)

    def _list(self) -> list[Override]:
        """GET …/overrides, and …/custom_shifts of a v3 schedule."""
        if not self._is_v3:
            found = self._get(self._path("overrides"), "overrides", self._bounds)
            return Override.read_all(found)
        return [
            Override.read(one)
            for kind in ("overrides", "custom_shifts")
            for one in self._pagerduty.paginate(self._path(kind), self._find, kind, self._bounds)
        ]

    def _add_v2(self, user_id: str) -> tuple[Override, ...]:
        """POST /schedules/{id}/overrides: PagerDuty answers with 201 even if it refuses."""
        override = {
            "start": self.interval.start_iso,
            "end": self.interval.end_iso,
            "user": reference("user", user_id),
        }
        answer = self._post("overrides", [override])
        results = OverrideResult.read_all(
            answer.get("overrides") if isinstance(answer, dict) else answer
        )
        return tuple(_accepted(one, self._schedule_id) for one in results)

    def _add_v3(self, user_id: str) -> tuple[Override, ...]:
        """POST /v3/schedules/{id}/overrides, and …/custom_shifts where nobody is on call."""
        shifts = [
            (one, shared)
            for one in self._shifts()
            if one.user_id and one.interval and (shared := self.interval.overlap(one.interval))
        ]
        overrides = [
            _override_v3(one, self._overridden_member(one), user_id, shared)
            for one, shared in shifts
            if one.user_id != user_id
        ]
        gaps = self.interval.gaps(shared for _, shared in shifts)
        custom_shifts = [_custom_shift(user_id, one) for one in gaps]
        return tuple(
            added
            for kind, items in (("overrides", overrides), ("custom_shifts", custom_shifts))
            if items
            for added in Override.read_all(self._post(kind, items, kind))
        )

    def _shifts(self) -> Sequence[Shift]:
        """GET /v3/schedules/{id}: list the shifts in the interval, overrides applied."""
        params = {"include[]": "final_schedule", **self._bounds}
        return _ScheduleV3.read(self._get(self._path(), "schedule", params, is_object)).shifts

    def _overridden_member(self, shift: Shift) -> Json:
        """Return whom a shift belongs to, beneath the override that it may have already."""
        beneath = (o.overridden_member for o in self.overrides if o.id == shift.override_id)
        return next(filter(None, beneath), _user_member(shift.user_id))

    def _path(self, *parts: str) -> str:
        version = ("v3",) if self._is_v3 else ()
        return build_path(*version, "schedules", self._schedule_id, *parts)

    @property
    def _find(self) -> str:
        return f"find schedule {self._schedule_id} of input 'schedule'"

    def _get(self, path: str, member: str, params: Params, check: Check = is_list) -> JsonValue:
        return self._pagerduty.get(path, self._find, member, params, check)

    def _post(self, kind: str, items: Sequence[Json], member: str = "") -> JsonValue:
        action, body = f"add the override to schedule {self._schedule_id}", {kind: [*items]}
        return self._pagerduty.write(
            "POST", self._path(kind), action, body, member, idempotent=False
        )


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
