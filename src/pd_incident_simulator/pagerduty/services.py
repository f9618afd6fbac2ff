"""Services and their integrations.

https://developer.pagerduty.com/api-reference/ under Services.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import uuid4

from . import seed
from .maintenance import is_in_maintenance
from .things import Json, RefusedError, invalid, known, reference
from .webhook_events import service_event
from .webhooks import publish

if TYPE_CHECKING:
    from .state import PagerDutyState

_INTEGRATIONS = (
    seed.EVENTS_V2,
    "generic_events_api_inbound_integration",
    "generic_email_inbound_integration",
    "aws_cloudwatch_inbound_integration",
    "nagios_inbound_integration",
    "pingdom_inbound_integration",
)
_COPIED = (
    "description",
    "auto_resolve_timeout",
    "acknowledgement_timeout",
    "incident_urgency_rule",
    "alert_creation",
)
_SETTABLE = ("active", "disabled")


def create_service(state: PagerDutyState, wanted: Json) -> Json:
    """Add a service.

    Args:
        state: the account.
        wanted: the request's service; ``name`` and ``escalation_policy`` are needed.

    Raises:
        RefusedError: the name is missing or taken, the policy unknown, the status not active.
    """
    name = _name(state, wanted.get("name"))
    policy = _policy(state, wanted.get("escalation_policy"))
    if wanted.get("status", "active") != "active":
        raise invalid("Status must be active")
    service = seed.service(state.next_id("PSVC"), name, policy)
    service |= {member: wanted[member] for member in _COPIED if member in wanted}
    state.services[service["id"]] = service
    _tell(state, "created", service)
    return service


def update_service(state: PagerDutyState, service: Json, changes: Json) -> None:
    """Change a service, all of it or nothing.

    Args:
        state: the account.
        service: the service; it is changed in place.
        changes: the request's service.

    Raises:
        RefusedError: as for `create_service`; the status can be active or disabled.
    """
    wanted = {member: changes[member] for member in _COPIED if member in changes}
    if changes.get("name") not in {None, service["name"]}:
        wanted["name"] = wanted["summary"] = _name(state, changes["name"])
    if changes.get("escalation_policy") is not None:
        wanted["escalation_policy"] = reference(_policy(state, changes["escalation_policy"]))
    status = changes.get("status")
    if status not in {None, service_status(state, service), *_SETTABLE}:
        raise invalid("Status must be active or disabled")
    if status is not None:
        wanted["status"] = "disabled" if status == "disabled" else "active"
    service |= wanted
    _tell(state, "updated", service)


def add_integration(state: PagerDutyState, service: Json, wanted: Json) -> Json:
    """Add an integration; the key of one for the Events API v2 works there as routing key.

    Args:
        state: the account.
        service: the service; it is changed in place.
        wanted: the request's integration: ``type`` and ``name``.

    Raises:
        RefusedError: there is no such type of integration.
    """
    kind = str(wanted.get("type") or "").removesuffix("_reference")
    if kind not in _INTEGRATIONS:
        raise invalid("Integration type is not supported")
    name = str(wanted.get("name") or wanted.get("summary") or "Integration")
    integration = seed.integration(state.next_id("PINTEG"), kind, name, service, uuid4().hex)
    if kind == seed.EVENTS_V2:
        state.routing_keys[integration["integration_key"]] = service["id"]
    state.integrations[integration["id"]] = integration
    return integration


def service_status(state: PagerDutyState, service: Json) -> str:
    """Work out a service's status from its maintenance windows and open incidents."""
    return shown_services(state, [service])[0]["status"]  # type: ignore[no-any-return]


def shown_services(state: PagerDutyState, services: list[Json]) -> list[Json]:
    """Show services with the status and the time of the last incident that they have now."""
    statuses: defaultdict[str, set[str]] = defaultdict(set)
    latest: dict[str, str] = {}
    for incident in state.incidents.values():
        identifier = incident["service"]["id"]
        statuses[identifier].add(incident["status"])
        latest[identifier] = max(latest.get(identifier, ""), incident["created_at"])
    return [
        {
            **service,
            "status": _status(state, service, statuses[service["id"]]),
            **_last_incident(latest.get(service["id"])),
        }
        for service in services
    ]


def _tell(state: PagerDutyState, what: str, service: Json) -> None:
    places = {service["id"], *(team["id"] for team in service["teams"])}
    publish(state, service_event(state, what, service), places)


def _last_incident(at: str | None) -> Json:
    return {"last_incident_timestamp": at} if at else {}


def _status(state: PagerDutyState, service: Json, statuses: set[str]) -> str:
    if service["status"] == "disabled":
        return "disabled"
    if is_in_maintenance(state, service["id"]):
        return "maintenance"
    if "triggered" in statuses:
        return "critical"
    return "warning" if "acknowledged" in statuses else "active"


def _name(state: PagerDutyState, name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise invalid("Name cannot be empty.")
    if any(service["name"] == name for service in state.services.values()):
        raise invalid("Name has already been taken")
    return name


def _policy(state: PagerDutyState, wanted: object) -> Json:
    return known(
        state.escalation_policies, wanted, RefusedError(1014, "Escalation Policy Not Found")
    )
