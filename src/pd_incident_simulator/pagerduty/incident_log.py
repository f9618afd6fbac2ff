"""What is recorded about an incident: its log, notifications, notes and alerts.

https://developer.pagerduty.com/api-reference/ under Incidents and Log Entries.
"""

from __future__ import annotations

from collections.abc import Iterable

from pd_incident_simulator.exchange import Reply, Request

from .objects import Json, invalid, iso, new_object, now, parse_time, reference
from .rest import Routes, get_object, get_text, lookup, page, requester
from .state import PagerDutyState
from .webhooks import publish_entry

_MAX_NOTES = 2000
# The API describes no other entries: those are for webhooks alone.
_LISTED = frozenset(
    f"{kind}_log_entry"
    for kind in (
        "trigger",
        "acknowledge",
        "unacknowledge",
        "resolve",
        "assign",
        "escalate",
        "delegate",
        "notify",
        "annotate",
        "snooze",
        "urgency_change",
        "field_value_change",
        "custom_field_value_change",
    )
)
_NOT_IN_ACCOUNT_LOG = {"field_value_change_log_entry", "custom_field_value_change_log_entry"}

routes = Routes()


@routes("POST", "/incidents/{id}/notes")
def create_note(state: PagerDutyState, request: Request) -> Reply:
    """Add a note."""
    author = reference(requester(state, request))
    content = get_text(get_object(request.json, "note"), "content")
    incident = lookup(state.incidents, request)
    notes = state.notes.setdefault(incident["id"], [])
    if len(notes) >= _MAX_NOTES:
        raise invalid(f"An incident can have at most {_MAX_NOTES} notes")
    note = {
        "id": state.next_id("PNOTE"),
        "content": content,
        "created_at": now(),
        "user": author,
        "channel": {"summary": "The PagerDuty website or APIs"},
    }
    notes.append(note)
    log(state, incident, "annotate", agent=author, channel={"type": "note", "summary": content})
    return Reply(200, {"note": note})


@routes("GET", "/incidents/{id}/notes")
def list_notes(state: PagerDutyState, request: Request) -> Reply:
    """List an incident's notes."""
    return Reply(200, {"notes": state.notes.get(lookup(state.incidents, request)["id"], [])})


@routes("GET", "/incidents/{id}/alerts")
def list_alerts(state: PagerDutyState, request: Request) -> Reply:
    """List an incident's alerts."""
    return page(request, "alerts", state.alerts.get(lookup(state.incidents, request)["id"], []))


@routes("GET", "/incidents/{id}/log_entries")
def list_incident_log_entries(state: PagerDutyState, request: Request) -> Reply:
    """List what happened to an incident, newest first."""
    entries = state.log_entries.get(lookup(state.incidents, request)["id"], [])
    return page(request, "log_entries", _listed(entries, request, _LISTED))


@routes("GET", "/log_entries")
def list_log_entries(state: PagerDutyState, request: Request) -> Reply:
    """List what happened to all incidents, newest first."""
    entries = [entry for log in state.log_entries.values() for entry in log]
    return page(request, "log_entries", _listed(entries, request, _LISTED - _NOT_IN_ACCOUNT_LOG))


def log(state: PagerDutyState, incident: Json, kind: str, **members: object) -> None:
    """Add an entry to an incident's log.

    Args:
        state: the account.
        incident: the incident.
        kind: what happened, for example ``trigger`` or ``resolve``.
        members: the entry's members beyond the usual, for example ``agent`` or ``user``; with
            ``created_at`` the entry is in the past, and no subscriber is notified of it.
    """
    entry = {
        **new_object(f"{kind}_log_entry", state.next_id("R0LOG"), kind, "log_entries"),
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
        publish_entry(state, incident, kind, entry)


def notify_assignees(state: PagerDutyState, incident: Json) -> None:
    """Notify everybody who is assigned to an incident."""
    for assignment in incident["assignments"]:
        notify(state, incident, state.users[assignment["assignee"]["id"]])


def notify(state: PagerDutyState, incident: Json, user: Json) -> None:
    """Notify a user of an incident by the rules that are due at once; log entries prove it."""
    for rule in state.notification_rules.get(user["id"], []):
        if rule["urgency"] != incident["urgency"] or rule["start_delay_in_minutes"]:
            continue
        method = rule["contact_method"]
        if not method.get("enabled", True) or method.get("blacklisted"):
            continue
        notification = {
            "id": state.next_id("PNOTIFY"),
            "type": f"{method['type'].split('_')[0]}_notification",
            "address": method["address"],
            "status": "success",
            "started_at": now(),
            "user": reference(user),
        }
        channel = {"type": "auto", "notification": notification}
        agent = incident["service"]
        log(state, incident, "notify", agent=agent, user=reference(user), channel=channel)


def add_alert(state: PagerDutyState, incident: Json, key: str, payload: Json) -> None:
    """Add the alert of an event, with its dedup key and payload, to an incident."""
    alert = {
        **new_object("alert", state.next_id("Q0ALERT"), payload["summary"], "alerts"),
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


def _listed(entries: Iterable[Json], request: Request, types: frozenset[str]) -> list[Json]:
    # Texts of one format compare as times do.
    since, until = (
        iso(parse_time(request.param(name), name)) if request.param(name) else default
        for name, default in (("since", ""), ("until", "9999"))
    )
    found = [
        entry
        for entry in entries
        if entry["type"] in types and since <= entry["created_at"] <= until
    ]
    return sorted(found, key=lambda entry: str(entry["created_at"]))[::-1]
