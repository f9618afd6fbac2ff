"""Endpoints about what an incident holds: notes, alerts, its log."""

from __future__ import annotations

from collections.abc import Iterable

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import PagerDutyRoutes, member, page
from .record import add_note
from .selection import in_window
from .things import Json, invalid

_MOST_NOTES = 2000
# What the state machine logs beyond that is for webhooks: the API's description has no such entry.
_SHOWN = frozenset(
    {
        "trigger_log_entry",
        "acknowledge_log_entry",
        "unacknowledge_log_entry",
        "resolve_log_entry",
        "assign_log_entry",
        "escalate_log_entry",
        "delegate_log_entry",
        "notify_log_entry",
        "annotate_log_entry",
        "snooze_log_entry",
        "urgency_change_log_entry",
        "field_value_change_log_entry",
        "custom_field_value_change_log_entry",
    }
)
# The log of the whole account leaves these out.
_ONLY_IN_ITS_OWN_LOG = frozenset(
    {"field_value_change_log_entry", "custom_field_value_change_log_entry"}
)
_LEFT_OUT_OF_OVERVIEW = frozenset({"assign_log_entry", "notify_log_entry"})


class IncidentDetailRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Incidents and Log Entries."""

    @route("POST", "/incidents/{id}/notes")
    def add_note(self, request: Request) -> Reply:
        """Add a note."""
        requester = self.requester(request)
        content = member(request, "note").get("content")
        if not isinstance(content, str) or not content.strip():
            raise invalid("Content cannot be empty.")
        incident = self.named_incident(request)
        if len(self.state.notes.get(incident["id"], [])) >= _MOST_NOTES:
            raise invalid(f"An incident can have at most {_MOST_NOTES} notes")
        return Reply(200, {"note": add_note(self.state, incident, content, requester)})

    @route("GET", "/incidents/{id}/notes")
    def list_notes(self, request: Request) -> Reply:
        """List an incident's notes."""
        return Reply(200, {"notes": self.state.notes.get(self.named_incident(request)["id"], [])})

    @route("GET", "/incidents/{id}/alerts")
    def list_alerts(self, request: Request) -> Reply:
        """List an incident's alerts, by status and key if wanted."""
        found = self.state.alerts.get(self.named_incident(request)["id"], [])
        for parameter, name in (("statuses[]", "status"), ("alert_key", "alert_key")):
            wanted = request.query.get(parameter)
            found = [alert for alert in found if not wanted or alert[name] in wanted]
        return page(request, "alerts", found)

    @route("GET", "/incidents/{id}/log_entries")
    def list_log_entries_of_incident(self, request: Request) -> Reply:
        """List what happened to an incident, newest first."""
        entries = self.state.log_entries.get(self.named_incident(request)["id"], [])
        return page(request, "log_entries", _shown(entries, request, _SHOWN))

    @route("GET", "/log_entries")
    def list_log_entries(self, request: Request) -> Reply:
        """List what happened to all incidents, newest first."""
        entries = [entry for log in self.state.log_entries.values() for entry in log]
        return page(request, "log_entries", _shown(entries, request, _SHOWN - _ONLY_IN_ITS_OWN_LOG))


def _shown(entries: Iterable[Json], request: Request, kinds: frozenset[str]) -> list[Json]:
    if request.flag("is_overview"):
        kinds -= _LEFT_OUT_OF_OVERVIEW
    since, until = request.first("since"), request.first("until")
    found = [
        entry
        for entry in entries
        if entry["type"] in kinds and in_window(entry["created_at"], since, until)
    ]
    return sorted(found, key=lambda entry: str(entry["created_at"]))[::-1]
