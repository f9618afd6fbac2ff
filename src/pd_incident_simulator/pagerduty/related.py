"""What may explain an incident: similar ones of the past, and change events.

https://developer.pagerduty.com/api-reference/ under Incidents.
https://developer.pagerduty.com/docs/send-change-event
"""

from __future__ import annotations

import re

from pd_incident_simulator.exchange import Reply, Request

from .objects import Json, new_object, now, reference
from .rest import Routes, integer, lookup
from .state import PagerDutyState

routes = Routes()


@routes("GET", "/incidents/{id}/past_incidents")
def list_past_incidents(state: PagerDutyState, request: Request) -> Reply:
    """List a service's resolved incidents with words of the title in common, most similar first."""
    incident, limit = lookup(state.incidents, request), integer(request, "limit", 5)
    scored = [
        (_similarity(one["title"], incident["title"]), one)
        for one in state.incidents.values()
        if one["status"] == "resolved"
        and one["id"] != incident["id"]
        and one["service"]["id"] == incident["service"]["id"]
    ]
    scored.sort(key=lambda pair: pair[0], reverse=True)
    found = [
        {
            "score": score,
            "incident": {name: one[name] for name in ("id", "created_at", "self", "title")},
        }
        for score, one in scored
        if score
    ]
    return Reply(200, {"past_incidents": found[:limit], "limit": limit})


@routes("GET", "/incidents/{id}/related_change_events")
def list_related_change_events(state: PagerDutyState, request: Request) -> Reply:
    """List the latest change events of an incident's service, newest first."""
    incident, limit = lookup(state.incidents, request), integer(request, "limit", 25)
    changes = state.change_events.get(incident["service"]["id"], [])
    newest = sorted(changes, key=lambda change: str(change["timestamp"]))[::-1]
    reason = {"correlation_reason": {"reason": "most_recent"}}
    return Reply(200, {"change_events": [change | reason for change in newest[:limit]]})


def add_change_event(state: PagerDutyState, service: str, event: Json) -> None:
    """Add a change event that was sent to an integration of a service."""
    payload = event["payload"]
    change = {
        **new_object(
            "change_event", state.next_id("Q0CHANGE"), payload["summary"], "change_events"
        ),
        "source": payload.get("source") or "",
        "timestamp": payload.get("timestamp") or now(),
        "services": [reference(state.services[service])],
        "routing_key": event["routing_key"],
        "links": event.get("links") or [],
        "images": event.get("images") or [],
        "custom_details": payload.get("custom_details") or {},
    }
    state.change_events.setdefault(service, []).append(change)


def _similarity(title: str, other: str) -> float:
    """Return the share of words that two titles have in common, in per cent."""
    first, second = (set(re.findall(r"\w+", text.lower())) for text in (title, other))
    return round(100 * len(first & second) / max(1, len(first | second)), 2)
