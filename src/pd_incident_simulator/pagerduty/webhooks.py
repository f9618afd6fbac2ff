"""Webhook subscriptions: who is told what.

https://developer.pagerduty.com/api-reference/ under Webhooks.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from .deliveries import Delivery, signature
from .things import Json, invalid
from .webhook_events import TYPES, Event, envelope, events_of

if TYPE_CHECKING:
    from .state import PagerDutyState

_MOST_DROPS = 3
_SCOPES = ("account_reference", "service_reference", "team_reference")
_LOCAL = ("localhost", "127.0.0.1", "::1")
_PING = Event("pagey.ping", {"type": "ping", "message": "Hello from your friend Pagey!"})


def subscribe(state: PagerDutyState, wanted: Json) -> Json:
    """Add a subscription.

    Args:
        state: the account.
        wanted: the request's subscription: ``delivery_method``, ``events``, ``filter``.

    Returns:
        The subscription with its secret, which is shown just this once.

    Raises:
        RefusedError: the address, the events or the filter are wrong.
    """
    method = _delivery_method(wanted.get("delivery_method"))
    subscription: Json = {
        "id": state.next_id("PWEBHOOK"),
        "type": "webhook_subscription",
        "active": wanted.get("active", True) is not False,
        "description": str(wanted.get("description") or ""),
        "delivery_method": {"id": state.next_id("PDELIVERY"), **method},
        "events": _events(wanted.get("events")),
        "filter": _filter(state, wanted.get("filter")),
    }
    secret = uuid4().hex + uuid4().hex
    state.webhook_subscriptions[subscription["id"]] = subscription
    state.webhook_secrets[subscription["id"]] = [secret]
    shown = {**subscription["delivery_method"], "secret": secret}
    return {**subscription, "delivery_method": shown}


def change(state: PagerDutyState, subscription: Json, changes: Json) -> None:
    """Change a subscription in place, all of it or nothing; its address stays as it is.

    Raises:
        RefusedError: the events or the filter are wrong.
    """
    wanted: Json = {}
    if "description" in changes:
        wanted["description"] = str(changes["description"] or "")
    if "active" in changes:
        wanted["active"] = changes["active"] is not False
    if "events" in changes:
        wanted["events"] = _events(changes["events"])
    if "filter" in changes:
        wanted["filter"] = _filter(state, changes["filter"])
    subscription |= wanted


def ping(state: PagerDutyState, subscription: Json) -> None:
    """Send a subscriber a test, whatever events they want."""
    _send(state, subscription, envelope(_event_id(), _PING))


def tell_of_entry(state: PagerDutyState, incident: Json, kind: str, entry: Json) -> None:
    """Tell subscribers what an entry of an incident's log tells."""
    if state.webhook_subscriptions:
        for event in events_of(state, incident, kind, entry):
            teams = {team["id"] for team in incident["teams"]}
            publish(state, event, {incident["service"]["id"]} | teams)


def publish(state: PagerDutyState, event: Event, places: set[str]) -> None:
    """Tell an event to everybody who wants to know.

    Args:
        state: the account.
        event: the event.
        places: ids of the service and the teams that it is about.
    """
    body = envelope(_event_id(), event)
    for subscription in state.webhook_subscriptions.values():
        scope = subscription["filter"]
        if (
            subscription["active"]
            and not subscription["delivery_method"]["temporarily_disabled"]
            and event.type in subscription["events"]
            and (scope["type"] == "account_reference" or scope["id"] in places)
        ):
            _send(state, subscription, body)


def note_outcome(state: PagerDutyState, delivery: Delivery) -> None:
    """Count a subscriber's drops; after three in a row they are told nothing for a while."""
    with state.lock:
        subscription = state.webhook_subscriptions.get(delivery.subscription)
        if subscription is None:
            return
        latest = [
            past.outcome
            for past in state.deliveries
            if past.subscription == delivery.subscription and past.outcome != "pending"
        ][-_MOST_DROPS:]
        if latest == ["dropped"] * _MOST_DROPS:
            subscription["delivery_method"]["temporarily_disabled"] = True


def _send(state: PagerDutyState, subscription: Json, body: Json) -> None:
    method, data = subscription["delivery_method"], json.dumps(body).encode()
    headers = {
        **{header["name"]: header["value"] for header in method.get("custom_headers", [])},
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": "PagerDuty-Webhook/V3.0",
        "X-Webhook-Id": str(uuid4()),
        "X-Webhook-Subscription": subscription["id"],
        "X-PagerDuty-Signature": signature(state.webhook_secrets[subscription["id"]], data),
    }
    delivery = Delivery(subscription["id"], method["url"], headers, data)
    state.deliveries.append(delivery)
    state.outbox.put(delivery, partial(note_outcome, state))


def _event_id() -> str:
    return f"01{uuid4().hex[:24].upper()}"


def _delivery_method(wanted: object) -> Json:
    if not isinstance(wanted, dict) or wanted.get("type") != "http_delivery_method":
        raise invalid("Delivery method must be an http_delivery_method")
    if not _is_safe(str(wanted.get("url") or "")):
        raise invalid("Delivery method url must be an https URL")
    method = {"type": wanted["type"], "url": wanted["url"], "temporarily_disabled": False}
    headers = wanted.get("custom_headers") or []
    if not isinstance(headers, list) or not all(_is_header(header) for header in headers):
        raise invalid("Custom headers must be a list of name and value")
    return {**method, "custom_headers": headers}


def _is_safe(address: str) -> bool:
    """Tell whether an address may be told things: https, or this very machine."""
    try:
        url = urlsplit(address)
        has_host = bool(url.hostname) and url.port != 0
    except ValueError:
        return False
    return has_host and (url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOCAL))


def _is_header(header: object) -> bool:
    if not isinstance(header, dict):
        return False
    texts = (header.get("name"), header.get("value"))
    return all(isinstance(text, str) and text.isprintable() for text in texts)


def _events(wanted: object) -> list[str]:
    if not isinstance(wanted, list) or not wanted:
        raise invalid("Events must be a list that isn't empty")
    unknown = [str(name) for name in wanted if name not in TYPES]
    if unknown:
        raise invalid(*(f"{name} is not an event" for name in unknown))
    return [str(name) for name in dict.fromkeys(wanted)]


def _filter(state: PagerDutyState, wanted: object) -> Json:
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if not isinstance(wanted, dict) or kind not in _SCOPES:
        raise invalid(f"Filter type must be one of {', '.join(_SCOPES)}")
    if kind == "account_reference":
        return {"type": kind}
    known = state.services if kind == "service_reference" else state.teams
    if wanted.get("id") not in known:
        raise invalid(f"Filter id {wanted.get('id')} was not found")
    return {"type": kind, "id": wanted["id"]}
