"""Webhook subscriptions, and the events that follow from what happens to incidents and services.

https://developer.pagerduty.com/api-reference/ under Webhooks.
https://developer.pagerduty.com/docs/webhooks-overview
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from pd_incident_simulator.exchange import Reply, Request

from .objects import Json, invalid, reference
from .rest import Routes, get_object, lookup, page
from .state import PagerDutyState
from .webhook_delivery import LOOPBACK, Delivery, signature

_TYPES = frozenset(
    {
        "incident.acknowledged",
        "incident.annotated",
        "incident.conference_bridge.updated",
        "incident.custom_field_values.updated",
        "incident.delegated",
        "incident.escalated",
        "incident.incident_type.changed",
        "incident.priority_updated",
        "incident.reassigned",
        "incident.reopened",
        "incident.resolved",
        "incident.responder.added",
        "incident.responder.replied",
        "incident.role.assigned",
        "incident.service_updated",
        "incident.status_update_published",
        "incident.task.assigned",
        "incident.triggered",
        "incident.unacknowledged",
        "incident.workflow.completed",
        "incident.workflow.started",
        "service.created",
        "service.custom_field_values.updated",
        "service.deleted",
        "service.updated",
    }
)
# By kind of log entry, then by changed field; both come with the whole incident.
_OF_ENTRY = {
    "trigger": "incident.triggered",
    "acknowledge": "incident.acknowledged",
    "unacknowledge": "incident.unacknowledged",
    "resolve": "incident.resolved",
    "reopen": "incident.reopened",
    "escalate": "incident.escalated",
    "delegate": "incident.delegated",
    "assign": "incident.reassigned",
}
_OF_FIELD = {
    "priority": "incident.priority_updated",
    "incident_type": "incident.incident_type.changed",
    "conference_bridge": "incident.conference_bridge.updated",
}
_COPIED_OF_INCIDENT = (
    "id",
    "type",
    "self",
    "html_url",
    "status",
    "incident_key",
    "created_at",
    "title",
    "service",
    "escalation_policy",
    "urgency",
    "teams",
    "incident_type",
)
_COPIED_OF_SERVICE = (
    "id",
    "type",
    "summary",
    "self",
    "html_url",
    "name",
    "created_at",
    "teams",
    "status",
    "escalation_policy",
)
_MAX_DROPS = 3
_SCOPES = ("account_reference", "service_reference", "team_reference")


@dataclass(frozen=True)
class Event:
    """Something that subscribers are notified of.

    Attributes:
        type: for example ``incident.triggered``.
        data: what it happened to, in the form that webhooks use.
        agent: reference to who did it, or None.
    """

    type: str
    data: Json
    agent: Json | None = None

    def body(self) -> Json:
        """Build the body of a webhook."""
        at = datetime.now(UTC)
        return {
            "event": {
                "id": f"01{uuid4().hex[:24].upper()}",
                "event_type": self.type,
                "resource_type": self.type.partition(".")[0],
                "occurred_at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
                "agent": self.agent,
                "client": None,
                "data": self.data,
            }
        }


_PING = Event("pagey.ping", {"type": "ping", "message": "Hello from your friend Pagey!"})

routes = Routes()


@routes("GET", "/webhook_subscriptions")
def list_subscriptions(state: PagerDutyState, request: Request) -> Reply:
    """List subscriptions."""
    return page(request, "webhook_subscriptions", list(state.webhook_subscriptions.values()))


@routes("POST", "/webhook_subscriptions")
def create_subscription(state: PagerDutyState, request: Request) -> Reply:
    """Create a subscription; no later reply contains its secret."""
    body = get_object(request.json, "webhook_subscription")
    subscription: Json = {
        "id": state.next_id("PWEBHOOK"),
        "type": "webhook_subscription",
        "active": True,
        "description": "",
        "delivery_method": {
            "id": state.next_id("PDELIVERY"),
            **_delivery_method(body.get("delivery_method")),
        },
        **_changes(state, {"events": None, "filter": None} | body),
    }
    secret = uuid4().hex + uuid4().hex
    state.webhook_subscriptions[subscription["id"]] = subscription
    state.webhook_secrets[subscription["id"]] = [secret]
    shown = {**subscription["delivery_method"], "secret": secret}
    return Reply(200, {"webhook_subscription": {**subscription, "delivery_method": shown}})


@routes("PUT", "/webhook_subscriptions/{id}")
def update_subscription(state: PagerDutyState, request: Request) -> Reply:
    """Update a subscription; its URL can't change."""
    subscription = lookup(state.webhook_subscriptions, request)
    subscription |= _changes(state, get_object(request.json, "webhook_subscription"))
    return Reply(200, {"webhook_subscription": subscription})


