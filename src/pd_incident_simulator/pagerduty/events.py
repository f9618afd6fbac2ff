"""PagerDuty's Events API v2: accepts events, and silently drops what doesn't fit.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

import contextlib
import threading

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routing import Api

from .incident_log import add_alert
from .incidents import create
from .lifecycle import update
from .objects import ApiError, Json
from .related import add_change_event
from .rest import Routes
from .services import is_in_maintenance
from .state import PagerDutyState

_SEVERITIES = ("critical", "error", "warning", "info")
_STATUSES = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
_KEY_LENGTH = 32
_MAX_TEXT = 1024
_MAX_DEDUP_KEY = 255
_MAX_EVENT = 512 * 1024

routes = Routes()


class EventsApi(Api[PagerDutyState]):
    """PagerDuty's Events API v2."""

    name = "events"

    def __init__(self, state: PagerDutyState) -> None:
        super().__init__(state, routes)


@routes("POST", "/v2/enqueue")
def enqueue(state: PagerDutyState, request: Request) -> Reply:
    """Accept an event, whether or not it has an effect."""
    errors = _envelope_errors(request) or _event_errors(request.json)
    if errors:
        return _invalid(errors)
    event = request.json
    with state.lock:
        key = event.get("dedup_key") or state.next_id("dedup")
        service = state.routing_keys.get(event["routing_key"])
        if service is not None and _accepts_events(state, service):
            _process(state, (key, service), event)
    message = {"status": "success", "message": "Event processed", "dedup_key": key}
    return Reply(202, message)


@routes("POST", "/v2/change/enqueue")
def enqueue_change(state: PagerDutyState, request: Request) -> Reply:
    """Accept a change event."""
    errors = _envelope_errors(request) or _payload_errors(request.json.get("payload"), "summary")
    if errors:
        return _invalid(errors)
    with state.lock:
        service = state.routing_keys.get(request.json["routing_key"])
        if service is not None:
            add_change_event(state, service, request.json)
    return Reply(202, {"status": "success", "message": "Change event processed"})


def process_pending(state: PagerDutyState) -> None:
    """Let the incidents of all pending triggers appear now."""
    with state.lock:
        while state.pending_triggers:
            _appear(state, *next(iter(state.pending_triggers.items())))


def _accepts_events(state: PagerDutyState, service: str) -> bool:
    is_disabled = state.services[service]["status"] == "disabled"
    return not is_disabled and not is_in_maintenance(state, service)


def _process(state: PagerDutyState, alert: tuple[str, str], event: Json) -> None:
    """Process an event, of an alert with a dedup key on a service."""
    pending = state.pending_triggers.get(alert)
    open_incidents = state.open_incidents(*alert)
    if event["event_action"] != "trigger":
        if pending is not None:
            pending.append(event)
        for incident in open_incidents:
            _set_status(state, incident, event)
    elif pending is not None:
        if pending[-1]["event_action"] == "resolve":
            pending.append(event)
    elif not open_incidents:
        state.pending_triggers[alert] = events = [event]
        if state.event_delay_ms <= 0:
            _appear(state, alert, events)
            return
        args = (state, alert, events)
        timer = threading.Timer(state.event_delay_ms / 1000, _appear, args)
        timer.daemon = True
        timer.start()


def _appear(state: PagerDutyState, alert: tuple[str, str], events: list[Json]) -> None:
    """Create the incident of a trigger, and process the events that came since."""
    with state.lock:
        if state.pending_triggers.get(alert) is not events:
            return  # The account was reset, or the incident has appeared.
        del state.pending_triggers[alert]
        (dedup_key, service), payload = alert, events[0]["payload"]
        body = {
            "title": payload["summary"],
            "service": {"id": service},
            "incident_key": dedup_key,
            "urgency": "high" if payload["severity"] in {"critical", "error"} else "low",
        }
        # An event that can't become an incident, as nobody is on call, is silently dropped.
        with contextlib.suppress(ApiError):
            incident = create(state, body, None)
            add_alert(state, incident, dedup_key, payload)
            for event in events[1:]:
                if event["event_action"] == "trigger":
                    _process(state, alert, event)
                else:
                    _set_status(state, incident, event)


def _set_status(state: PagerDutyState, incident: Json, event: Json) -> None:
    status = _STATUSES[event["event_action"]]
    if incident["status"] not in {status, "resolved"}:
        update(state, incident, {"status": status}, None)


def _invalid(errors: list[str]) -> Reply:
    message = "Event object is invalid"
    return Reply(400, {"status": "invalid event", "message": message, "errors": errors})


def _envelope_errors(request: Request) -> list[str]:
    if not isinstance(request.json, dict):
        return ["Event must be a JSON object"]
    errors = []
    if len(str(request.json.get("routing_key") or "")) != _KEY_LENGTH:
        errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    if len(request.body) > _MAX_EVENT:
        errors.append("Event is too large")
    return errors


def _event_errors(event: Json) -> list[str]:
    errors = []
    if event.get("event_action") not in _STATUSES:
        errors.append("'event_action' is missing or not one of trigger, acknowledge, resolve")
    key = event.get("dedup_key") or ""
    if not isinstance(key, str) or len(key) > _MAX_DEDUP_KEY:
        errors.append("'dedup_key' is too long, or not a string")
    if event.get("event_action") == "trigger":
        errors += _payload_errors(event.get("payload"), "summary", "source")
        severity = (event.get("payload") or {}).get("severity")
        if not errors and severity not in _SEVERITIES:
            choices = ", ".join(_SEVERITIES)
            errors.append(f"'payload.severity' is invalid (must be one of {choices})")
    return errors


def _payload_errors(payload: object, *names: str) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    return [
        f"'payload.{name}' is missing, blank or too long"
        for name in names
        if not (isinstance(payload.get(name), str) and 1 <= len(payload[name]) <= _MAX_TEXT)
    ]
