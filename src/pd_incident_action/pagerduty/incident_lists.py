"""PagerDuty's lists, page by page, for copying all of an account: never more than a page is held.

https://developer.pagerduty.com/docs/pagination
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.http.messages import ApiRequest, ApiResponse, build_path
from pd_incident_action.inputs.intervals import parse_iso

from .client import MEDIA_TYPE
from .date_windows import MAX_LISTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from pd_incident_action.inputs.intervals import Interval

    from .client import Json, Params

_PAGE = 100
_NOT_FOUND = 404


@dataclass(frozen=True)
class IncidentQuery:
    """Which incidents are listed.

    Attributes:
        statuses: any of triggered, acknowledged and resolved.
        service_ids: PagerDuty's ids of the services that they are about; none for all.
        period: when they were opened, less than six months; None for whenever.
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


class PagedLists:
    """Lists what an account holds.

    Args:
        send: sends a request to PagerDuty's REST API.
    """

    def __init__(self, send: Callable[[ApiRequest], ApiResponse]) -> None:
        self._send = send

    def count_and_oldest(self, wanted: IncidentQuery) -> tuple[int, datetime | None]:
        """GET /incidents?total=true: tell how many incidents there are, and since when.

        Args:
            wanted: which.

        Returns:
            Their number, and when the oldest was opened; None where there is none.

        Raises:
            Impossible: PagerDuty didn't say how many.
            ApiError: PagerDuty refused or wasn't reached.
        """
        params = wanted.params | {"limit": "1", "total": "true"}
        body = self._get("/incidents", "count the incidents", "incidents", params)
        total = body.get("total")
        if not isinstance(total, int):
            raise NotApplicable(
                "PagerDuty did not say how many incidents there are",
                "its answer has no total",
                "try again later",
            )
        oldest = body["incidents"][0].get("created_at") if body["incidents"] else None
        return total, parse_iso(oldest)

    def incidents(self, wanted: IncidentQuery, count: int) -> Iterator[list[Json]]:
        """GET /incidents: list incidents, the last page first.

        An incident that meanwhile leaves the list moves the later ones forward; going backward,
        these have been read by then, and none is missed.

        Args:
            wanted: which.
            count: how many there are, as `count_and_oldest` told; at most `MAX_LISTED` are listed.

        Yields:
            The pages.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        last = (min(count, MAX_LISTED) - 1) // _PAGE
        for page in range(last, -1, -1):
            paging = {"limit": str(_PAGE), "offset": str(page * _PAGE)}
            params = wanted.params | paging
            body = self._get("/incidents", "list the incidents", "incidents", params)
            yield body["incidents"]

    def incident(self, incident_id: str) -> Json | None:
        """GET /incidents/{id}: read an incident.

        Args:
            incident_id: PagerDuty's id.

        Returns:
            The incident, or None if PagerDuty doesn't have it.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        path, action = build_path("incidents", incident_id), f"find incident {incident_id}"
        try:
            found: Json = self._get(path, action, "incident")["incident"]
        except ApiRejected as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return found

    def services(self) -> Iterator[list[Json]]:
        """GET /services: list all services.

        Yields:
            The pages.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        yield from self._pages("/services", "list the services", "services", {"sort_by": "name"})

    def service(self, service_id: str) -> Json:
        """GET /services/{id}: read a service.

        Args:
            service_id: PagerDuty's id.

        Returns:
            The service.

        Raises:
            ApiError: it doesn't exist, or PagerDuty wasn't reached.
        """
        action = f"find service {service_id} of input 'service'"
        found: Json = self._get(build_path("services", service_id), action, "service")["service"]
        return found

    def on_calls(self, policy_ids: Sequence[str]) -> Iterator[list[Json]]:
        """GET /oncalls?escalation_policy_ids[]=: list who is on call on policies' levels, now.

        Args:
            policy_ids: PagerDuty's ids; some dozens at most, since they are part of the URL.

        Yields:
            The pages, users with their addresses.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        params: dict[str, str | list[str]] = {
            "escalation_policy_ids[]": list(policy_ids),
            "include[]": ["users"],
        }
        yield from self._pages("/oncalls", "tell who is on call", "oncalls", params)

    def _pages(self, path: str, action: str, member: str, params: Params) -> Iterator[list[Json]]:
        for offset in range(0, MAX_LISTED, _PAGE):
            paging = {"limit": str(_PAGE), "offset": str(offset)}
            body = self._get(path, action, member, {**params, **paging})
            yield body[member]
            if not body.get("more"):
                return

    def _get(self, path: str, action: str, member: str, params: Params | None = None) -> Json:
        call = ApiRequest(
            "GET",
            path,
            action,
            params=params or {},
            headers={"Accept": MEDIA_TYPE},
            envelope=member,
        )
        body: Json = self._send(call).body
        return body
