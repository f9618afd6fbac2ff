"""What webhooks are about, in forms that differ from those of the REST API.

https://developer.pagerduty.com/docs/webhooks-overview
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .things import Json, reference

if TYPE_CHECKING:
    from .state import PagerDutyState

_COPIED = ("incident_key", "created_at", "title", "service", "escalation_policy", "urgency")


def incident_data(incident: Json) -> Json:
    """Show a whole incident."""
    bridge = incident["conference_bridge"]
    return {
        "id": incident["id"],
        "type": "incident",
        "self": incident["self"],
        "html_url": incident["html_url"],
        "number": incident["incident_number"],
        "status": incident["status"],
        **{name: incident[name] for name in _COPIED},
        "assignees": [assignment["assignee"] for assignment in incident["assignments"]],
        "teams": incident["teams"],
        "priority": reference(incident["priority"]) if incident.get("priority") else None,
        "conference_bridge": bridge or None,
        "resolve_reason": incident.get("resolve_reason"),
        "incident_type": incident["incident_type"],
    }


def note_data(state: PagerDutyState, incident: Json) -> Json:
    """Show an incident's latest note."""
    note = state.notes[incident["id"]][-1]
    return {
        "id": note["id"],
        "type": "incident_note",
        "user": note["user"],
        "content": note["content"],
        "trimmed": False,
    }


def responder_data(request: Json) -> Iterator[Json]:
    """Show each person whom a responder request asks."""
    for target in request["responder_request_targets"]:
        asked = target["responder_request_target"]
        is_policy = "escalation_policy" in asked["type"]
        for responder in asked["incident_responders"]:
            yield {
                "type": "incident_responder",
                "user": responder["user"],
                "escalation_policy": {"id": asked["id"]} if is_policy else None,
                "message": request["message"],
                "state": responder["state"],
            }


def field_data(state: PagerDutyState, incident: Json, entry: Json) -> Json:
    """Show an incident's custom fields, and which of them a log entry changed."""
    values = state.custom_field_values[incident["id"]]
    return {
        "type": "incident_field_values",
        "custom_fields": [{"name": name, "value": value} for name, value in values.items()],
        "changed_field_names": entry["changeset"],
    }
