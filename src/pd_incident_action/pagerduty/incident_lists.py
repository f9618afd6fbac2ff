"""Lists of incidents and of their log entries, over any length of time.

https://developer.pagerduty.com/docs/pagination
https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
https://developer.pagerduty.com/api-reference/c661e065403b5-list-log-entries
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from pd_incident_action.errors import NotApplicable
from pd_incident_action.http.messages import build_path
from pd_incident_action.inputs.intervals import Interval, parse_iso

from .client import PagerDuty
from .models import LogEntry, PagerDutyIncident

_PATH, _ENVELOPE = "/incidents", "incidents"
_PAGE = 100


@dataclass(frozen=True)
class IncidentQuery:
    """Which incidents are listed.

    Attributes:
        statuses: any of triggered, acknowledged and resolved; none for all.
        service_ids: PagerDuty's ids of their services; none for all.
        period: when they were created, less than six months; None for any time.
        include: what to show of each, rather than refer to it.
    """

    statuses: tuple[str, ...] = ()
    service_ids: tuple[str, ...] = ()
    period: Interval | None = None
    include: tuple[str, ...] = ()

    @property
    def params(self) -> dict[str, str | list[str]]:
        """The query parameters that ask for them, oldest first."""
        params: dict[str, str | list[str]] = {"sort_by": "created_at:asc"}
        if self.statuses:
            params["statuses[]"] = list(self.statuses)
        if self.include:
            params["include[]"] = list(self.include)
        if self.service_ids:
            params["service_ids[]"] = list(self.service_ids)
        if self.period is None:
            return params | {"date_range": "all"}
        return params | {"since": self.period.start_iso, "until": self.period.end_iso}


class IncidentLists:
    """Lists incidents and log entries. All methods raise `ApiError`."""

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def count_and_oldest(self, query: IncidentQuery) -> tuple[int, datetime | None]:
        """GET /incidents?total=true: count incidents, and return when the oldest was created.

        Raises:
            NotApplicable: PagerDuty's response has no total.
        """
        params = query.params | {"limit": "1", "total": "true"}
        body = self._pagerduty.get_all(_PATH, "count the incidents", _ENVELOPE, params)
        total = body.get("total")
        if not isinstance(total, int):
            raise NotApplicable(
                "PagerDuty failed to count the incidents",
                "its answer has no total",
                "try again later",
            )
        oldest = PagerDutyIncident.read_all(body[_ENVELOPE])
        return total, parse_iso(oldest[0].created_at) if oldest else None

    def parts(self, query: IncidentQuery, created: Interval) -> Iterator[tuple[IncidentQuery, int]]:
        """Split a query by time into parts that PagerDuty lists in full; yield also the counts."""

        def count(window: Interval) -> int:
            return self.count_and_oldest(replace(query, period=window))[0]

        for window, number in listable_windows(created, count):
            yield replace(query, period=window), number

    def pages(self, query: IncidentQuery, count: int) -> Iterator[list[PagerDutyIncident]]:
        """GET /incidents: list incidents, the last page first.

        An incident that meanwhile leaves the list moves the later ones forward; going backward,
        these have been read before, and none is missed.
        """
        last = (min(count, MAX_LISTED) - 1) // _PAGE
        for page in range(last, -1, -1):
            listed = self._pagerduty.paginate(
                _PATH, "list the incidents", _ENVELOPE, query.params, page * _PAGE
            )
            yield PagerDutyIncident.read_all(list(islice(listed, _PAGE)))

    def created_in(self, period: Interval, service_ids: Sequence[str]) -> list[PagerDutyIncident]:
        """GET /incidents: list all incidents that were created in a period, oldest first."""
        found: dict[str, PagerDutyIncident] = {}
        for part, count in self.parts(IncidentQuery(service_ids=tuple(service_ids)), period):
            for page in reversed(list(self.pages(part, count))):
                # The border of two windows comes twice.
                found |= {one.id: one for one in page}
        return list(found.values())

    def log(self, period: Interval) -> Iterator[LogEntry]:
        """GET /log_entries: list what happened in a period, the newest of each window first."""
        path, action = "/log_entries", "list the log entries"

        def params(window: Interval) -> dict[str, str | list[str]]:
            return {"since": window.start_iso, "until": window.end_iso}

        def count(window: Interval) -> int:
            limits = params(window) | {"limit": "1", "total": "true"}
            total = self._pagerduty.get(path, action, "total", limits, lambda _total: True)
            return total if isinstance(total, int) else 1

        # The earliest window comes last, as the earliest entry of each does.
        for window, _ in reversed(list(listable_windows(period, count))):
            found = self._pagerduty.paginate(path, action, "log_entries", params(window))
            yield from map(LogEntry.read, found)

    def log_of(self, incident_id: str) -> list[LogEntry]:
        """GET /incidents/{id}/log_entries: list what happened to an incident, newest first."""
        path = build_path("incidents", incident_id, "log_entries")
        action = f"list the log entries of incident {incident_id}"
        return [LogEntry.read(one) for one in self._pagerduty.paginate(path, action, "log_entries")]


MAX_LISTED = 10_000
"""PagerDuty lists no more than that, whatever the offset."""

# PagerDuty refuses more than six months; the shortest six months have 181 days.
_MAX_LENGTH = timedelta(days=180)
_MIN_LENGTH = timedelta(seconds=2)


def listable_windows(
    interval: Interval, count: Callable[[Interval], int]
) -> Iterator[tuple[Interval, int]]:
    """Cut an interval into windows of less than six months with at most `MAX_LISTED` items.

    Yields:
        The windows that have items, earliest first, and how many these are.
    """
    start = interval.start
    while start < interval.end:
        end = min(start + _MAX_LENGTH, interval.end)
        yield from _bisect(Interval(start, end), count)
        start = end


def _bisect(window: Interval, count: Callable[[Interval], int]) -> Iterator[tuple[Interval, int]]:
    number = count(window)
    if number > MAX_LISTED and window.length >= _MIN_LENGTH:
        middle = (window.start + window.length / 2).replace(microsecond=0)
        yield from _bisect(Interval(window.start, middle), count)
        yield from _bisect(Interval(middle, window.end), count)
    elif number:
        yield window, number
