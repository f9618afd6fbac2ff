"""The job summary: what an on-call engineer wants to see first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pd_incident_action.text import to_markdown

from .markup import chart, code, details, link, render_html_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pd_incident_action.errors import UserFacingError
    from pd_incident_action.models import Entity, Outcome, Table

_STATUS_SIGNS = {"triggered": "🔴", "acknowledged": "🟡", "resolved": "🟢"}


@dataclass(frozen=True)
class CatalogReport:
    """How the catalog fared.

    Attributes:
        written: the entities as Port has them.
        unwritten: the entities that Port didn't take.
        links: web pages of the written ones, or empty texts.
        problems: sentences about what went wrong.
    """

    written: tuple[Entity, ...] = ()
    unwritten: tuple[Entity, ...] = ()
    links: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def render_success(
    outcome: Outcome,
    catalog: CatalogReport,
    seconds_to_page: float | None = None,
    timeline: str = "",
) -> str:
    """Write the summary of a run that worked.

    Args:
        outcome: what the operation achieved.
        catalog: how the catalog fared.
        seconds_to_page: from the start of the process to the provider's answer, or None.
        timeline: what was sent when, in Markdown.

    Returns:
        Markdown with HTML; all text from outside is escaped.
    """
    parts = [
        f"### {_heading(outcome)}",
        to_markdown(outcome.message),
        *(f"> ❌ {to_markdown(str(error))}" for error in outcome.failures),
        _table(_rows(outcome, catalog, seconds_to_page)),
        _incidents(outcome),
        *map(render_table, outcome.tables),
        *map(chart, outcome.charts),
        *(f"> ⚠️ {to_markdown(text)}" for text in (*outcome.warnings, *catalog.problems)),
        *map(_unwritten, catalog.unwritten),
        *(_full_text(name, text) for name, text in outcome.truncated_inputs.items()),
        timeline,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_failure(
    operation: str, error: UserFacingError, problems: Iterable[str], timeline: str = ""
) -> str:
    """Write the summary of a run that failed.

    Args:
        operation: what was to be done.
        error: why it wasn't.
        problems: sentences about what else went wrong.
        timeline: what was sent when, in Markdown.

    Returns:
        Markdown with HTML; all text from outside is escaped.
    """
    messages = [f"- {to_markdown(text)}" for text in error.messages]
    parts = [
        f"### ❌ {to_markdown(operation)}: {to_markdown(error.title)}",
        "\n".join(messages) if len(messages) > 1 else messages[0].removeprefix("- "),
        *(f"> ⚠️ {to_markdown(text)}" for text in problems),
        timeline,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(outcome: Outcome) -> str:
    incident = outcome.incident
    if outcome.service is not None:
        return link(to_markdown(outcome.service.name), outcome.service.url)
    if incident is None:
        return "Failed" if outcome.failures else "Done"
    if outcome.others:
        return f"{len(outcome.incidents)} incidents"
    name = to_markdown(incident.name or incident.id)
    return f"{_STATUS_SIGNS.get(incident.status, '')} {link(name, incident.url)}"


def _rows(
    outcome: Outcome, catalog: CatalogReport, seconds_to_page: float | None
) -> list[tuple[str, str]]:
    incident = outcome.incident
    rows = []
    if incident is not None and not outcome.others:
        rows = [
            ("Status", to_markdown(incident.status)),
            ("Urgency", to_markdown(incident.urgency)),
            ("Severity", to_markdown(incident.severity)),
            ("Priority", to_markdown(incident.priority)),
            ("Assigned to", to_markdown(", ".join(incident.assignees))),
            ("Escalation policy", to_markdown(incident.escalation_policy)),
            ("Service", to_markdown(incident.service)),
            ("Dedup key", code(outcome.dedup_key)),
        ]
    to_page = "" if seconds_to_page is None else f"{seconds_to_page:.2f} s"
    rows += [("In the catalog", _catalog(catalog)), ("Time to page", to_page)]
    return [(name, value) for name, value in rows if value]


def _catalog(catalog: CatalogReport) -> str:
    if not catalog.written:
        return "not written" if catalog.unwritten else ""
    if len(catalog.written) > 1:
        missing = f", {len(catalog.unwritten)} not written" if catalog.unwritten else ""
        return f"{len(catalog.written)} entities{missing}"
    page = catalog.links[0] if catalog.links else ""
    return link(code(catalog.written[0].identifier), page)


def _incidents(outcome: Outcome) -> str:
    """List several incidents, one a row."""
    if not outcome.others:
        return ""
    heads = ("Incident", "Status", "Urgency", "Service", "Assigned to")
    rows = [
        (
            link(to_markdown(one.name or one.id), one.url),
            to_markdown(one.status),
            to_markdown(one.urgency),
            to_markdown(one.service),
            to_markdown(", ".join(one.assignees)),
        )
        for one in outcome.incidents
    ]
    return render_html_table(heads, rows)


def render_table(table: Table) -> str:
    """Show a table under its title.

    Args:
        table: plain texts.

    Returns:
        Markdown with HTML.
    """
    rows = [tuple(map(to_markdown, row)) for row in table.rows]
    columns = tuple(map(to_markdown, table.columns))
    return f"#### {to_markdown(table.title)}\n\n{render_html_table(columns, rows)}"


def _table(rows: list[tuple[str, str]]) -> str:
    if not rows:
        return ""
    lines = [f"<tr><th align='left'>{name}</th><td>{value}</td></tr>" for name, value in rows]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _unwritten(entity: Entity) -> str:
    text = json.dumps({"blueprint": entity.blueprint, **entity.as_json()}, indent=2)
    return details("The entity that could not be written to Port", text)


def _full_text(name: str, text: str) -> str:
    return details(f"The whole text of '{name}', which was too long for PagerDuty", text)
