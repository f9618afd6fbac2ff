"""What was deployed: change events, by service.

https://developer.pagerduty.com/docs/send-change-event
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .things import Json, now, reference, thing

if TYPE_CHECKING:
    from .state import PagerDutyState


def record_change(state: PagerDutyState, service: str, event: Json) -> Json:
    """Keep a change event.

    Args:
        state: the account.
        service: id of the service whose integration it came in by.
        event: the event as it was sent: ``routing_key``, ``payload``, ``links`` and ``images``.

    Returns:
        The change event as the REST API shows it.
    """
    payload = event["payload"]
    kept = {
        **thing("change_event", state.next_id("Q0CHANGE"), payload["summary"], "change_events"),
        "source": payload.get("source") or "",
        "timestamp": payload.get("timestamp") or now(),
        "services": [reference(state.services[service])],
        "routing_key": event["routing_key"],
        "links": event.get("links") or [],
        "images": event.get("images") or [],
        "custom_details": payload.get("custom_details") or {},
    }
    state.change_events.setdefault(service, []).append(kept)
    return kept


def related_changes(state: PagerDutyState, incident: Json, limit: int) -> list[Json]:
    """List the latest change events of an incident's service, newest first."""
    changes = state.change_events.get(incident["service"]["id"], [])
    newest = sorted(changes, key=lambda change: str(change["timestamp"]))[::-1]
    reason = {"correlation_reason": {"reason": "most_recent"}}
    return [change | reason for change in newest[:limit]]
