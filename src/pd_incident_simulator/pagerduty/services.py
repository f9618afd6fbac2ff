"""Services, their integrations and maintenance windows.

https://developer.pagerduty.com/api-reference/ under Services and Maintenance Windows.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from uuid import uuid4

from pd_incident_simulator.exchange import Reply, Request

from . import seed
from .objects import (
    ApiError,
    Json,
    invalid,
    iso,
    new_object,
    now,
    parse_time,
    reference,
    resolve,
)
from .rest import (
    Routes,
    get_object,
    get_objects,
    get_text,
    lookup,
    matching,
    named,
    page,
    requester,
)
from .state import PagerDutyState
from .webhooks import publish, service_event

_INTEGRATIONS = (
    seed.EVENTS_V2,
    "generic_events_api_inbound_integration",
    "generic_email_inbound_integration",
)
_COPIED = (
    "description",
    "auto_resolve_timeout",
    "acknowledgement_timeout",
    "incident_urgency_rule",
    "alert_creation",
)

routes = Routes()


@routes("GET", "/services")
def list_services(state: PagerDutyState, request: Request) -> Reply:
    """List services by part of the name; sorted by it if wanted."""
    found = named(request, state.services.values())
    if request.param("sort_by") == "name":
        found.sort(key=lambda service: str(service["name"]))
    return page(request, "services", _show(state, request, found))


@routes("POST", "/services")
def create_service(state: PagerDutyState, request: Request) -> Reply:
    """Create a service."""
    body = get_object(request.json, "service")
    name = get_text(body, "name")
    if any(service["name"] == name for service in state.services.values()):
        raise invalid("Name has already been taken")
    policy = resolve(
        state.escalation_policies,
        body.get("escalation_policy"),
        1014,
        "Escalation Policy Not Found",
    )
    service = seed.service(state.next_id("PSVC"), name, policy)
    service |= {name: body[name] for name in _COPIED if name in body}
    state.services[service["id"]] = service
    publish(state, service_event("created", service), service["id"], service["teams"])
    return Reply(201, {"service": service})


@routes("GET", "/services/{id}")
def get_service(state: PagerDutyState, request: Request) -> Reply:
    """Return a service."""
    (service,) = _show(state, request, [lookup(state.services, request)])
    return Reply(200, {"service": service})


@routes("POST", "/services/{id}/integrations")
def create_integration(state: PagerDutyState, request: Request) -> Reply:
    """Create an integration; the key of one for the Events API v2 works there as routing key."""
    service, body = lookup(state.services, request), get_object(request.json, "integration")
    kind = str(body.get("type") or "").removesuffix("_reference")
    if kind not in _INTEGRATIONS:
        raise invalid("Integration type is not supported")
    name = str(body.get("name") or body.get("summary") or "Integration")
    integration = seed.integration(state.next_id("PINTEG"), kind, name, service, uuid4().hex)
    if kind == seed.EVENTS_V2:
        state.routing_keys[integration["integration_key"]] = service["id"]
    state.integrations[integration["id"]] = integration
    return Reply(201, {"integration": integration})


@routes("DELETE", "/maintenance_windows/{id}")
def end_window(state: PagerDutyState, request: Request) -> Reply:
    """End an ongoing window now, or delete a future one; one that is over is refused."""
    window = lookup(state.maintenance_windows, request)
    if _is_over(window):
        raise ApiError(5003, "You cannot cancel a maintenance window from the past", status=405)
    if _is_ahead(window):
        del state.maintenance_windows[window["id"]]
    window["end_time"] = now()
    return Reply(204)


@routes("GET", "/maintenance_windows")
def list_windows(state: PagerDutyState, request: Request) -> Reply:
    """List maintenance windows that aren't over, by services."""
    if request.param("filter") != "open":
        raise invalid("The simulator lists open windows only")
    windows = [one for one in state.maintenance_windows.values() if not _is_over(one)]
    filters = {"service_ids[]": lambda window: {service["id"] for service in window["services"]}}
    return page(request, "maintenance_windows", matching(request, windows, filters))


