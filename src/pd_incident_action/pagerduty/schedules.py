"""PagerDuty's schedules and their overrides; layer-based (v2) and shift-based (v3) ones differ.

https://developer.pagerduty.com/api-reference/ under Schedules and Schedules v3.

Every method raises `ApiError` where PagerDuty refuses (400 for a schedule of the other kind) or
isn't reached. An override that may have been added isn't sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pd_incident_action.http.messages import build_path
from pd_incident_action.inputs.intervals import Interval

from .client import Json, PagerDuty, reference
from .models import Override, OverrideResult, ScheduleV3, Shift


class Schedules:
    """PagerDuty's schedules.

    Args:
        pagerduty: the REST API.
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
            What became of it: PagerDuty answers with 201 even if it refused the override.
        """
        override = {
            "start": interval.start_iso,
            "end": interval.end_iso,
            "user": reference("user", user_id),
        }
        path = build_path("schedules", schedule_id, "overrides")
        answer = self._add(path, schedule_id, [override])
        results = answer if isinstance(answer, list) else answer.get("overrides") or ()
        return OverrideResult.read_all(results)

    def overrides_v3(self, schedule_id: str, interval: Interval) -> list[Override]:
        """GET /v3/schedules/{id}/overrides: list a v3 schedule's overrides in an interval."""
        path = build_path("v3", "schedules", schedule_id, "overrides")
        found = list(
            self._pagerduty.paginate(path, _find(schedule_id), "overrides", _bounds(interval))
        )
        return Override.read_all(found)

    def add_overrides_v3(self, schedule_id: str, overrides: Sequence[Json]) -> list[Override]:
        """POST /v3/schedules/{id}/overrides: put somebody on call on a v3 schedule.

        Args:
            schedule_id: PagerDuty's id.
            overrides: as PagerDuty takes them; it adds all of them or none.
        """
        path = build_path("v3", "schedules", schedule_id, "overrides")
        added = self._add(path, schedule_id, overrides, "overrides")
        return Override.read_all(added)

    def shifts_v3(self, schedule_id: str, interval: Interval) -> Sequence[Shift]:
        """GET /v3/schedules/{id}: list a v3 schedule's shifts in an interval, overrides applied."""
        found = self._pagerduty.get(
            build_path("v3", "schedules", schedule_id),
            _find(schedule_id),
            "schedule",
            {"include[]": ["final_schedule"], **_bounds(interval)},
        )
        return ScheduleV3.read(found).final_schedule.computed_shift_assignments

    def _add(self, path: str, schedule_id: str, overrides: Sequence[Json], member: str = "") -> Any:  # noqa: ANN401 - an object or a list
        action, body = f"add the override to schedule {schedule_id}", {"overrides": [*overrides]}
        return self._pagerduty.write("POST", path, action, body, member, idempotent=False)


def _find(schedule_id: str) -> str:
    return f"find schedule {schedule_id} of input 'schedule'"


def _bounds(interval: Interval) -> dict[str, str]:
    return {"since": interval.start_iso, "until": interval.end_iso}
