"""Creating, listing and updating incidents.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pd_incident_simulator.exchange import Reply, Request

from .incident_log import log, notify_assignees
from .lifecycle import (
    apply,
    assign,
    assign_level,
    check,
    priority,
    requested_assignment,
    schedule_escalation,
    set_status,
    update,
    validate,
)
from .objects import (
    ApiError,
    Json,
    invalid,
    iso,
    new_object,
    not_found,
    now,
    parse_time,
    reference,
    resolve,
)
from .rest import Filters, Routes, get_object, get_objects, lookup, matching, page, requester
from .services import is_in_maintenance
from .state import OPEN, PagerDutyState

_MAX_BULK = 250
_DUPLICATE = "Open incident with matching dedup key already exists on this service"

_DEFAULT_RANGE = timedelta(days=30)
_MAX_RANGE = timedelta(days=184)
_FILTERS: Filters = {
    "statuses[]": lambda incident: {incident["status"]},
    "service_ids[]": lambda incident: {incident["service"]["id"]},
}
_ORDERS = ("created_at:asc", "created_at:desc")

routes = Routes()


@routes("POST", "/incidents")
def create_incident(state: PagerDutyState, request: Request) -> Reply:
    """Create an incident."""
    creator = requester(state, request)
    body = get_object(request.json, "incident")
    absent = [name for name in ("type", "title", "service") if not body.get(name)]
    if absent:
        raise invalid(*(f"{name.capitalize()} cannot be empty." for name in absent))
    return Reply(201, {"incident": create(state, body, creator)})


@routes("GET", "/incidents")
def list_incidents(state: PagerDutyState, request: Request) -> Reply:
    """List incidents; oldest first unless ``sort_by`` says otherwise."""
    since, until = _range(request)
    key = request.param("incident_key")
    found = [
        incident
        for incident in state.incidents.values()
        if since <= incident["created_at"] <= until
        and (not key or incident["incident_key"] == key)
        # The real API takes an empty key for a filter, too: it lists every open incident.
        and (key or "incident_key" not in request.query or incident["status"] in OPEN)
    ]
    found = _sorted(matching(request, found, _FILTERS), request)
    if "first_trigger_log_entries" in request.params("include[]"):
        found = [
            one | {"first_trigger_log_entry": state.log_entries[one["id"]][0]} for one in found
        ]
    return page(request, "incidents", found)


@routes("GET", "/incidents/{id}")
def get_incident(state: PagerDutyState, request: Request) -> Reply:
    """Return an incident."""
    return Reply(200, {"incident": lookup(state.incidents, request)})


@routes("PUT", "/incidents/{id}")
def update_incident(state: PagerDutyState, request: Request) -> Reply:
    """Update an incident."""
    user = requester(state, request)
    body = get_object(request.json, "incident")
    incident = lookup(state.incidents, request)
    update(state, incident, body, user)
    return Reply(200, {"incident": incident})


@routes("PUT", "/incidents")
def update_incidents(state: PagerDutyState, request: Request) -> Reply:
    """Update many incidents: all of them, or none."""
    user = requester(state, request)
    bodies = get_objects(request.json, "incidents")
    if len(bodies) > _MAX_BULK:
        raise ApiError(2001, "Request Entity Too Large", status=413)
    if any(body.get("id") not in state.incidents for body in bodies):
        raise not_found()
    updates = [check(state, state.incidents[body["id"]], body) for body in bodies]
    for one in updates:
        apply(state, one, user)
    incidents = [one.incident for one in updates]
    paging = {"limit": len(incidents), "offset": 0, "more": False}
    return Reply(200, {"incidents": incidents, **paging})


def create(state: PagerDutyState, body: Json, creator: Json | None) -> Json:
    """Create an incident.

    Args:
        state: the account.
        body: the request's incident.
        creator: the user who asks; None for an event.

    Returns:
        The incident as the API shows it.

    Raises:
        ApiError: the input is wrong, or the service has an open incident with the same key.
    """
    validate(state, body)
    service = resolve(state.services, body.get("service"))
    if service["status"] == "disabled":
        raise invalid("Service is disabled")
    key = body.get("incident_key") or state.next_id("key")
    if state.open_incidents(key, service["id"]):
        raise ApiError(2002, "Arguments Caused Error", _DUPLICATE)
    policy = service["escalation_policy"]
    assignment = requested_assignment(state, body, policy) or assign_level(state, policy, 1)
    incident = new_incident(state, body, service, key)
    assign(incident, assignment)
    schedule_escalation(state, incident)
    state.incidents[incident["id"]] = incident
    agent = reference(creator) if creator else incident["service"]
    assignees = [reference(user) for user in assignment.users]
    log(state, incident, "trigger", agent=agent)
    log(state, incident, "assign", agent=agent, assignees=assignees)
    if creator is not None and assignment.is_direct and assignment.users == [creator]:
        set_status(state, incident, "acknowledged", agent)
    elif not is_in_maintenance(state, service["id"]):
        notify_assignees(state, incident)
    return incident


def new_incident(state: PagerDutyState, body: Json, service: Json, key: str) -> Json:
    """Build an incident that nobody is assigned to yet.

    Args:
        state: the account, whose next number it gets.
        body: the request's incident.
        service: its service.
        key: its incident key.
    """
    number, at, title = state.next_number(), now(), body["title"]
    return {
        **new_object("incident", state.next_id("Q0INC"), f"[#{number}] {title}", "incidents"),
        "incident_number": number,
        "title": title,
        "description": title,
        "created_at": at,
        "updated_at": at,
        "status": "triggered",
        "incident_key": key,
        "service": reference(service),
        "acknowledgements": [],
        "last_status_change_at": at,
        "last_status_change_by": reference(service),
        "teams": service["teams"],
        "urgency": body.get("urgency") or "high",
        **({"priority": priority(state, body["priority"])} if body.get("priority") else {}),
        "incident_type": body.get("incident_type") or {"name": "incident_default"},
        "body": body.get("body") or {"type": "incident_body"},
        "conference_bridge": body.get("conference_bridge") or {},
        "alert_counts": {"all": 0, "triggered": 0, "resolved": 0},
        "is_mergeable": True,
        "incidents_responders": [],
        "responder_requests": [],
    }


def _range(request: Request) -> tuple[str, str]:
    """Return the range; texts of one format compare as times do, and much faster."""
    if request.param("date_range") == "all":
        return "", "9999"
    until = _time(request, "until") or datetime.now(UTC) + timedelta(minutes=1)
    since = _time(request, "since") or until - _DEFAULT_RANGE
    if until - since > _MAX_RANGE:
        raise invalid("The range of time must not be longer than six months")
    return iso(since), iso(until)


def _time(request: Request, name: str) -> datetime | None:
    text = request.param(name)
    return parse_time(text, name) if text else None


def _sorted(incidents: list[Json], request: Request) -> list[Json]:
    order = request.param("sort_by", _ORDERS[0])
    if order not in _ORDERS:
        raise invalid(f"{order} is not an order")
    incidents.sort(key=lambda incident: (incident["created_at"], incident["incident_number"]))
    return incidents if order == _ORDERS[0] else incidents[::-1]
