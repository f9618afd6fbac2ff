"""Which incidents there were, and when they were acknowledged, over any length of time.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
https://developer.pagerduty.com/api-reference/c661e065403b5-list-log-entries

Every method raises `ApiError` where PagerDuty refuses or isn't reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pd_incident_action.http.messages import build_path
from pd_incident_action.inputs.intervals import Interval, parse_iso

from .client import Json, PagerDuty, Params
from .date_windows import listable_windows
from .models import LogEntry, PagerDutyIncident

_ACKNOWLEDGED = "acknowledge_log_entry"


class IncidentHistory:
    """Lists incidents and their acknowledgements.

    Args:
        pagerduty: the REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def created_in(
        self, period: Interval, service_ids: Sequence[str] = ()
    ) -> list[PagerDutyIncident]:
        """GET /incidents?since=&until=: list the incidents that were created in a period.

        Args:
            period: of any length.
            service_ids: PagerDuty's ids of their services; none for all.

        Returns:
            The incidents as they are now, oldest first.
        """
        params: Params = {"sort_by": "created_at:asc"}
        if service_ids:
            params = {**params, "service_ids[]": [*service_ids]}
        listed = self._all("/incidents", "list the incidents", "incidents", params, period)
        # The border of two windows comes twice.
        return list({one.id: one for one in map(PagerDutyIncident.read, listed)}.values())

    def first_acknowledgements(self, period: Interval) -> dict[str, datetime]:
        """GET /log_entries?is_overview=true: return first acknowledgements, by incident id.

        Args:
            period: of any length; acknowledgements outside of it don't count.
        """
        params, action = {"is_overview": "true"}, "list the log entries"
        return _first(self._all("/log_entries", action, "log_entries", params, period))

    def first_acknowledgement(self, incident_id: str) -> datetime | None:
        """GET /incidents/{id}/log_entries: return when an incident was first acknowledged."""
        path = build_path("incidents", incident_id, "log_entries")
        action = f"list the log entries of incident {incident_id}"
        log = self._pagerduty.pages(path, action, "log_entries", {"is_overview": "true"})
        return _first(log).get(incident_id)

    def _all(
        self, path: str, action: str, member: str, params: Params, period: Interval
    ) -> Iterator[Json]:
        def within(window: Interval) -> dict[str, str | list[str]]:
            return {**params, "since": window.start_iso, "until": window.end_iso}

        def count(window: Interval) -> int:
            limits = within(window) | {"limit": "1", "total": "true"}
            total: int = self._pagerduty.get(path, action, "total", limits)
            return total

        for window, _ in listable_windows(period, count):
            yield from self._pagerduty.pages(path, action, member, within(window))


def _first(log: Iterable[Json]) -> dict[str, datetime]:
    """Find the first acknowledgement of each incident, in a log of any order."""
    found: dict[str, datetime] = {}
    for entry in map(LogEntry.read, log):
        at = parse_iso(entry.created_at)
        if at is not None and entry.type == _ACKNOWLEDGED:
            found[entry.incident.id] = min(at, found.get(entry.incident.id, at))
    return found
