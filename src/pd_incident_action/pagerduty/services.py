"""PagerDuty's services, their integrations and their maintenance windows.

https://developer.pagerduty.com/api-reference/ under Services and Maintenance Windows.

Every method raises `ApiError` where PagerDuty refuses or isn't reached. What would be there twice
if it were repeated isn't sent again where it may have been processed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from itertools import islice

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.http.messages import build_path, has_id, has_this_id
from pd_incident_action.inputs.intervals import Interval, to_iso
from pd_incident_action.text import Json

from .client import PagerDuty, Params, reference
from .idempotency import send_or_find
from .models import EVENTS_V2, Integration, MaintenanceWindow, Service

_MAX_SEARCHED = 5_000


class Services:
    """PagerDuty's services."""

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def get(self, service_id: str, *include: str, source: str = "input 'service'") -> Service:
        """GET /services/{id}: read a service."""
        params = {"include[]": list(include)} if include else {}
        action = f"find service {service_id} of {source}"
        path = build_path("services", service_id)
        return Service.read(
            self._pagerduty.get(path, action, "service", params, has_this_id(service_id))
        )

    def all(self, *include: str) -> Iterator[Service]:
        """GET /services: list all services, by name, as far as they are consumed."""
        params: Params = {"sort_by": "name"}
        if include:
            params = {**params, "include[]": [*include]}
        listed = self._pagerduty.paginate("/services", "list the services", "services", params)
        return map(Service.read, listed)

    def find_by_key(self, routing_key: str) -> tuple[Service, Integration] | None:
        """Find the service and the integration that a routing key belongs to.

        Raises:
            NotApplicable: it may be any of those whose keys PagerDuty doesn't show.
        """
        is_hidden = False
        for service in islice(self.all("integrations"), _MAX_SEARCHED):
            for one in service.integrations:
                if one.integration_key == routing_key:
                    return service, one
                is_hidden = is_hidden or (one.is_events_v2 and not one.integration_key)
        if is_hidden:
            raise NotApplicable(
                "The service of routing-key wasn't found",
                "PagerDuty doesn't show pagerduty-token the keys of all integrations",
                "look the key up in PagerDuty",
            )
        return None

    def check_exist(self, service_ids: Sequence[str]) -> None:
        """Make sure that services exist: one without incidents looks like one that doesn't."""
        for service_id in service_ids:
            self.get(service_id)

    def create(self, name: str, description: str, policy_id: str) -> Service:
        """POST /services: add a service; PagerDuty refuses a name that is taken."""
        body = {
            "type": "service",
            "name": name,
            "escalation_policy": reference("escalation_policy", policy_id),
            **({"description": description} if description else {}),
        }
        action = f"create service '{name}'"
        created = self._pagerduty.post_once("/services", action, {"service": body}, "service")
        return Service.read(created)

    def events_integration(self, service: Service) -> Integration:
        """Return a service's integration for the Events API v2, added unless it is there.

        Its ``integration_key`` is a credential, the routing key; empty where PagerDuty hides it.
        """
        existing = service.events_integration
        if existing is None:
            return send_or_find(
                partial(self._add_events_integration, service.id),
                lambda: self.get(service.id, "integrations").events_integration,
                self._pagerduty.deadline,
            )
        return existing if existing.integration_key else self._integration(service.id, existing.id)

    def routing_key(self, service_id: str, source: str) -> tuple[Service, str]:
        """Return a service and its routing key; none is added where it has none.

        Raises:
            NotApplicable: there is no key to be seen.
        """
        service = self.get(service_id, "integrations", source=source)
        if service.events_integration is not None:
            key = self.events_integration(service).integration_key
            if key:
                return service, key
        raise NotApplicable(f"{service.label} has no Events API V2 integration to be seen")

    def open_windows(self, service_ids: Sequence[str]) -> Iterator[MaintenanceWindow]:
        """GET /maintenance_windows?filter=open: list ongoing and future windows of services."""
        listed = self._pagerduty.paginate(
            "/maintenance_windows",
            "list the maintenance windows",
            "maintenance_windows",
            {"service_ids[]": [*service_ids], "filter": "open"},
        )
        return map(MaintenanceWindow.read, listed)

    def create_window(
        self, service_ids: Sequence[str], interval: Interval, description: str
    ) -> MaintenanceWindow:
        """POST /maintenance_windows: keep services from opening incidents for a time."""
        body = _window(interval.start_iso, interval.end_iso, service_ids, description)
        action = f"open the maintenance window on {', '.join(service_ids)} of input 'service'"
        path = "/maintenance_windows"
        created = self._pagerduty.post_once(path, action, body, "maintenance_window")
        return MaintenanceWindow.read(created)

    def end_window(self, window_id: str) -> None:
        """DELETE /maintenance_windows/{id}: end an ongoing window, or delete a future one.

        One that is over stays so.
        """
        try:
            path = build_path("maintenance_windows", window_id)
            self._pagerduty.write("DELETE", path, "end the maintenance window", None)
        except ApiRejected as error:
            if error.status not in {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_FOUND}:
                raise

    def window(self, window_id: str) -> MaintenanceWindow:
        """GET /maintenance_windows/{id}: read a maintenance window."""
        action = f"find maintenance window {window_id} of input 'maintenance-window'"
        path = build_path("maintenance_windows", window_id)
        check = has_this_id(window_id)
        return MaintenanceWindow.read(
            self._pagerduty.get(path, action, "maintenance_window", check=check)
        )

    def extend_window(self, window: MaintenanceWindow, end: datetime) -> MaintenanceWindow:
        """PUT /maintenance_windows/{id}: let a window end later; PagerDuty wants all of it."""
        ids = [one.id for one in window.services]
        body = _window(window.start_time, to_iso(end), ids, window.description)
        path = build_path("maintenance_windows", window.id)
        action, member = f"extend maintenance window {window.id}", "maintenance_window"
        changed = self._pagerduty.write("PUT", path, action, body, member, check=has_id)
        return MaintenanceWindow.read(changed)

    def _add_events_integration(self, service_id: str) -> Integration:
        """POST /services/{id}/integrations."""
        path = build_path("services", service_id, "integrations")
        body = {"integration": {"type": EVENTS_V2, "name": "Events API v2"}}
        action = "add the Events API v2 integration"
        added = self._pagerduty.post_once(path, action, body, "integration")
        return Integration.read(added)

    def _integration(self, service_id: str, integration_id: str) -> Integration:
        """GET /services/{id}/integrations/{integration_id}, which shows its key."""
        path = build_path("services", service_id, "integrations", integration_id)
        return Integration.read(
            self._pagerduty.get(path, "show the integration", "integration", check=has_id)
        )


def _window(start: str, end: str, service_ids: Sequence[str], description: str) -> Json:
    """Build the body of a maintenance window."""
    window = {
        "type": "maintenance_window",
        "start_time": start,
        "end_time": end,
        "services": [reference("service", one) for one in service_ids],
        **({"description": description} if description else {}),
    }
    return {"maintenance_window": window}
