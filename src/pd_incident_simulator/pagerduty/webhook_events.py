"""What webhooks say: the events that follow from an incident's log, and their envelope.

https://developer.pagerduty.com/docs/webhooks-overview
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .things import Json, reference
from .webhook_data import field_data, incident_data, note_data, responder_data

if TYPE_CHECKING:
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
_OF_WHOLE_INCIDENT = {
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
_IMPLY_ASSIGNMENT = frozenset({"trigger", "reopen"})


@dataclass(frozen=True)
class Event:
    """Something that a webhook tells.

    Attributes:
        type: for example ``incident.triggered``.
        data: what it happened to, in the form that webhooks use.
        agent: reference to who did it, or None.
    """

    type: str
    data: Json
    agent: Json | None = None


def events_of(state: PagerDutyState, incident: Json, kind: str, entry: Json) -> Iterator[Event]:
    """Give the events that follow from an entry of an incident's log.

    Args:
        state: the account.
        incident: the incident as it is after what the entry tells.
        kind: what happened, as `PagerDutyState.log` takes it.
        entry: the entry.
    """
    for name, data in _parts(state, incident, kind, entry):
        yield Event(name, data, entry["agent"])


def service_event(state: PagerDutyState, what: str, service: Json) -> Event:
    """Make the event that tells of a service.

    Args:
        state: the account.
        what: ``created`` or ``updated``.
        service: the service.
    """
    names = ("id", "type", "summary", "self", "html_url", "name", "created_at", "teams")
    data = {name: service[name] for name in names}
    policy = state.escalation_policies[service["escalation_policy"]["id"]]
    texts = {"description": service.get("description"), "status": service["status"]}
    return Event(f"service.{what}", {**data, **texts, "escalation_policy": reference(policy)})


def envelope(identifier: str, event: Event) -> Json:
    """Make the whole body of a webhook.

    Args:
        identifier: the event's id, the same for all who are told.
        event: the event.
    """
    at = datetime.now(UTC)
    return {
        "event": {
            "id": identifier,
            "event_type": event.type,
            "resource_type": event.type.partition(".")[0],
            "occurred_at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
            "agent": event.agent,
            "client": None,
            "data": event.data,
        }
    }


def _parts(
    state: PagerDutyState, incident: Json, kind: str, entry: Json
) -> Iterator[tuple[str, Json]]:
    about = {"incident": reference(incident)}
    if kind in _OF_WHOLE_INCIDENT and not _goes_without_saying(state, incident, kind):
        yield _OF_WHOLE_INCIDENT[kind], incident_data(incident)
    elif kind == "field_value_change":
        for field in sorted(_OF_FIELD.keys() & set(entry["changeset"])):
            yield _OF_FIELD[field], incident_data(incident)
    elif kind == "annotate":
        yield "incident.annotated", {**about, **note_data(state, incident)}
    elif kind == "status_update":
        said = {"id": entry["status_update"]["id"], "message": entry["status_update"]["message"]}
        data = {**about, **said, "type": "incident_status_update", "trimmed": False}
        yield "incident.status_update_published", data
    elif kind == "responder_request":
        for responder in responder_data(entry["responder_request"]):
            yield "incident.responder.added", {**about, **responder}
    elif kind == "custom_field_value_change":
        yield (
            "incident.custom_field_values.updated",
            {**about, **field_data(state, incident, entry)},
        )


def _goes_without_saying(state: PagerDutyState, incident: Json, kind: str) -> bool:
    """Tell whether an assignment only follows from the event before."""
    log = state.log_entries[incident["id"]]
    before = log[-2]["type"].removesuffix("_log_entry") if len(log) > 1 else ""
    return kind == "assign" and before in _IMPLY_ASSIGNMENT
