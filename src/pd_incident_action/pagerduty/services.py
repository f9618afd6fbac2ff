"""PagerDuty's services, their integrations and their maintenance windows.

https://developer.pagerduty.com/api-reference/ under Services and Maintenance Windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.http.messages import build_path
from pd_incident_action.models import Service

from .client import reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .client import Json, PagerDuty

EVENTS_V2 = "events_api_v2_inbound_integration"


class Services:
    """Reads and changes services.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def service(self, service_id: str, *include: str) -> Json:
        """GET /services/{id}: read a service.

        Args:
            service_id: PagerDuty's id.
            include: what to show whole rather than as a reference: ``escalation_policies`` or
                ``integrations``.

        Returns:
            The service.

        Raises:
            ApiError: it doesn't exist, or PagerDuty wasn't reached.
        """
        action = f"find service {service_id} of input 'service'"
        params = {"include[]": list(include)} if include else {}
        found: Json = self._pagerduty.get(
            build_path("services", service_id), action, "service", params
        )
        return found

    def create(self, name: str, description: str, policy_id: str) -> Json:
        """POST /services: add a service.

        Args:
            name: what people will call it; PagerDuty refuses one that is taken.
            description: what it is, or empty.
            policy_id: id of the escalation policy that is paged.

        Returns:
            The service.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated.
        """
        service = {
            "type": "service",
            "name": name,
            "escalation_policy": reference("escalation_policy", policy_id),
            **({"description": description} if description else {}),
        }
        created: Json = self._pagerduty.write(
            "POST",
            "/services",
            f"create service '{name}'",
            {"service": service},
            "service",
            idempotent=False,
        )
        return created

    def add_events_integration(self, service_id: str, name: str) -> Json:
        """POST /services/{id}/integrations: let events in through the Events API v2.

        Args:
            service_id: PagerDuty's id.
            name: what the integration is called on the service's page.

        Returns:
            The integration; its ``integration_key`` is a credential, the routing key.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated, since the integration would be there twice.
        """
        created: Json = self._pagerduty.write(
            "POST",
            build_path("services", service_id, "integrations"),
            "add the Events API v2 integration",
            {"integration": {"type": EVENTS_V2, "name": name}},
            "integration",
            idempotent=False,
        )
        return created

    def integration(self, service_id: str, integration_id: str) -> Json:
        """GET /services/{id}/integrations/{integration_id}: read an integration.

        Args:
            service_id: PagerDuty's id of the service.
            integration_id: PagerDuty's id of the integration.

        Returns:
            The integration, with its key.

        Raises:
            ApiError: it doesn't exist, or PagerDuty wasn't reached.
        """
        path = build_path("services", service_id, "integrations", integration_id)
        found: Json = self._pagerduty.get(path, "show the integration", "integration")
        return found

    def open_windows(self, service_ids: Sequence[str]) -> list[Json]:
        """GET /maintenance_windows?filter=open: list windows that are open or still to come.

        Args:
            service_ids: PagerDuty's ids of the services that they are about.

        Returns:
            The windows; one of several services may leave out others.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        params: dict[str, str | list[str]] = {
            "service_ids[]": list(service_ids),
            "filter": "open",
        }
        action = "list the maintenance windows"
        path = "/maintenance_windows"
        return list(self._pagerduty.pages(path, action, "maintenance_windows", params))

    def open_window(
        self, service_ids: Sequence[str], start: str, end: str, description: str
    ) -> Json:
        """POST /maintenance_windows: keep services from opening incidents for a while.

        Args:
            service_ids: PagerDuty's ids.
            start: ISO 8601 time.
            end: ISO 8601 time.
            description: why; may be empty.

        Returns:
            The window.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated.
        """
        window = {
            "type": "maintenance_window",
            "start_time": start,
            "end_time": end,
            "services": [reference("service", one) for one in service_ids],
            **({"description": description} if description else {}),
        }
        opened: Json = self._pagerduty.write(
            "POST",
            "/maintenance_windows",
            f"open the maintenance window on {', '.join(service_ids)} of input 'service'",
            {"maintenance_window": window},
            "maintenance_window",
            idempotent=False,
        )
        return opened


def to_service(json: Json, on_call: Sequence[str] = ()) -> Service:
    """Read a service as PagerDuty shows it.

    Args:
        json: the ``service`` of an answer.
        on_call: e-mail addresses of who is on call for it, first level first.

    Returns:
        The service; what PagerDuty left out is empty.
    """
    return Service(
        id=str(json.get("id") or ""),
        name=str(json.get("name") or json.get("summary") or ""),
        status=str(json.get("status") or ""),
        url=str(json.get("html_url") or ""),
        on_call=tuple(on_call),
    )