@routes("POST", "/maintenance_windows")
def create_window(state: PagerDutyState, request: Request) -> Reply:
    """Create a maintenance window."""
    creator = requester(state, request)
    body = get_object(request.json, "maintenance_window")
    start = parse_time(body.get("start_time"), "Start time")
    times = _window_times(start, parse_time(body.get("end_time"), "End time"))
    services = get_objects(body, "services")
    summary = str(body.get("description") or "Maintenance")
    window = {
        **new_object("maintenance_window", state.next_id("PMAINT"), summary, "maintenance_windows"),
        "sequence_number": len(state.maintenance_windows) + 1,
        **times,
        "description": summary,
        "created_by": reference(creator),
        "services": [reference(resolve(state.services, service)) for service in services],
        "teams": [],
    }
    state.maintenance_windows[window["id"]] = window
    return Reply(201, {"maintenance_window": window})


@routes("GET", "/maintenance_windows/{id}")
def get_window(state: PagerDutyState, request: Request) -> Reply:
    """Return a maintenance window."""
    return Reply(200, {"maintenance_window": lookup(state.maintenance_windows, request)})


@routes("PUT", "/maintenance_windows/{id}")
def update_window(state: PagerDutyState, request: Request) -> Reply:
    """Change a maintenance window; a start that has passed becomes now."""
    window = lookup(state.maintenance_windows, request)
    body = get_object(request.json, "maintenance_window")
    if body.get("type") != "maintenance_window":
        raise invalid("Type must be maintenance_window")
    start = max(parse_time(body.get("start_time"), "Start time"), datetime.now(UTC))
    window |= _window_times(start, parse_time(body.get("end_time"), "End time"))
    services = get_objects(body, "services")
    window["services"] = [reference(resolve(state.services, service)) for service in services]
    window["description"] = str(body.get("description") or window["description"])
    return Reply(200, {"maintenance_window": window})


def _window_times(start: datetime, end: datetime) -> Json:
    if end <= max(start, datetime.now(UTC)):
        raise invalid("End time must be after start time, and in the future")
    return {"start_time": iso(start), "end_time": iso(end)}


def is_in_maintenance(state: PagerDutyState, service: str) -> bool:
    """Return whether the service with an id is in a maintenance window now."""
    return any(
        service in {item["id"] for item in window["services"]}
        for window in state.maintenance_windows.values()
        if not _is_over(window) and not _is_ahead(window)
    )


def _show(state: PagerDutyState, request: Request, services: list[Json]) -> list[Json]:
    """Show services with their current status, and objects for references as ``include[]`` asks."""
    statuses: defaultdict[str, set[str]] = defaultdict(set)
    latest: dict[str, str] = {}
    for incident in state.incidents.values():
        identifier = incident["service"]["id"]
        statuses[identifier].add(incident["status"])
        latest[identifier] = max(latest.get(identifier, ""), incident["created_at"])
    shown = []
    for service in services:
        identifier = service["id"]
        one = service | {"status": _status(state, service, statuses[identifier])}
        if identifier in latest:
            one["last_incident_timestamp"] = latest[identifier]
        if "escalation_policies" in request.params("include[]"):
            policy = service["escalation_policy"]["id"]
            one["escalation_policy"] = state.escalation_policies[policy]
        if "integrations" in request.params("include[]"):
            ids = [integration["id"] for integration in service["integrations"]]
            one["integrations"] = [state.integrations[each] for each in ids]
        shown.append(one)
    return shown


def _status(state: PagerDutyState, service: Json, incidents: set[str]) -> str:
    if service["status"] == "disabled":
        return "disabled"
    if is_in_maintenance(state, service["id"]):
        return "maintenance"
    if "triggered" in incidents:
        return "critical"
    return "warning" if "acknowledged" in incidents else "active"


def _is_over(window: Json) -> bool:
    return bool(window["end_time"] <= now())


def _is_ahead(window: Json) -> bool:
    return bool(window["start_time"] > now())
