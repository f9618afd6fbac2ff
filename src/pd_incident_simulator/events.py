"""PagerDuty's Events API v2.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from .exchange import Reply, Request
from .pagerduty import PagerDutyState
from .pagerduty.change_events import record_change
from .pagerduty.changes import update
from .pagerduty.incidents import create
from .pagerduty.maintenance import takes_events
from .pagerduty.record import add_alert
from .pagerduty.things import RefusedError
from .routes import Api, route

Json = dict[str, Any]

_SEVERITIES = ("critical", "error", "warning", "info")
_ACTIONS = ("trigger", "acknowledge", "resolve")
_KEY_LENGTH = 32
_LIMITS = {"summary": 1024, "source": 1024}
_DEDUP_KEY_LIMIT = 255
_EVENT_LIMIT = 512 * 1024


class EventsApi(Api):
    """PagerDuty's Events API v2.

    Args:
        state: the account that the events belong to.

    Attributes:
        delay_ms: how long after a trigger its incident appears in the REST API.
    """

    name = "events"

    def __init__(self, state: PagerDutyState) -> None:
        super().__init__()
        self.state = state
        self.delay_ms = 150.0

    @route("POST", "/v2/enqueue")
    def enqueue(self, request: Request) -> Reply:
        """Take an event; that says nothing about what becomes of it."""
        event = request.json
        errors = _errors(event, len(request.body))
        if errors:
            return _invalid(errors)
        with self.state.lock:
            event["dedup_key"] = event.get("dedup_key") or self.state.next_id("dedup")
            self._take(event)
        answer = {
            "status": "success",
            "message": "Event processed",
            "dedup_key": event["dedup_key"],
        }
        return Reply(202, answer)

    @route("POST", "/v2/change/enqueue")
    def enqueue_change(self, request: Request) -> Reply:
        """Take a change event."""
        errors = _change_errors(request.json, len(request.body))
        if errors:
            return _invalid(errors)
        with self.state.lock:
            service = self.state.routing_keys.get(request.json["routing_key"])
            if service is not None:
                record_change(self.state, service, request.json)
        return Reply(202, {"status": "success", "message": "Change event processed"})

    def _take(self, event: Json) -> None:
        service = self.state.routing_keys.get(event["routing_key"])
        if service is None or not takes_events(self.state, service):
            return
        matter = (event["dedup_key"], service)
        if event["event_action"] == "trigger":
            self._trigger(matter, event)
            return
        status = "acknowledged" if event["event_action"] == "acknowledge" else "resolved"
        if matter in self.state.upcoming:
            self.state.upcoming[matter].append(status)
        for incident in self.state.open_incidents(*matter):
            self._change(incident, status)

    def _trigger(self, matter: tuple[str, str], event: Json) -> None:
        waiting = self.state.upcoming.get(matter)
        if waiting and waiting[-1] == "resolved":
            waiting.append(event)
        if waiting is not None or self.state.open_incidents(*matter):
            return
        later: list[str | Json] = []
        self.state.upcoming[matter] = later
        arguments = (matter, event["payload"], later)
        timer = threading.Timer(self.delay_ms / 1000, self._appear, arguments)
        timer.daemon = True
        timer.start()

    def _appear(self, matter: tuple[str, str], payload: Json, later: list[str | Json]) -> None:
        key, service = matter
        wanted = {
            "title": payload["summary"],
            "service": {"id": service},
            "incident_key": key,
            "urgency": "high" if payload["severity"] in {"critical", "error"} else "low",
        }
        # What can't become an incident, with nobody on call for it, is dropped: nobody is told.
        with self.state.lock, contextlib.suppress(RefusedError):
            if self.state.upcoming.get(matter) is not later:
                return
            del self.state.upcoming[matter]
            incident = create(self.state, wanted, None)
            add_alert(self.state, incident, key, payload)
            for step in later:
                if isinstance(step, str):
                    self._change(incident, step)
                else:
                    self._trigger(matter, step)

    def _change(self, incident: Json, status: str) -> None:
        if incident["status"] not in {status, "resolved"}:
            update(self.state, incident, {"status": status}, None)


def _invalid(errors: list[str]) -> Reply:
    message = "Event object is invalid"
    return Reply(400, {"status": "invalid event", "message": message, "errors": errors})


def _errors(event: object, size: int) -> list[str]:
    if not isinstance(event, dict):
        return ["Event must be a JSON object"]
    errors = _envelope_errors(event, size)
    if event.get("event_action") not in _ACTIONS:
        errors.append("'event_action' is missing or not one of trigger, acknowledge, resolve")
    key = event.get("dedup_key") or ""
    if not isinstance(key, str):
        errors.append("'dedup_key' must be a text")
    elif len(key) > _DEDUP_KEY_LIMIT:
        errors.append("'dedup_key' is too long")
    if event.get("event_action") == "trigger":
        errors += _payload_errors(event.get("payload"))
    return errors


def _change_errors(event: object, size: int) -> list[str]:
    if not isinstance(event, dict):
        return ["Event must be a JSON object"]
    payload = event.get("payload")
    summary = payload.get("summary") if isinstance(payload, dict) else None
    errors = _envelope_errors(event, size)
    if not (isinstance(summary, str) and 1 <= len(summary) <= _LIMITS["summary"]):
        errors.append("'payload.summary' is missing, blank or too long")
    return errors


def _envelope_errors(event: Json, size: int) -> list[str]:
    errors = []
    if len(str(event.get("routing_key") or "")) != _KEY_LENGTH:
        errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    if size > _EVENT_LIMIT:
        errors.append("Event is too large")
    return errors


def _payload_errors(payload: object) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    errors = [
        f"'payload.{name}' is missing, blank or too long"
        for name, limit in _LIMITS.items()
        if not 1 <= len(str(payload.get(name) or "")) <= limit
    ]
    if payload.get("severity") not in _SEVERITIES:
        errors.append(f"'payload.severity' is invalid (must be one of {', '.join(_SEVERITIES)})")
    return errors
