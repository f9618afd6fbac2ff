"""The job summary: what an on-call engineer wants to see first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pd_incident_action.text import as_markdown

from .html import chart, code, details, grid, link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pd_incident_action.errors import Document
    from pd_incident_action.outcome import Entity, Outcome, Table

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


def of_outcome(
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
        as_markdown(outcome.message),
        *(f"> ❌ {as_markdown(str(error))}" for error in outcome.failures),
        _table(_rows(outcome, catalog, seconds_to_page)),
        _incidents(outcome),
        *map(as_grid, outcome.tables),
        *map(chart, outcome.charts),
        *(f"> ⚠️ {as_markdown(text)}" for text in (*outcome.warnings, *catalog.problems)),
        *map(_unwritten, catalog.unwritten),
        *(_full_text(name, text) for name, text in outcome.full_text.items()),
        timeline,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def of_failure(operation: str, error: Document, problems: Iterable[str], timeline: str = "") -> str:
    """Write the summary of a run that failed.

    Args:
        operation: what was to be done.
        error: why it wasn't.
        problems: sentences about what else went wrong.
        timeline: what was sent when, in Markdown.

    Returns:
        Markdown with HTML; all text from outside is escaped.
    """
    sentences = [f"- {as_markdown(text)}" for text in error.sentences]
    parts = [
        f"### ❌ {as_markdown(operation)}: {as_markdown(error.title)}",
        "\n".join(sentences) if len(sentences) > 1 else sentences[0].removeprefix("- "),
        *(f"> ⚠️ {as_markdown(text)}" for text in problems),
        timeline,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(outcome: Outcome) -> str:
    incident = outcome.incident
    if outcome.service is not None:
        return link(as_markdown(outcome.service.name), outcome.service.url)
    if incident is None:
        return "Failed" if outcome.failures else "Done"
    if outcome.others:
        return f"{len(outcome.incidents)} incidents"
    name = as_markdown(incident.name or incident.id)
    return f"{_STATUS_SIGNS.get(incident.status, '')} {link(name, incident.url)}"


def _rows(
    outcome: Outcome, catalog: CatalogReport, seconds_to_page: float | None
) -> list[tuple[str, str]]:
    incident = outcome.incident
    rows = []
    if incident is not None and not outcome.others:
        rows = [
            ("Status", as_markdown(incident.status)),
            ("Urgency", as_markdown(incident.urgency)),
            ("Severity", as_markdown(incident.severity)),
            ("Priority", as_markdown(incident.priority)),
            ("Assigned to", as_markdown(", ".join(incident.assignees))),
            ("Escalation policy", as_markdown(incident.escalation_policy)),
            ("Service", as_markdown(incident.service)),
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
            link(as_markdown(one.name or one.id), one.url),
            as_markdown(one.status),
            as_markdown(one.urgency),
            as_markdown(one.service),
            as_markdown(", ".join(one.assignees)),
        )
        for one in outcome.incidents
    ]
    return grid(heads, rows)


def as_grid(table: Table) -> str:
    """Show a table under its title.

    Args:
        table: plain texts.

    Returns:
        Markdown with HTML.
    """
    rows = [tuple(map(as_markdown, row)) for row in table.rows]
    return (
        f"#### {as_markdown(table.title)}\n\n{grid(tuple(map(as_markdown, table.columns)), rows)}"
    )


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
