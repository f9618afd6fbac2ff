"""The page that shows what the simulator holds, as it changes."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .incident_io import IncidentIoState
    from .pagerduty import PagerDutyState
    from .port import PortState, Run

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; color: #1c2430;
  background: #f6f7f9 } h1 { font-size: 1.3rem } h2 { font-size: 1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; background: #fff; box-shadow: 0 1px 3px #0002 }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid #e6e9ee;
  vertical-align: top; overflow-wrap: anywhere } th { font-weight: 600; color: #5a6675 }
pre { margin: 0; white-space: pre-wrap; font: 12px/1.45 ui-monospace, monospace }
.triggered { color: #c62828 } .acknowledged { color: #b26a00 } .resolved { color: #2e7d32 }
"""


def page(account: PagerDutyState, catalog: PortState, responses: IncidentIoState) -> str:
    """Make the page.

    Args:
        account: PagerDuty's state.
        catalog: Port's state.
        responses: incident.io's state.

    Returns:
        HTML that loads itself anew every second; all text from outside is escaped.
    """
    incidents = [_incident(incident) for incident in reversed(account.incidents.values())]
    runs = [_run(run) for run in reversed(catalog.runs.values())]
    entities = [
        _entity(blueprint, entity)
        for blueprint, known in catalog.entities.items()
        for entity in known.values()
    ]
    sections = [
        _section(
            "Incidents in PagerDuty", ("Incident", "Status", "Assigned to", "Policy"), incidents
        ),
        _section(
            "Incidents in incident.io",
            ("Incident", "Status", "Severity", "Summary"),
            [_response(incident) for incident in reversed(responses.incidents.values())],
        ),
        _section("Action runs in Port", ("Run", "Status", "Log"), runs),
        _section("Entities in Port", ("Blueprint", "Entity", "Properties and relations"), entities),
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta http-equiv="refresh" content="1">'
        f"<title>Incident simulator</title><style>{_STYLE}</style>"
        f"<h1>Incident simulator</h1>{''.join(sections)}</html>"
    )


def _section(headline: str, columns: Iterable[str], rows: list[str]) -> str:
    head = "".join(f"<th>{column}</th>" for column in columns)
    body = "".join(rows) or '<tr><td colspan="4">Nothing yet</td></tr>'
    return f"<h2>{headline}</h2><table><tr>{head}</tr>{body}</table>"


def _incident(incident: dict[str, Any]) -> str:
    people = ", ".join(item["assignee"]["summary"] for item in incident["assignments"])
    status = incident["status"]
    return _row(
        f"#{incident['incident_number']} {_text(incident['title'])}",
        f'<b class="{status}">{status}</b>, {_text(incident["urgency"])} urgency',
        _text(people),
        _text(incident["escalation_policy"]["summary"]),
    )


def _response(incident: dict[str, Any]) -> str:
    return _row(
        f"{_text(incident['reference'])} {_text(incident['name'])}",
        f"<b>{_text(incident['incident_status']['name'])}</b>, {_text(incident['visibility'])}",
        _text((incident.get("severity") or {}).get("name", "")),
        _text(incident.get("summary", "")),
    )


def _run(run: Run) -> str:
    log = "\n".join(run.logs)
    return _row(
        _text(run.id), _text(f"{run.status} {run.status_label}"), f"<pre>{_text(log)}</pre>"
    )


def _entity(blueprint: str, entity: dict[str, Any]) -> str:
    shown = json.dumps(
        {**entity["properties"], **entity["relations"]}, indent=1, ensure_ascii=False
    )
    name = f"{_text(entity['title'])}<br><small>{_text(entity['identifier'])}</small>"
    return _row(_text(blueprint), name, f"<pre>{_text(shown)}</pre>")


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _text(value: object) -> str:
    return html.escape(str(value))