@routes("DELETE", "/webhook_subscriptions/{id}")
def delete_subscription(state: PagerDutyState, request: Request) -> Reply:
    """Delete a subscription."""
    del state.webhook_subscriptions[lookup(state.webhook_subscriptions, request)["id"]]
    return Reply(204)


@routes("POST", "/webhook_subscriptions/{id}/ping")
def ping(state: PagerDutyState, request: Request) -> Reply:
    """Send a test event, whatever the subscription is for."""
    _send(state, lookup(state.webhook_subscriptions, request), _PING.body())
    return Reply(202)


def publish_entry(state: PagerDutyState, incident: Json, kind: str, entry: Json) -> None:
    """Notify subscribers of a new entry in an incident's log."""
    if state.webhook_subscriptions:
        for event in incident_events(state, incident, kind, entry):
            publish(state, event, incident["service"]["id"], incident["teams"])


def publish(state: PagerDutyState, event: Event, service: str, teams: list[Json]) -> None:
    """Notify the subscribers of the account, a service and its teams."""
    scopes = {None, service, *(team["id"] for team in teams)}
    body = event.body()
    for subscription in state.webhook_subscriptions.values():
        if (
            subscription["active"]
            and not subscription["delivery_method"]["temporarily_disabled"]
            and event.type in subscription["events"]
            and subscription["filter"].get("id") in scopes
        ):
            _send(state, subscription, body)


def _send(state: PagerDutyState, subscription: Json, body: Json) -> None:
    data = json.dumps(body).encode()
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": "PagerDuty-Webhook/V3.0",
        "X-Webhook-Id": str(uuid4()),
        "X-Webhook-Subscription": subscription["id"],
        "X-PagerDuty-Signature": signature(state.webhook_secrets[subscription["id"]], data),
    }
    url = subscription["delivery_method"]["url"]
    delivery = Delivery(subscription["id"], url, headers, data)
    state.deliveries.append(delivery)
    state.outbox.put(delivery, partial(_disable_if_dropped, state, subscription))


def _disable_if_dropped(state: PagerDutyState, subscription: Json) -> None:
    """Disable a subscription temporarily after three drops in a row."""
    with state.lock:
        outcomes = [
            delivery.outcome
            for delivery in state.deliveries
            if delivery.subscription == subscription["id"] and delivery.outcome != "pending"
        ]
        if outcomes[-_MAX_DROPS:] == ["dropped"] * _MAX_DROPS:
            subscription["delivery_method"]["temporarily_disabled"] = True


def _changes(state: PagerDutyState, body: Json) -> Json:
    """Return what a body sets, once all of it is checked."""
    validators: dict[str, Any] = {
        "description": lambda text: str(text or ""),
        "active": lambda active: active is not False,
        "events": _events,
        "filter": partial(_filter, state),
    }
    return {name: check(body[name]) for name, check in validators.items() if name in body}


def _delivery_method(method: object) -> Json:
    if not isinstance(method, dict) or method.get("type") != "http_delivery_method":
        raise invalid("Delivery method must be an http_delivery_method")
    url = urlsplit(str(method.get("url") or ""))
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
        raise invalid("Delivery method url must be an https URL")
    return {
        "type": method["type"],
        "url": method["url"],
        "temporarily_disabled": False,
        "custom_headers": method.get("custom_headers", []),
    }


