"""The endpoint that tells who is on call."""

from __future__ import annotations

from datetime import UTC, datetime

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import PagerDutyRoutes, page
from .oncalls import oncalls
from .schedule_views import show_schedule
from .things import Json
from .times import span

_FILTERS = {
    "escalation_policy_ids[]": "escalation_policy",
    "schedule_ids[]": "schedule",
    "user_ids[]": "user",
}


class OncallRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under On-Calls."""

    @route("GET", "/oncalls")
    def list_oncalls(self, request: Request) -> Reply:
        """List who is on call on which level of which policy, now unless a range is given."""
        present = datetime.now(UTC)
        entries = list(oncalls(self.state, *span(request, (present, present))))
        for parameter, name in _FILTERS.items():
            wanted = request.query.get(parameter)
            if wanted:
                entries = [entry for entry in entries if entry.get(name, {}).get("id") in wanted]
        if request.flag("earliest"):
            entries = _earliest(entries)
        return page(request, "oncalls", [self._whole_oncall(request, entry) for entry in entries])

    def _whole_oncall(self, request: Request, entry: Json) -> Json:
        """Put whole objects in place of references, as ``include[]`` asks."""
        included = request.query.get("include[]", [])
        whole: Json = {}
        if "users" in included:
            whole["user"] = self.state.users[entry["user"]["id"]]
        if "escalation_policies" in included:
            policy = entry["escalation_policy"]["id"]
            whole["escalation_policy"] = self.state.escalation_policies[policy]
        if "schedules" in included and "schedule" in entry:
            schedule = self.state.schedules[entry["schedule"]["id"]]
            whole["schedule"] = show_schedule(self.state, schedule)
        return {**entry, **whole}


def _earliest(entries: list[Json]) -> list[Json]:
    """Keep each person's first time on call on each level of each policy."""
    first: dict[tuple[str, int, str], Json] = {}
    for entry in sorted(entries, key=lambda entry: str(entry.get("start", ""))):
        level = (entry["escalation_policy"]["id"], entry["escalation_level"], entry["user"]["id"])
        first.setdefault(level, entry)
    return list(first.values())
