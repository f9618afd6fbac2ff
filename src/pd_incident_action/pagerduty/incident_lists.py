"""Lists of incidents, page by page, for syncing an account: never more than a page is held.

https://developer.pagerduty.com/docs/pagination
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pd_incident_action.errors import NotApplicable
from pd_incident_action.http.messages import ApiRequest
from pd_incident_action.inputs.intervals import Interval, parse_iso

from .client import MEDIA_TYPE, PagerDuty
from .date_windows import MAX_LISTED
from .models import PagerDutyIncident

_PATH, _ENVELOPE = "/incidents", "incidents"
_PAGE = 100


@dataclass(frozen=True)
class IncidentQuery:
    """Which incidents are listed.

    Attributes:
        statuses: any of triggered, acknowledged and resolved.
        service_ids: PagerDuty's ids of their services; none for all.
        period: when they were created, less than six months; None for any time.
    """

    statuses: tuple[str, ...]
    service_ids: tuple[str, ...] = ()
    period: Interval | None = None

    @property
    def params(self) -> dict[str, str | list[str]]:
        """The query parameters that ask for them, oldest first."""
        params: dict[str, str | list[str]] = {
            "statuses[]": list(self.statuses),
            "sort_by": "created_at:asc",
        }
        if self.service_ids:
            params["service_ids[]"] = list(self.service_ids)
        if self.period is None:
            return params | {"date_range": "all"}
        return params | {"since": self.period.start_iso, "until": self.period.end_iso}


class IncidentLists:
    """Lists incidents. All methods raise `ApiError`.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def count_and_oldest(self, query: IncidentQuery) -> tuple[int, datetime | None]:
        """GET /incidents?total=true: count incidents, and return when the oldest was created.

        Raises:
            NotApplicable: PagerDuty's response has no total.
        """
        request = ApiRequest(
            "GET",
            _PATH,
            "count the incidents",
            params=query.params | {"limit": "1", "total": "true"},
            headers={"Accept": MEDIA_TYPE},
            envelope=_ENVELOPE,
        )
        body = self._pagerduty.send(request).body
        total = body.get("total")
        if not isinstance(total, int):
            raise NotApplicable(
                "PagerDuty did not count the incidents",
                "its answer has no total",
                "try again later",
            )
        oldest = body[_ENVELOPE][0].get("created_at") if body[_ENVELOPE] else None
        return total, parse_iso(oldest)

    def pages(self, query: IncidentQuery, count: int) -> Iterator[list[PagerDutyIncident]]:
        """GET /incidents: list incidents, the last page first.

        An incident that meanwhile leaves the list moves the later ones forward; going backward,
        these have been read by then, and none is missed.

        Args:
            query: which.
            count: how many there are; at most `MAX_LISTED` are listed.
        """
        last = (min(count, MAX_LISTED) - 1) // _PAGE
        for page in range(last, -1, -1):
            params = query.params | {"limit": str(_PAGE), "offset": str(page * _PAGE)}
            listed = self._pagerduty.get(_PATH, "list the incidents", _ENVELOPE, params)
            yield [PagerDutyIncident.read(one) for one in listed]
