"""Fetch an incident with its alerts, notes and log entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from pd_incident_action.errors import ActionError
from pd_incident_action.http.client import map_concurrently
from pd_incident_action.models import Outcome, Table
from pd_incident_action.pagerduty.models import LogEntry, Note, Reference

from .base import SingleIncidentOperation, describe_state, incident_outcome

Part = Reference | Note | LogEntry

_MAX_ROWS = 50
_MAX_ITEMS = 500


class Get(SingleIncidentOperation):
    name = "get"
    summary = "Fetch an incident with its alerts, notes and log entries"
    outputs = {
        "alerts": "The incident's alerts as JSON, at most 500.",
        "notes": "The incident's notes as JSON.",
        "log": "The incident's log entries as JSON, the newest first, at most 500.",
    }
    scopes = ("incidents.read",)

    def start_message(self) -> str:
        return f"Fetching PagerDuty incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Fetch the incident and what belongs to it; a part that can't be fetched is a warning."""
        incident = self.fetch()
        parts, warnings = self._fetch_parts()
        raw = {name: [one.raw for one in items] for name, items in parts.items()}
        counts = (
            f"alerts: {len(raw['alerts'])}, notes: {len(raw['notes'])}, "
            f"log entries: {len(raw['log'])}"
        )
        state = describe_state(incident.to_incident())
        return replace(
            incident_outcome(incident, f"Incident {state}; {counts}."),
            response={"incident": incident.raw, **raw},
            outputs=raw,
            tables=(
                _table("Notes", "Note", parts["notes"]),
                # PagerDuty lists the newest first.
                _table("Log", "What", reversed(parts["log"])),
            ),
            warnings=warnings,
        )

    def _fetch_parts(self) -> tuple[dict[str, Sequence[Part]], tuple[str, ...]]:
        """Return what belongs to the incident by output, and why something is missing."""
        incidents, incident_id = self.context.incidents, self.inputs.incident
        fetches: dict[str, Callable[[], Sequence[Part]]] = {
            "alerts": lambda: incidents.alerts(incident_id, _MAX_ITEMS),
            "notes": lambda: incidents.notes(incident_id),
            "log": lambda: incidents.log_entries(incident_id, _MAX_ITEMS),
        }
        results = map_concurrently(lambda fetch: fetch(), list(fetches.values()))
        parts = {
            name: () if isinstance(result, ActionError) else result
            for name, result in zip(fetches, results, strict=True)
        }
        return parts, tuple(str(one) for one in results if isinstance(one, ActionError))


def _table(title: str, what: str, parts: Iterable[Part]) -> Table:
    """Show the newest notes or log entries, the newest last; within a second, the order stays."""
    rows = [
        (one.created_at, one.user.summary, one.content)
        if isinstance(one, Note)
        else (one.created_at, one.agent.summary, one.summary or one.type)
        for one in parts
        if isinstance(one, Note | LogEntry)
    ]
    newest = sorted(rows, key=lambda row: row[0])[-_MAX_ROWS:]
    return Table(title, ("When", "Who", what), tuple(newest))
