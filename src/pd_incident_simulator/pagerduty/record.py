"""What is written down about an incident: its log, notes and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .things import Json, now, reference, thing
from .webhooks import tell_of_entry

if TYPE_CHECKING:
    from .state import PagerDutyState


def log(state: PagerDutyState, incident: Json, kind: str, **members: object) -> None:
    """Write an entry into an incident's log, for example ``trigger`` or ``resolve``.

    Args:
        state: the account.
        incident: the incident.
        kind: what happened, without ``_log_entry``.
        members: what the entry says beyond the usual, for example ``agent`` or ``user``.
    """
    entry = {
        **thing(f"{kind}_log_entry", state.next_id("R0LOG"), kind, "log_entries"),
        "created_at": now(),
        "agent": incident["last_status_change_by"],
        "channel": {"type": "api"},
        "incident": reference(incident),
        "service": incident["service"],
        "teams": [],
        "contexts": [],
        **members,
    }
    state.log_entries.setdefault(incident["id"], []).append(entry)
    incident.setdefault("first_trigger_log_entry", reference(entry))
    if "created_at" not in members:
        tell_of_entry(state, incident, kind, entry)


def add_note(state: PagerDutyState, incident: Json, content: str, author: Json) -> Json:
    """Add a note to an incident."""
    note = {
        "id": state.next_id("PNOTE"),
        "content": content,
        "created_at": now(),
        "user": reference(author),
        "channel": {"summary": "The PagerDuty website or APIs"},
    }
    state.notes.setdefault(incident["id"], []).append(note)
    channel = {"type": "note", "summary": content}
    log(state, incident, "annotate", agent=reference(author), channel=channel)
    return note


def add_alert(state: PagerDutyState, incident: Json, key: str, payload: Json) -> None:
    """Attach the alert behind an event, with its dedup key and payload, to an incident."""
    alert = {
        **thing("alert", state.next_id("Q0ALERT"), payload["summary"], "alerts"),
        "created_at": now(),
        "status": "triggered",
        "alert_key": key,
        "severity": payload["severity"],
        "suppressed": False,
        "service": incident["service"],
        "incident": reference(incident),
        "body": {"type": "alert_body", "details": payload.get("custom_details") or {}},
    }
    state.alerts.setdefault(incident["id"], []).append(alert)
    incident["alert_counts"] = {"all": 1, "triggered": 1, "resolved": 0}


def resolve_alerts(state: PagerDutyState, incident: Json) -> None:
    """Resolve an incident's alerts along with it."""
    alerts = state.alerts.get(incident["id"], [])
    for alert in alerts:
        alert["status"] = "resolved"
    incident["alert_counts"] = {"all": len(alerts), "triggered": 0, "resolved": len(alerts)}
