"""Webhook events: what follows from an incident's log, and the events' data.

https://developer.pagerduty.com/docs/webhooks-overview
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from .objects import Json, reference
from .state import PagerDutyState

TYPES = frozenset(
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
