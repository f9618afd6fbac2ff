"""What PagerDuty knows around an incident: its log, changes on its service, others like it.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.http.messages import build_path

from .plan_errors import requires_plan_feature

if TYPE_CHECKING:
    from .client import Json, PagerDuty

_NEWEST = "100"


class Insight:
    """Reads what is around an incident.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def log(self, incident_id: str) -> list[Json]:
        """GET /incidents/{id}/log_entries: list what happened to an incident, people told included.

        Args:
            incident_id: PagerDuty's id.

        Returns:
            The newest 100 entries, newest first.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        return self._list(incident_id, "log_entries", "tell who was notified", _NEWEST)

    def related_changes(self, incident_id: str, count: int) -> list[Json]:
        """GET /incidents/{id}/related_change_events: list what was changed lately.

        Args:
            incident_id: PagerDuty's id.
            count: how many at most.

        Returns:
            The change events, newest first.

        Raises:
            Impossible: the plan lacks change events.
            ApiError: PagerDuty refused or wasn't reached.
        """
        with requires_plan_feature("Change events"):
            action = "tell what was changed"
            changes = self._list(
                incident_id, "related_change_events", action, str(count), "change_events"
            )
        return changes[:count]

    def past_incidents(self, incident_id: str, count: int) -> list[Json]:
        """GET /incidents/{id}/past_incidents: list resolved incidents that are like this one.

        Args:
            incident_id: PagerDuty's id.
            count: how many at most.

        Returns:
            Objects with ``score`` and ``incident`` in short form, the likest first.

        Raises:
            Impossible: the plan lacks past incidents.
            ApiError: PagerDuty refused or wasn't reached.
        """
        with requires_plan_feature("Past incidents"):
            return self._list(incident_id, "past_incidents", "find similar incidents", str(count))

    def _list(
        self, incident_id: str, what: str, action: str, limit: str, member: str = ""
    ) -> list[Json]:
        path = build_path("incidents", incident_id, what)
        found: list[Json] = self._pagerduty.get(path, action, member or what, {"limit": limit})
        return found
