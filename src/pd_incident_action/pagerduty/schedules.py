"""PagerDuty's schedules and their overrides; layer-based (v2) and shift-based (v3) ones differ.

https://developer.pagerduty.com/api-reference/ under Schedules and Schedules v3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.http.messages import build_path

from .client import reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pd_incident_action.inputs.intervals import Interval

    from .client import Json, PagerDuty, Params


class Schedules:
    """Reads and changes who stands in on schedules.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def overrides(self, schedule_id: str, span: Interval) -> list[Json]:
        """GET /schedules/{id}/overrides: list who stands in on a v2 schedule.

        Args:
            schedule_id: PagerDuty's id.
            span: the time to look at.

        Returns:
            The overrides.

        Raises:
            ApiError: PagerDuty refused (400 where the schedule is a v3 one) or wasn't reached.
        """
        path = build_path("schedules", schedule_id, "overrides")
        found: list[Json] = self._pagerduty.get(path, _find(schedule_id), "overrides", _range(span))
        return found

    def add_override(self, schedule_id: str, user_id: str, span: Interval) -> list[Json]:
        """POST /schedules/{id}/overrides: let somebody stand in on a v2 schedule.

        Args:
            schedule_id: PagerDuty's id.
            user_id: PagerDuty's id of who stands in.
            span: when.

        Returns:
            The answer's items: the ``override``, its own ``status``, which may be 400, and
            ``errors``.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated.
        """
        override = {"user": reference("user", user_id), **_bounds(span, "start", "end")}
        answer: Json | list[Json] = self._pagerduty.write(
            "POST",
            build_path("schedules", schedule_id, "overrides"),
            f"add the override to schedule {schedule_id}",
            {"overrides": [override]},
            idempotent=False,
        )
        return answer if isinstance(answer, list) else list(answer.get("overrides") or ())

    def named_v3(self, name: str) -> list[Json]:
        """GET /v3/schedules: list the v3 schedules with exactly that name, in any case.

        Args:
            name: the whole name.

        Returns:
            The matches.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        listed = self._pagerduty.pages("/v3/schedules", "look up the schedule", "schedules")
        wanted = name.casefold()
        return [s for s in listed if str(s.get("summary") or s.get("name")).casefold() == wanted]

    def schedule_v3(self, schedule_id: str, span: Interval) -> Json:
        """GET /v3/schedules/{id}: read a v3 schedule, and who is on call.

        Args:
            schedule_id: PagerDuty's id.
            span: the time to look at.

        Returns:
            The schedule with its ``final_schedule``.

        Raises:
            ApiError: PagerDuty refused (400 where the schedule is a v2 one) or wasn't reached.
        """
        path = build_path("v3", "schedules", schedule_id)
        params = {"include[]": ["final_schedule"], **_range(span)}
        found: Json = self._pagerduty.get(path, _find(schedule_id), "schedule", params)
        return found

    def overrides_v3(self, schedule_id: str, span: Interval) -> list[Json]:
        """GET /v3/schedules/{id}/overrides: list who stands in on a v3 schedule.

        Args:
            schedule_id: PagerDuty's id.
            span: the time to look at.

        Returns:
            The overrides.

        Raises:
            ApiError: PagerDuty refused (400 where the schedule is a v2 one) or wasn't reached.
        """
        path = build_path("v3", "schedules", schedule_id, "overrides")
        return list(self._pagerduty.pages(path, _find(schedule_id), "overrides", _range(span)))

    def add_overrides_v3(self, schedule_id: str, overrides: Sequence[Json]) -> list[Json]:
        """POST /v3/schedules/{id}/overrides: let somebody stand in on a v3 schedule.

        Args:
            schedule_id: PagerDuty's id.
            overrides: who stands in for whom in which rotation or custom shift, and when.

        Returns:
            The overrides; all of them, or PagerDuty refuses.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated.
        """
        added: list[Json] = self._pagerduty.write(
            "POST",
            build_path("v3", "schedules", schedule_id, "overrides"),
            f"add the override to schedule {schedule_id}",
            {"overrides": list(overrides)},
            "overrides",
            idempotent=False,
        )
        return added


def override_v3(assignment: Json, overridden: Json, user_id: str, span: Interval) -> Json:
    """Make an override of a v3 schedule, which replaces one member of one source of shifts.

    Args:
        assignment: one of the final schedule's computed shift assignments.
        overridden: the member who is replaced.
        user_id: PagerDuty's id of who stands in.
        span: when.

    Returns:
        An item for `Schedules.add_overrides_v3`.
    """
    source = assignment.get("source") or {}
    target = {"rotation_id": source.get("rotation_id"), "custom_shift_id": source.get("shift_id")}
    # One of them must be set, and not both.
    name = "rotation_id" if target["rotation_id"] else "custom_shift_id"
    return {
        "type": "override_shift",
        name: target[name],
        **_bounds(span, "start_time", "end_time"),
        "overridden_member": overridden,
        "overriding_member": {"type": "user_member", "user_id": user_id},
    }


def _find(schedule_id: str) -> str:
    return f"find schedule {schedule_id} of input 'schedule'"


def _range(span: Interval) -> Params:
    return _bounds(span, "since", "until")


def _bounds(span: Interval, start: str, end: str) -> dict[str, str]:
    return {start: span.start_iso, end: span.end_iso}
