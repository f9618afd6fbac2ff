"""The job summary: what an on-call engineer wants to see first, and the HTML it is made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from pd_incident_action.errors import UserFacingError
from pd_incident_action.models import Entity, Incident, Outcome, Table
from pd_incident_action.text import escape_html, escape_markdown, fence, is_web_url, quote_html


def html_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Render a table of headings and cells that are already escaped."""
    head = "".join(f"<th align='left'>{cell}</th>" for cell in heads)
    body = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    return _table((head, *body))


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Render names and values that are already escaped; nothing without any."""
    lines = [f"<th align='left'>{name}</th><td>{value}</td>" for name, value in rows if value]
    return _table(lines) if lines else ""


def _table(lines: Sequence[str]) -> str:
    rows = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>\n{rows}\n</table>"


def titled_table(table: Table) -> str:
    """Render a table of plain texts under its title; nothing without rows."""
    if not table.rows:
        return ""
    rows = [list(map(escape_html, row)) for row in table.rows]
    columns = list(map(escape_html, table.columns))
    return f"#### {escape_markdown(table.title)}\n\n{html_table(columns, rows)}"


def details(title: str, text: str) -> str:
    """Fold any text away, shown as it is once somebody opens it."""
    summary = f"<details><summary>{escape_html(title)}</summary>"
    return f"{summary}\n\n{fence(text)}\n\n</details>"


def link(label: str, url: str) -> str:
    """Link an escaped label to a URL, unless that isn't a web page."""
    if not is_web_url(url):
        return label
    return f'<a href="{quote_html(quote(url, safe=":/?&=#%@+,;~"))}">{label}</a>'


def code(text: str) -> str:
    """Show any text as code, in HTML; nothing stays nothing."""
    return f"<code>{escape_html(text)}</code>" if text else ""


def warnings(texts: Sequence[str]) -> list[str]:
    """Quote each of any texts as a warning."""
    return [f"> ⚠️ {escape_markdown(text)}" for text in texts]


def errors(errors: Sequence[BaseException]) -> list[str]:
    """Quote each of some errors."""
    return [f"> ❌ {escape_markdown(str(error))}" for error in errors]


def chart(mermaid: str) -> str:
    """Have GitHub draw a chart; names from outside must be free of Mermaid's own signs.

    https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams
    """
    return f"```mermaid\n{mermaid.replace('`', ' ')}\n```"


def join_blocks(blocks: Sequence[str]) -> str:
    """Join blocks of Markdown, leaving out empty ones."""
    return "\n\n".join(filter(None, blocks)) + "\n"


_STATUS_SIGNS = {"triggered": "🔴", "acknowledged": "🟡", "resolved": "🟢"}


class CatalogReport(NamedTuple):
    """What Port's catalog has of a run."""

    written: tuple[Entity, ...] = ()
    unwritten: tuple[Entity, ...] = ()
    links: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def render_success(
    outcome: Outcome,
    catalog: CatalogReport,
    milliseconds: int | None = None,
    trace: str = "",
) -> str:
    """Render the summary of a run that worked."""
    blocks = [
        f"### {_heading(outcome)}",
        escape_markdown(outcome.headline),
        *errors(outcome.failures),
        facts(_facts(outcome, catalog, milliseconds)),
        _incidents(outcome),
        *map(titled_table, outcome.tables),
        *map(chart, outcome.charts),
        *warnings((*outcome.warnings, *catalog.problems)),
        *map(_unwritten, catalog.unwritten),
        *full_texts(outcome),
        trace,
    ]
    return join_blocks(blocks)


def render_failure(
    operation: str,
    error: UserFacingError,
    notes: Sequence[str],
    title: str = "",
    blocks: Sequence[str] = (),
) -> str:
    """Render the summary of a run that failed, with further blocks."""
    messages = [f"- {escape_markdown(text)}" for text in error.messages]
    message = "\n".join(messages) if len(messages) > 1 else messages[0].removeprefix("- ")
    heading = f"### ❌ {escape_markdown(title or error.title)} ({escape_markdown(operation)})"
    return join_blocks([heading, message, *warnings(notes), *blocks])


def _heading(outcome: Outcome) -> str:
    """Begin with whether somebody was paged, where that was asked for."""
    about = _about(outcome)
    return f"{outcome.page.value}: {about}" if outcome.page.value else about


def _about(outcome: Outcome) -> str:
    incident = outcome.incident
    if outcome.service is not None:
        return link(escape_markdown(outcome.service.name), outcome.service.url)
    if incident is None:
        return "Failed" if outcome.failures else "Done"
    if len(outcome.incidents) > 1:
        return f"{len(outcome.incidents)} incidents"
    name = escape_markdown(incident.name or incident.id)
    return f"{_STATUS_SIGNS.get(incident.status, '')} {link(name, incident.url)}".strip()


def _facts(
    outcome: Outcome, catalog: CatalogReport, milliseconds: int | None
) -> list[tuple[str, str]]:
    incident = outcome.incident
    rows = []
    if incident is not None and len(outcome.incidents) == 1:
        rows = [
            *((name, escape_html(text)) for name, text in outcome.facts),
            ("Status", _status(incident)),
            ("Urgency", escape_html(incident.urgency)),
            ("Severity", escape_html(incident.severity)),
            ("Priority", escape_html(incident.priority)),
            ("Assigned to", escape_html(", ".join(incident.assignees))),
            ("Escalation policy", escape_html(incident.escalation_policy)),
            ("Service", escape_html(incident.service)),
        ]
    to_page = ""
    if milliseconds is not None and outcome.page.is_out:
        to_page = f"{milliseconds / 1000:.2f} s"
    return [*rows, ("Port entity", _entity(catalog)), ("Time to page", to_page)]


def _status(incident: Incident) -> str:
    """Show the status with its sign; it leads to the incident's page."""
    sign = _STATUS_SIGNS.get(incident.status, "")
    return link(f"{sign} {escape_html(incident.status)}".strip(), incident.url)


def _entity(catalog: CatalogReport) -> str:
    if not catalog.written:
        return "not written" if catalog.unwritten else ""
    if len(catalog.written) > 1:
        missing = f", {len(catalog.unwritten)} not written" if catalog.unwritten else ""
        return f"{len(catalog.written)} entities{missing}"
    page = catalog.links[0] if catalog.links else ""
    return link(code(catalog.written[0].identifier), page)


def _incidents(outcome: Outcome) -> str:
    """List several incidents, one a row."""
    if len(outcome.incidents) <= 1:
        return ""
    rows = [
        (
            link(escape_html(one.name or one.id), one.url),
            *map(escape_html, (one.status, one.urgency, one.service, ", ".join(one.assignees))),
        )
        for one in outcome.incidents
    ]
    return html_table(("Incident", "Status", "Urgency", "Service", "Assigned to"), rows)


def _unwritten(entity: Entity) -> str:
    text = json.dumps({"blueprint": entity.blueprint, **entity.as_json()}, indent=2)
    return details("The entity that could not be written to Port", text)


def full_texts(outcome: Outcome) -> list[str]:
    """Render the texts that were too long for the provider."""
    return [
        details(f"The whole text of '{name}', which was too long for PagerDuty", text)
        for name, text in outcome.truncated_inputs.items()
    ]
