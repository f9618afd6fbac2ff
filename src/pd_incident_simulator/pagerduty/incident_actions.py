"""What responders do with an incident: merge, snooze, ask for help, inform, start workflows.

https://developer.pagerduty.com/api-reference/ under Incidents and Incident Workflows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pd_incident_simulator.exchange import Reply, Request

from .incident_log import log, notify
from .lifecycle import assign_level, set_status
from .objects import ApiError, Json, invalid, iso, not_found, now, reference, resolve
from .rest import (
    Routes,
    get_object,
    get_objects,
    get_text,
    lookup,
    named,
    page,
    requester,
    require_ability,
)
from .state import PagerDutyState
from .webhooks import publish, responder_event, status_update_event

_MAX_SNOOZE = 604_800

routes = Routes()


@routes("PUT", "/incidents/{id}/merge")
def merge(state: PagerDutyState, request: Request) -> Reply:
    """Merge incidents into one, all of them or none: sources are resolved, their alerts move."""
    agent = reference(requester(state, request))
    target = lookup(state.incidents, request)
    refs = get_objects(request.json, "source_incidents")
    sources = [_incident(state, ref) for ref in refs]
    if len({target["id"], *(source["id"] for source in sources)}) <= len(sources):
        raise invalid("Source incidents must be different ones, and none of them the target")
    for incident in (target, *sources):
        if "resolve_reason" in incident:
            raise ApiError(1019, "Incident Already Merged", f"{incident['id']} was merged")
        _require_open(incident)
    for source in sources:
        _merge_one(state, target, source, agent)
    return Reply(200, {"incident": reference(target)})


@routes("POST", "/incidents/{id}/snooze")
def snooze(state: PagerDutyState, request: Request) -> Reply:
    """Snooze an incident: it stays acknowledged for a time."""
    agent = reference(requester(state, request))
    incident, duration = lookup(state.incidents, request), request.json.get("duration")
    if type(duration) is not int or not 1 <= duration <= _MAX_SNOOZE:
        raise invalid(f"Duration must be an integer from 1 to {_MAX_SNOOZE}")
    _require_open(incident)
    if incident["status"] == "triggered":
        set_status(state, incident, "acknowledged", agent)
    due = [{"type": "unacknowledge", "at": iso(datetime.now(UTC) + timedelta(seconds=duration))}]
    incident |= {"pending_actions": due, "updated_at": now()}
    log(state, incident, "snooze", agent=agent, changed_actions=due)
    return Reply(201, {"incident": incident})


@routes("POST", "/incidents/{id}/responder_requests")
def request_responders(state: PagerDutyState, request: Request) -> Reply:
    """Ask users, and those on call for escalation policies, for help, and notify them."""
    require_ability(state, "responder_requests")
    incident, body = lookup(state.incidents, request), request.json
    asked_by = reference(resolve(state.users, {"id": body.get("requester_id")}))
    message = get_text(body, "message")
    _require_open(incident)
    items = get_objects(body, "responder_request_targets")
    wrapped = [get_object(item, "responder_request_target") for item in items]
    targets = [(target, _users(state, target)) for target in wrapped]
    common = {"requester": asked_by, "message": message, "requested_at": now()}
    shown = [_show_target(incident, target, users, common) for target, users in targets]
    responders = [one for target in shown for one in target["incident_responders"]]
    responder_request = {
        "id": state.next_id("PRESP"),
        "incident": reference(incident),
        **common,
        "responder_request_targets": [{"responder_request_target": target} for target in shown],
    }
    incident["responder_requests"].append(responder_request)
    known = {one["user"]["id"]: one for one in [*responders, *incident["incidents_responders"]]}
    incident["incidents_responders"] = list(known.values())
    for user in {user["id"]: user for _, users in targets for user in users}.values():
        notify(state, incident, user)
    for responder in responders:
        event = responder_event("added", incident, responder, message)
        publish(state, event, incident["service"]["id"], incident["teams"])
    return Reply(200, {"responder_request": responder_request})


@routes("POST", "/incidents/{id}/status_updates")
def create_status_update(state: PagerDutyState, request: Request) -> Reply:
    """Send a status update to an incident's subscribers."""
    require_ability(state, "status_updates")
    sender, incident = reference(requester(state, request)), lookup(state.incidents, request)
    optional = [name for name in ("subject", "html_message") if name in request.json]
    update: Json = {
        "id": state.next_id("PSTATUS"),
        **{name: get_text(request.json, name) for name in ("message", *optional)},
        "created_at": now(),
        "sender": sender,
    }
    state.status_updates.setdefault(incident["id"], []).append(update)
    event = status_update_event(incident, update)
    publish(state, event, incident["service"]["id"], incident["teams"])
    return Reply(200, {"status_update": update})


@routes("GET", "/incident_workflows")
def list_workflows(state: PagerDutyState, request: Request) -> Reply:
    """List workflows whose name contains the query."""
    require_ability(state, "incident_workflows")
    found = named(request, state.incident_workflows.values())
    return page(request, "incident_workflows", found)


@routes("POST", "/incident_workflows/{id}/instances")
def start_workflow(state: PagerDutyState, request: Request) -> Reply:
    """Start a workflow on an incident; that needs no From."""
    require_ability(state, "incident_workflows")
    workflow = lookup(state.incident_workflows, request)
    body = get_object(request.json, "incident_workflow_instance")
    instance = {
        "id": body.get("id") or state.next_id("PWFI"),
        "type": "incident_workflow_instance",
        "incident": reference(_incident(state, get_object(body, "incident"))),
    }
    state.workflow_instances.append(instance | {"incident_workflow": reference(workflow)})
    return Reply(201, {"incident_workflow_instance": instance})


def _incident(state: PagerDutyState, ref: Json) -> Json:
    if ref.get("id") not in state.incidents:
        raise not_found()
    return state.incidents[ref["id"]]


def _require_open(incident: Json) -> None:
    if incident["status"] == "resolved":
        raise ApiError(1001, "Incident Already Resolved", f"{incident['id']} is resolved")


def _merge_one(state: PagerDutyState, target: Json, source: Json, agent: Json) -> None:
    alerts = state.alerts.pop(source["id"], [])
    for alert in alerts:
        alert["incident"] = reference(target)
    state.alerts.setdefault(target["id"], []).extend(alerts)
    counts = source["alert_counts"]
    target["alert_counts"] = {
        name: count + counts[name] for name, count in target["alert_counts"].items()
    }
    set_status(state, source, "resolved", agent)
    reason = {"type": "merge_resolve_reason", "incident": reference(target)}
    source |= {"resolve_reason": reason, "is_mergeable": False}


def _users(state: PagerDutyState, target: Json) -> list[Json]:
    kind = str(target.get("type")).removesuffix("_reference")
    if kind == "escalation_policy":
        return assign_level(state, resolve(state.escalation_policies, target), 1).users
    return [resolve(state.users, target if kind == "user" else None)]


def _show_target(incident: Json, target: Json, users: list[Json], common: Json) -> Json:
    responders = [
        {
            "state": "pending",
            "user": reference(user),
            "incident": reference(incident),
            "updated_at": common["requested_at"],
            **common,
        }
        for user in users
    ]
    summary = target.get("summary") or target["id"]
    return {**target, "summary": summary, "incident_responders": responders}
