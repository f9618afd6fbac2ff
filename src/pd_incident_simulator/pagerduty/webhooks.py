"""Webhook subscriptions: who is notified of what.

https://developer.pagerduty.com/api-reference/ under Webhooks.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from pd_incident_simulator.exchange import Reply, Request

from .objects import Json, invalid
from .rest import Routes, get_object, lookup, page
from .state import PagerDutyState
from .webhook_delivery import LOOPBACK, Delivery, signature
from .webhook_events import TYPES, Event, incident_events

_MAX_DROPS = 3
_SCOPES = ("account_reference", "service_reference", "team_reference")
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
    unknown = [name for name in names or () if name not in TYPES]
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
