"""Endpoints about layer-based (v2) schedules."""

from __future__ import annotations

from datetime import UTC, datetime

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import PagerDutyRoutes, page
from .overrides import add_overrides, remove_override
from .schedule_views import show_details, show_override
from .schedules import WEEK, Schedule
from .things import invalid, missing
from .times import span

_PARTS = ("schedule_layers", "overrides_subschedule", "final_schedule")


class ScheduleRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Schedules; v3 ones aren't listed."""

    @route("GET", "/schedules")
    def list_schedules(self, request: Request) -> Reply:
        """List schedules whose name holds the query, with the parts that are asked for."""
        query = request.first("query").lower()
        left_out = [part for part in _PARTS if part not in request.query.get("include[]", [])]
        range_of_time = span(request, _next_two_weeks())
        found = [
            show_details(self.state, schedule, *range_of_time)
            for schedule in self.state.schedules.values()
            if not schedule.is_v3 and query in schedule.name.lower()
        ]
        for shown in found:
            for part in left_out:
                del shown[part]
        return page(request, "schedules", found)

    @route("GET", "/schedules/{id}")
    def get_schedule(self, request: Request) -> Reply:
        """Show a schedule, and who is on call in the next two weeks or another range."""
        schedule = self._schedule(request)
        since, until = span(request, _next_two_weeks())
        return Reply(200, {"schedule": show_details(self.state, schedule, since, until)})

    @route("GET", "/schedules/{id}/users")
    def list_schedule_users(self, request: Request) -> Reply:
        """List the users who are on call at some time of a range."""
        shifts = self._schedule(request).shifts(*span(request, _next_two_weeks()))
        ids = dict.fromkeys(shift.source.user for shift in shifts)
        return Reply(200, {"users": [self.state.users[user] for user in ids if user is not None]})

    @route("GET", "/schedules/{id}/overrides")
    def list_overrides(self, request: Request) -> Reply:
        """List the overrides that are on at some time of a range."""
        schedule = self._schedule(request)
        since, until = span(request)
        found = [
            show_override(self.state, override)
            for override in schedule.overrides
            if override.start < until and override.end > since
        ]
        return Reply(200, {"overrides": found})

    @route("POST", "/schedules/{id}/overrides")
    def create_overrides(self, request: Request) -> Reply:
        """Add overrides; 201 says nothing about the single ones."""
        schedule = self._schedule(request)
        return Reply(201, add_overrides(self.state, schedule, request.json.get("overrides")))

    @route("DELETE", "/schedules/{id}/overrides/{override_id}")
    def delete_override(self, request: Request) -> Reply:
        """Remove an override; 200 says that it had begun and was cut short."""
        schedule = self._schedule(request)
        was_cut = remove_override(schedule, request.parameters["override_id"])
        return Reply(200 if was_cut else 204)

    def _schedule(self, request: Request) -> Schedule:
        schedule = self.state.schedules.get(request.parameters["id"])
        if schedule is None:
            raise missing()
        if schedule.is_v3:
            raise invalid("Use /v3/schedules for this schedule")
        return schedule


def _next_two_weeks() -> tuple[datetime, datetime]:
    present = datetime.now(UTC)
    return present, present + 2 * WEEK
