"""The page that shows what the simulator holds, as it changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from .incident_io import IncidentIoState
from .pagerduty import PagerDutyState
from .port import PortState

_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="refresh" content="1"><title>Incident simulator</title><style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; color: #1c2430;
  background: #f6f7f9 } h1 { font-size: 1.3rem } h2 { font-size: 1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; background: #fff; box-shadow: 0 1px 3px #0002 }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid #e6e9ee;
  vertical-align: top; overflow-wrap: anywhere; white-space: pre-wrap } th { color: #5a6675 }
</style><h1>Incident simulator</h1>"""

_INCIDENT = "Incident, Service, Status, Assigned to, Policy, Notes, Times"
_IO_INCIDENT = "Incident, Status, Severity, Summary, Times"


def render_page(pagerduty: PagerDutyState, port: PortState, incident_io: IncidentIoState) -> str:
    """Render HTML that reloads itself every second; all text from outside is escaped."""
    incidents = [
        _incident(one, pagerduty.notes.get(one["id"], []))
        for one in reversed(pagerduty.incidents.values())
    ]
    io_incidents = [_io_incident(one) for one in reversed(incident_io.incidents.values())]
    runs = [
        (run.id, f"{run.status} {run.status_label}", "\n".join(run.logs))
        for run in reversed(port.runs.values())
    ]
    entities = [
        (blueprint, f"{entity['title']}\n{entity['identifier']}", _properties(entity))
        for blueprint, known in port.entities.items()
        for entity in known.values()
    ]
    return _HEAD + "".join(
        (
            _table("PagerDuty incidents", _INCIDENT, incidents),
            _table("incident.io incidents", _IO_INCIDENT, io_incidents),
            _table("Port action runs", "Run, Status, Log", runs),
            _table("Port entities", "Blueprint, Entity, Properties and relations", entities),
        )
    )


def _table(title: str, columns: str, rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{column}" for column in columns.split(", "))
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>" for cells in rows
    )
    nothing = '<tr><td colspan="7">Nothing yet</td></tr>'
    return f"<h2>{title}</h2><table><tr>{head}</tr>{body or nothing}</table>"


def _incident(incident: dict[str, Any], notes: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    return (
        f"#{incident['incident_number']} {incident['title']}",
        incident["service"]["summary"],
        f"{incident['status']}, {incident['urgency']} urgency",
        ", ".join(item["assignee"]["summary"] for item in incident["assignments"]),
        incident["escalation_policy"]["summary"],
        "\n".join(note["content"] for note in notes),
        _times(incident, "created_at", "last_status_change_at"),
    )


def _io_incident(incident: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{incident['reference']} {incident['name']}",
        f"{incident['incident_status']['name']}, {incident['visibility']}",
        (incident.get("severity") or {}).get("name", ""),
        incident.get("summary", ""),
        _times(incident, "created_at", "updated_at"),
    )


def _times(incident: dict[str, Any], created: str, changed: str) -> str:
    return f"created {incident[created]}\nchanged {incident.get(changed, incident[created])}"


def _properties(entity: dict[str, Any]) -> str:
    return json.dumps(entity["properties"] | entity["relations"], indent=1, ensure_ascii=False)
