"""Endpoints about shift-based (v3) schedules."""

from __future__ import annotations

from datetime import UTC, datetime

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import PagerDutyRoutes, page
from .overrides import remove_override
from .overrides_v3 import FieldsRefusedError, add_overrides_v3
from .schedule_views import show_details_v3, show_final_v3, show_override_v3, show_schedule
from .schedules import WEEK, Schedule
from .seed_schedules import schedule_thing
from .things import INVALID, invalid, missing, reference
from .times import span


class ScheduleV3Routes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Schedules v3; v2 ones aren't listed."""

    @route("GET", "/v3/schedules")
    def list_schedules_v3(self, request: Request) -> Reply:
        """List v3 schedules in their short form; there is no query."""
        found = [reference(schedule_thing(s)) for s in self.state.schedules.values() if s.is_v3]
        return page(request, "schedules", found)

    @route("GET", "/v3/schedules/{id}")
    def get_schedule_v3(self, request: Request) -> Reply:
        """Show a v3 schedule; a v2 one is a 400."""
        schedule = self._v3_schedule(request)
        shown = show_schedule(self.state, schedule) | show_details_v3(schedule)
        if "final_schedule" in request.query.get("include[]", []):
            present = datetime.now(UTC)
            since, until = span(request, (present, present + 2 * WEEK))
            shown["final_schedule"] = show_final_v3(schedule, since, until)
        return Reply(200, {"schedule": shown})

    @route("GET", "/v3/schedules/{id}/overrides")
    def list_overrides_v3(self, request: Request) -> Reply:
        """List the overrides that are on at some time of a range."""
        schedule = self._v3_schedule(request)
        since, until = span(request)
        found = [
            show_override_v3(schedule, override)
            for override in schedule.overrides
            if override.start < until and override.end > since
        ]
        return page(request, "overrides", found)

    @route("POST", "/v3/schedules/{id}/overrides")
    def create_overrides_v3(self, request: Request) -> Reply:
        """Add overrides, all of them or none."""
        schedule = self._v3_schedule(request)
        try:
            added = add_overrides_v3(self.state, schedule, request.json.get("overrides"))
        except FieldsRefusedError as refusal:
            error = {"message": str(refusal), "code": INVALID, "errors": refusal.fields}
            return Reply(400, {"error": error})
        shown = [show_override_v3(schedule, override) for override in added]
        return Reply(201, {"overrides": shown})

    @route("DELETE", "/v3/schedules/{id}/overrides/{override_id}")
    def delete_override_v3(self, request: Request) -> Reply:
        """Remove an override, or end it."""
        remove_override(self._v3_schedule(request), request.parameters["override_id"])
        return Reply(204)

    def _v3_schedule(self, request: Request) -> Schedule:
        schedule = self.state.schedules.get(request.parameters["id"])
        if schedule is None:
            raise missing()
        if not schedule.is_v3:
            raise invalid("Use /schedules for this schedule")
        return schedule
