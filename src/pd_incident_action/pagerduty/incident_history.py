"""What happened to incidents, over any length of time: PagerDuty's lists of incidents and logs.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
https://developer.pagerduty.com/api-reference/c661e065403b5-list-log-entries
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.http.messages import build_path
from pd_incident_action.inputs.intervals import parse_iso

from .date_windows import listable_windows
from .models import OPEN_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from pd_incident_action.inputs.intervals import Interval

    from .client import Json, PagerDuty

_ACKNOWLEDGED = "acknowledge_log_entry"


class History:
    """Reads what has been.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def incidents(self, period: Interval, service_ids: Sequence[str]) -> list[Json]:
        """GET /incidents?since=&until=: list all incidents that were opened in a period.

        Args:
            period: of any length.
            service_ids: PagerDuty's ids of the services that they are about; none for all.

        Returns:
            The incidents as they are now, oldest first.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        params: dict[str, str | list[str]] = {"sort_by": "created_at:asc"}
        if service_ids:
            params["service_ids[]"] = list(service_ids)
        listed = self._all("/incidents", "list the incidents", "incidents", params, period)
        return list({incident["id"]: incident for incident in listed}.values())

    def first_acknowledgements(self, period: Interval) -> dict[str, datetime]:
        """GET /log_entries?is_overview=true: tell when incidents were first acknowledged.

        Args:
            period: of any length.

        Returns:
            Moments by incident id, of all services; only acknowledgements in the period.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        action = "show the log of the incidents"
        params: dict[str, str | list[str]] = {"is_overview": "true"}
        return _first(self._all("/log_entries", action, "log_entries", params, period))

    def first_acknowledgement(self, incident_id: str) -> datetime | None:
        """GET /incidents/{id}/log_entries: tell when an incident was first acknowledged.

        Args:
            incident_id: PagerDuty's id.

        Returns:
            The moment, or None if it never was.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("incidents", incident_id, "log_entries")
        action = f"show the log of incident {incident_id}"
        log = self._pagerduty.pages(path, action, "log_entries", {"is_overview": "true"})
        return _first(log).get(incident_id)

    def open_incidents(self, service_ids: Sequence[str]) -> list[Json]:
        """GET /incidents?statuses[]=: list what is open, however old.

        Args:
            service_ids: PagerDuty's ids of the services that it is about; none for all.

        Returns:
            The incidents, oldest first.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        params: dict[str, str | list[str]] = {
            "statuses[]": list(OPEN_STATUSES),
            "sort_by": "created_at:asc",
            "date_range": "all",
        }
        if service_ids:
            params["service_ids[]"] = list(service_ids)
        action = "list the open incidents"
        return list(self._pagerduty.pages("/incidents", action, "incidents", params))

    def notes(self, incident_id: str) -> list[Json]:
        """GET /incidents/{id}/notes: list an incident's notes.

        Args:
            incident_id: PagerDuty's id.

        Returns:
            The notes.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("incidents", incident_id, "notes")
        found: list[Json] = self._pagerduty.get(
            path, f"show the notes of incident {incident_id}", "notes"
        )
        return found

    def _all(
        self,
        path: str,
        action: str,
        member: str,
        params: dict[str, str | list[str]],
        period: Interval,
    ) -> Iterator[Json]:
        def bounded(window: Interval) -> dict[str, str | list[str]]:
            return params | {"since": window.start_iso, "until": window.end_iso}

        def count(window: Interval) -> int:
            limits = bounded(window) | {"limit": "1", "total": "true"}
            total = self._pagerduty.get(path, action, "total", limits)
            return total if isinstance(total, int) else 1

        for window, _ in listable_windows(period, count):
            yield from self._pagerduty.pages(path, action, member, bounded(window))


def _first(log: Iterable[Json]) -> dict[str, datetime]:
    """Find the first acknowledgement of each incident, in a log of any order."""
    found: dict[str, datetime] = {}
    for entry in log:
        at = parse_iso(entry.get("created_at"))
        if at is not None and entry.get("type") == _ACKNOWLEDGED:
            incident = str((entry.get("incident") or {}).get("id") or "")
            found[incident] = min(at, found.get(incident, at))
    return found
