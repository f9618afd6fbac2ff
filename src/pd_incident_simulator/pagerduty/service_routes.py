"""Endpoints about services, their integrations and maintenance windows."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import PagerDutyRoutes, member, page
from .maintenance import FILTERS, add_window, fits
from .services import add_integration, create_service, shown_services, update_service
from .things import Json, invalid, missing

_ORDERS = ("", "name", "name:asc", "name:desc")


class ServiceRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Services, Maintenance Windows."""

    @route("GET", "/services")
    def list_services(self, request: Request) -> Reply:
        """List services: by part of the name, the exact name, teams; in the order of names."""
        order = request.first("sort_by")
        if order not in _ORDERS:
            raise invalid("sort_by must be name, name:asc or name:desc")
        found = [service for service in self.state.services.values() if _fits(service, request)]
        if order:
            found.sort(key=lambda service: str(service["name"]), reverse=order == "name:desc")
        shown = [self._whole_service(request, s) for s in shown_services(self.state, found)]
        return page(request, "services", shown)

    @route("POST", "/services")
    def add_service(self, request: Request) -> Reply:
        """Add a service."""
        return Reply(201, {"service": create_service(self.state, member(request, "service"))})

    @route("GET", "/services/{id}")
    def get_service(self, request: Request) -> Reply:
        """Show a service."""
        return Reply(200, {"service": self._shown_service(request)})

    @route("PUT", "/services/{id}")
    def change_service(self, request: Request) -> Reply:
        """Change a service."""
        update_service(self.state, self._service(request), member(request, "service"))
        return Reply(200, {"service": self._shown_service(request)})

    @route("POST", "/services/{id}/integrations")
    def create_integration(self, request: Request) -> Reply:
        """Add an integration."""
        wanted = member(request, "integration")
        integration = add_integration(self.state, self._service(request), wanted)
        return Reply(201, {"integration": integration})

    @route("GET", "/services/{id}/integrations/{integration_id}")
    def get_integration(self, request: Request) -> Reply:
        """Show an integration of a service, with its key."""
        integration = self.state.integrations.get(request.parameters["integration_id"])
        if integration is None or integration["service"]["id"] != self._service(request)["id"]:
            raise missing()
        return Reply(200, {"integration": integration})

    @route("GET", "/maintenance_windows")
    def list_maintenance_windows(self, request: Request) -> Reply:
        """List maintenance windows: by description, services, and whether they are over."""
        query, kind = request.first("query").lower(), request.first("filter", "all")
        if kind not in FILTERS:
            raise invalid(f"filter must be one of {', '.join(FILTERS)}")
        wanted = set(request.query.get("service_ids[]", []))
        found = [
            window
            for window in self.state.maintenance_windows.values()
            if query in window["description"].lower()
            and fits(window, kind)
            and (not wanted or wanted & {service["id"] for service in window["services"]})
        ]
        return page(request, "maintenance_windows", found)

    @route("POST", "/maintenance_windows")
    def create_maintenance_window(self, request: Request) -> Reply:
        """Add a maintenance window."""
        requester = self.requester(request)
        wanted = member(request, "maintenance_window")
        window = add_window(self.state, wanted, requester)
        return Reply(201, {"maintenance_window": window})

    def _service(self, request: Request) -> Json:
        service = self.state.services.get(request.parameters["id"])
        if service is None:
            raise missing()
        return service

    def _shown_service(self, request: Request) -> Json:
        (shown,) = shown_services(self.state, [self._service(request)])
        return self._whole_service(request, shown)

    def _whole_service(self, request: Request, service: Json) -> Json:
        """Put whole objects in place of references, as ``include[]`` asks."""
        included, whole = request.query.get("include[]", []), dict(service)
        if "escalation_policies" in included:
            policy = service["escalation_policy"]["id"]
            whole["escalation_policy"] = self.state.escalation_policies[policy]
        if "integrations" in included:
            ids = [integration["id"] for integration in service["integrations"]]
            whole["integrations"] = [self.state.integrations[identifier] for identifier in ids]
        if "teams" in included:
            whole["teams"] = [self.state.teams[team["id"]] for team in service["teams"]]
        return whole


def _fits(service: Json, request: Request) -> bool:
    name, wanted = service["name"], request.query.get("team_ids[]")
    teams = {team["id"] for team in service["teams"]}
    return (
        request.first("query").lower() in name.lower()
        and request.first("name", name) == name
        and (not wanted or not teams.isdisjoint(wanted))
    )
