"""What PagerDuty would make of a request, and which ones it would refuse: for dry runs.

https://developer.pagerduty.com/api-reference/ and https://developer.pagerduty.com/docs/errors
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.dry_run import NEW_ID, Change, Refusal, fetch, merge
from pd_incident_action.http.messages import ApiRequest, build_path
from pd_incident_action.inputs.intervals import to_iso
from pd_incident_action.text import Json, JsonValue

from .client import PagerDuty, reference
from .models import OPEN_STATUSES, OnCall, PagerDutyIncident

_NEEDS_FROM = re.compile(
    r"/incidents(/[^/]+(/(notes|merge|snooze|status_updates))?)?|/maintenance_windows"
)
_INVALID = (2001, "Invalid Input Provided")
# By type of reference: where its objects are listed, and PagerDuty's error for one that isn't.
_REFERENCES: Mapping[str, tuple[str, tuple[int, str]]] = {
    "service": ("services", _INVALID),
    "user": ("users", _INVALID),
    "escalation_policy": ("escalation_policies", (1014, "Escalation Policy Not Found")),
    "priority": ("priorities", (1020, "Invalid Priority")),
}
_PAGE = 100
_SHOWN = ("summary", "name", "html_url", "email", "escalation_policy", "status")
_DUPLICATE = "Open incident with matching dedup key already exists on this service"
# What an administrator's key sees and another may not: then the request counts as a good one.
_HIDDEN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN})


def imitate(change: Change) -> Json:
    """Return an object as PagerDuty would show it after a change.

    Raises:
        Refusal: PagerDuty would refuse.
        ApiError: PagerDuty wasn't reached.
    """
    path, requester = change.request.path, _requester(change)
    resource = path.rpartition("/")[2]
    if resource == "overrides":
        return _override(change)
    change = change._replace(sent=_resolve(change, change.sent))
    if path == "/incidents" and not change.before:
        return _open(change, requester)
    if resource == "instances":
        _check_workflow(change, path.split("/")[2])
    if resource in {"snooze", "merge"}:
        return (_snooze if resource == "snooze" else _merge_incidents)(change)
    if change.request.envelope.startswith("incident"):
        return _update(change)
    delivery = change.sent.get("delivery_method") or {}
    made_up: Mapping[str, Json] = {
        "integrations": {"integration_key": "(of the new integration)"},
        "notes": {"user": requester},
        "webhook_subscriptions": {
            "delivery_method": {**delivery, "secret": "(of the new subscription)"}
        },
    }
    return merge(change) | made_up.get(resource, {})


def _snooze(change: Change) -> Json:
    until = datetime.now(UTC) + timedelta(seconds=change.sent["duration"])
    due = {"type": "unacknowledge", "at": to_iso(until)}
    return {**change.before, "status": "acknowledged", "pending_actions": [due]}


def _override(change: Change) -> Json:
    """Show overrides, each with its own status, as PagerDuty does."""
    try:
        return dict(_resolve(change, change.sent))
    except Refusal as refusal:
        errors = json.loads(refusal.body)["error"]["errors"]
        return {"overrides": [{"status": refusal.status, "errors": errors}]}


def predict_incident(pagerduty: PagerDuty, incident: Json) -> PagerDutyIncident:
    """Return the incident that an alert would open; raises as `imitate` does."""
    request = ApiRequest("POST", "/incidents", "open the incident", headers=pagerduty.headers)
    read = partial(fetch, pagerduty.send, request)
    change = Change(request, {}, incident, read, lambda _path, _object: None)
    sent = {"id": NEW_ID, **_resolve(change, incident)}
    return PagerDutyIncident.read(_open(change._replace(sent=sent), {}))


def _open(change: Change, requester: Json) -> Json:
    """Open an incident as `POST /incidents` does."""
    sent, service = change.sent, change.sent["service"]
    if service.get("status") == "disabled":
        raise _refusal(*_INVALID, "Service is disabled")
    if key := sent.get("incident_key"):
        params = {"incident_key": key, "statuses[]": [*OPEN_STATUSES], "date_range": "all"}
        found = change.fetch("/incidents", "incidents", params)
        if any(one["service"]["id"] == service["id"] for one in found):
            raise _refusal(2002, "Arguments Caused Error", _DUPLICATE)
    now = to_iso(datetime.now(UTC))
    policy = sent.get("escalation_policy") or service.get("escalation_policy") or {}
    incident = {
        "description": sent["title"],
        "created_at": now,
        "updated_at": now,
        **sent,
        "status": "triggered",
        **_assigned(change, policy, 1),
    }
    if [one["assignee"]["id"] for one in incident["assignments"]] == [requester.get("id")]:
        incident["status"] = "acknowledged" if sent.get("assignments") else "triggered"
    return incident


def _update(change: Change) -> Json:
    """Change an incident as `PUT /incidents/{id}` does."""
    before, sent, status = change.before, change.sent, change.sent.get("status")
    after = {**merge(change), "updated_at": to_iso(datetime.now(UTC))}
    policy, level = sent.get("escalation_policy"), after.pop("escalation_level", None)
    if sent.get("title"):
        after["description"] = sent["title"]
    if status or after.get("urgency") == "low":
        after["pending_actions"] = []
    if status == "resolved":
        return {**after, "assignments": []}
    is_reopened = before.get("status") == "resolved" and status
    if not (policy or level or sent.get("assignments") or is_reopened):
        return after
    if not status:
        after["status"] = "triggered"
    return after | _assigned(change, policy or before.get("escalation_policy") or {}, level or 1)


def _assigned(change: Change, policy: Json, level: int) -> Json:
    """Return who gets an incident: the people who are named, or those on call on a level."""
    now, people = to_iso(datetime.now(UTC)), change.sent.get("assignments")
    if people:
        how, users = "direct_assignment", [one["assignee"] for one in people]
    else:
        how, users = "escalation_policy", _on_call(change, policy, level)
    return {
        "assigned_via": how,
        "escalation_policy": policy,
        "assignments": [{"at": now, "assignee": one} for one in users],
        "pending_actions": [],
    }


def _on_call(change: Change, policy: Json, level: int) -> list[Json]:
    """Return who is on call on a level of a policy, or on the next with anybody."""
    path = build_path("escalation_policies", policy["id"])
    params: dict[str, str | list[str]] = {
        "escalation_policy_ids[]": [policy["id"]],
        "include[]": ["users"],
        "limit": str(_PAGE),
    }
    try:
        rules = change.fetch(path, "escalation_policy").get("escalation_rules") or ()
        if level > len(rules) > 0:
            raise _refusal(1006, "Incident Cannot Be Escalated", f"There is no level {level}")
        found = OnCall.read_all(change.fetch("/oncalls", "oncalls", params))
    except ApiRejected as error:
        if error.status in _HIDDEN:
            return []
        raise
    later = sorted({one.level for one in found if one.level >= level})
    if not later:
        raise _refusal(1015, "Nobody On Call", "No one is on call for this escalation policy")
    users = {one.user.id: one.user for one in found if one.level == later[0]}
    return [{**one.raw, "summary": one.label} for one in users.values()]


def _merge_incidents(change: Change) -> Json:
    """Resolve the sources of a merge."""
    sources = {
        path: change.fetch(path, "incident")
        for path in (build_path("incidents", one["id"]) for one in change.sent["source_incidents"])
    }
    for incident in (change.before, *sources.values()):
        if incident.get("resolve_reason"):
            raise _refusal(1019, "Incident Already Merged", f"{incident['id']} was merged")
        if incident.get("status") == "resolved":
            raise _refusal(1001, "Incident Already Resolved", f"{incident['id']} is resolved")
    target = reference("incident", change.before["id"])
    merged = {"type": "merge_resolve_reason", "incident": target}
    over = {"status": "resolved", "assignments": [], "resolve_reason": merged}
    for path, incident in sources.items():
        change.keep(path, {**incident, **over})
    return change.before


def _requester(change: Change) -> Json:
    """Return the user on whose behalf a request is sent, where PagerDuty wants to know that."""
    if not _NEEDS_FROM.fullmatch(change.request.path):
        return {}
    email = change.request.headers.get("From", "")
    try:
        if not email:
            return dict(change.fetch("/users/me", "user"))
        users = change.fetch("/users", "users", {"query": email})
    except ApiRejected as error:
        if error.status in _HIDDEN:
            return {}
        if email:
            raise
        detail = "From must be a valid user"
        raise _refusal(2016, "Required From Header Missing", detail) from None
    for user in users:
        if str(user.get("email")).casefold() == email.casefold():
            return dict(user)
    raise _refusal(1008, "Requester User Not Found", "From must be a valid user")


def _resolve(change: Change, value: JsonValue, member: str = "") -> JsonValue:
    """Return JSON with the names of what it refers to by id."""
    if isinstance(value, list):
        return [_resolve(change, one, member) for one in value]
    if not isinstance(value, dict):
        return value
    kind = str(value.get("type", "")).removesuffix("_reference")
    if "id" not in value or kind not in _REFERENCES or kind == value.get("type"):
        return {name: _resolve(change, one, name) for name, one in value.items()}
    collection, (code, message) = _REFERENCES[kind]
    if member == "assignee":
        code, message = 1007, "Assignee Not Found"
    try:
        if kind == "priority":
            listed = change.fetch("/priorities", collection)
            found = next((one for one in listed if one["id"] == value["id"]), None)
        else:
            found = change.fetch(build_path(collection, value["id"]), kind)
    except ApiRejected as error:
        if error.status in _HIDDEN:
            return value
        found = None
    if found is None:
        raise _refusal(code, message, f"{value['id']} was not found")
    return value | {name: found[name] for name in _SHOWN if name in found}


def _check_workflow(change: Change, workflow_id: str) -> None:
    """Check that an incident workflow exists, as far as that can be seen."""
    try:
        found = change.fetch("/incident_workflows", "incident_workflows", {"limit": str(_PAGE)})
    except ApiRejected as error:
        if error.status in _HIDDEN:
            return
        raise
    if len(found) < _PAGE and workflow_id not in {one.get("id") for one in found}:
        raise _refusal(2100, "Not Found", status=HTTPStatus.NOT_FOUND)


def _refusal(
    code: int, message: str, *errors: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST
) -> Refusal:
    error = {"message": message, "code": code, **({"errors": [*errors]} if errors else {})}
    return Refusal(status, {"error": error})
