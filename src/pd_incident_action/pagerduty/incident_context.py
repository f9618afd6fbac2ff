"""What PagerDuty knows around an incident: its log, changes on its service, others like it.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.http.messages import build_path

from .errors import requires_plan_feature
from .models import ChangeEvent, LogEntry, PastIncident

if TYPE_CHECKING:
    from .client import PagerDuty

_MAX_LOG_ENTRIES = "100"


class IncidentContext:
    """Reads what is around an incident.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def log_entries(self, incident_id: str) -> list[LogEntry]:
        """GET /incidents/{id}/log_entries: return the newest 100, newest first.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("incidents", incident_id, "log_entries")
        limit = {"limit": _MAX_LOG_ENTRIES}
        entries = self._pagerduty.get(path, "list the log entries", "log_entries", limit)
        return LogEntry.read_all(entries)

    def related_changes(self, incident_id: str, count: int) -> list[ChangeEvent]:
        """GET /incidents/{id}/related_change_events: return the last changes, newest first.

        Raises:
            NotApplicable: the plan lacks change events.
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("incidents", incident_id, "related_change_events")
        limit = {"limit": str(count)}
        with requires_plan_feature("Change events"):
            changes = self._pagerduty.get(path, "list related changes", "change_events", limit)
        return ChangeEvent.read_all(changes)[:count]

    def past_incidents(self, incident_id: str, count: int) -> list[PastIncident]:
        """GET /incidents/{id}/past_incidents: return resolved incidents like it, closest first.

        Raises:
            NotApplicable: the plan lacks past incidents.
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("incidents", incident_id, "past_incidents")
        limit = {"limit": str(count)}
        with requires_plan_feature("Past incidents"):
            found = self._pagerduty.get(path, "find similar incidents", "past_incidents", limit)
        return PastIncident.read_all(found)