def _events(names: list[str] | None) -> list[str]:
    unknown = [name for name in names or () if name not in _TYPES]
    if unknown or not names:
        raise invalid(f"Events must be a list of known events, not {unknown}")
    return list(dict.fromkeys(names))


def _filter(state: PagerDutyState, scope: object) -> Json:
    kind = scope.get("type") if isinstance(scope, dict) else None
    if not isinstance(scope, dict) or kind not in _SCOPES:
        raise invalid(f"Filter type must be one of {', '.join(_SCOPES)}")
    if kind == "account_reference":
        return {"type": kind}
    objects = state.services if kind == "service_reference" else state.teams
    if scope.get("id") not in objects:
        raise invalid(f"Filter id {scope.get('id')} was not found")
    return {"type": kind, "id": scope["id"]}


def incident_events(
    state: PagerDutyState, incident: Json, kind: str, entry: Json
) -> Iterator[Event]:
    """Return the events that follow from an entry of an incident's log.

    Args:
        state: the account.
        incident: the incident as it is after the entry.
        kind: what happened, for example ``trigger``.
        entry: the log entry.
    """
    agent = entry["agent"]
    if kind in _OF_ENTRY and not _is_implied(state, incident, kind):
        yield Event(_OF_ENTRY[kind], _incident_data(incident), agent)
    elif kind == "field_value_change":
        for field in sorted(_OF_FIELD.keys() & set(entry["changeset"])):
            yield Event(_OF_FIELD[field], _incident_data(incident), agent)
    elif kind == "annotate":
        yield Event("incident.annotated", _note_data(state, incident), agent)
    elif kind == "custom_field_value_change":
        values = state.custom_field_values[incident["id"]]
        fields = [{"name": name, "value": value} for name, value in values.items()]
        data = {"type": "incident_field_values", "incident": reference(incident)}
        kind = "incident.custom_field_values.updated"
        yield Event(kind, data | {"custom_fields": fields}, agent)


def service_event(what: str, service: Json) -> Event:
    """Return the event for a service that was ``created``, for example."""
    data = {name: service[name] for name in _COPIED_OF_SERVICE}
    return Event(f"service.{what}", data | {"description": service.get("description")})


def _is_implied(state: PagerDutyState, incident: Json, kind: str) -> bool:
    """Return whether an assignment only follows from the event before."""
    previous = [entry["type"] for entry in state.log_entries[incident["id"]][-2:-1]]
    implying = (["trigger_log_entry"], ["reopen_log_entry"])
    return kind == "assign" and previous in implying


def _incident_data(incident: Json) -> Json:
    return {
        **{name: incident[name] for name in _COPIED_OF_INCIDENT},
        "number": incident["incident_number"],
        "assignees": [assignment["assignee"] for assignment in incident["assignments"]],
        "priority": reference(incident["priority"]) if incident.get("priority") else None,
        "conference_bridge": incident["conference_bridge"] or None,
        "resolve_reason": incident.get("resolve_reason"),
    }


def status_update_event(incident: Json, update: Json) -> Event:
    """Return the event for a status update that was published."""
    data = {
        "id": update["id"],
        "type": "incident_status_update",
        "incident": reference(incident),
        "message": update["message"],
        "trimmed": False,
    }
    return Event("incident.status_update_published", data, update["sender"])


def responder_event(what: str, incident: Json, responder: Json, message: str) -> Event:
    """Return the event for a responder who was ``added`` or has ``replied``."""
    data = {
        "type": "incident_responder",
        "incident": reference(incident),
        "user": responder["user"],
        "escalation_policy": None,
        "message": message,
        "state": responder["state"],
    }
    return Event(f"incident.responder.{what}", data)


def _note_data(state: PagerDutyState, incident: Json) -> Json:
    note = state.notes[incident["id"]][-1]
    return {
        "id": note["id"],
        "type": "incident_note",
        "incident": reference(incident),
        "user": note["user"],
        "content": note["content"],
        "trimmed": False,
    }
