"""The job summary: what an on-call engineer wants to see first."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pd_incident_action.text import as_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


def of_outcome(outcome: Outcome, catalog: CatalogReport, seconds_to_page: float) -> str:
    """Write the summary of a run that worked.

    Args:
        outcome: what the operation achieved.
        catalog: how the catalog fared.
        seconds_to_page: from the start of the process to the provider's answer.

    Returns:
        Markdown with HTML; all text from outside is escaped.
    """
    parts = [
        f"### {_heading(outcome)}",
        as_markdown(outcome.message),
        *(f"> ❌ {as_markdown(str(error))}" for error in outcome.failures),
        _table(_rows(outcome, catalog, seconds_to_page)),
        _incidents(outcome),
        *(_listing(table) for table in outcome.tables),
        *(f"> ⚠️ {as_markdown(text)}" for text in (*outcome.warnings, *catalog.problems)),
        *map(_unwritten, catalog.unwritten),
        *(_full_text(name, text) for name, text in outcome.full_text.items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def of_failure(operation: str, error: Document, problems: Iterable[str]) -> str:
    """Write the summary of a run that failed.

    Args:
        operation: what was to be done.
        error: why it wasn't.
        problems: sentences about what else went wrong.

    Returns:
        Markdown with HTML; all text from outside is escaped.
    """
    sentences = [f"- {as_markdown(text)}" for text in error.sentences]
    parts = [
        f"### ❌ {as_markdown(operation)}: {as_markdown(error.title)}",
        "\n".join(sentences) if len(sentences) > 1 else sentences[0].removeprefix("- "),
        *(f"> ⚠️ {as_markdown(text)}" for text in problems),
    ]
    return "\n\n".join(parts) + "\n"


def _heading(outcome: Outcome) -> str:
    incident = outcome.incident
    if outcome.service is not None:
        return _link(as_markdown(outcome.service.name), outcome.service.url)
    if incident is None:
        return "Failed" if outcome.failures else "Done"
    if outcome.others:
        return f"{len(outcome.incidents)} incidents"
    name = as_markdown(incident.name or incident.id)
    return f"{_STATUS_SIGNS.get(incident.status, '')} {_link(name, incident.url)}"


def _rows(
    outcome: Outcome, catalog: CatalogReport, seconds_to_page: float
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
            ("Dedup key", _code(outcome.dedup_key)),
        ]
    rows += [("In the catalog", _catalog(catalog)), ("Time to page", f"{seconds_to_page:.2f} s")]
    return [(name, value) for name, value in rows if value]


def _catalog(catalog: CatalogReport) -> str:
    if not catalog.written:
        return "not written" if catalog.unwritten else ""
    if len(catalog.written) > 1:
        missing = f", {len(catalog.unwritten)} not written" if catalog.unwritten else ""
        return f"{len(catalog.written)} entities{missing}"
    link = catalog.links[0] if catalog.links else ""
    return _link(_code(catalog.written[0].identifier), link)


def _incidents(outcome: Outcome) -> str:
    """List several incidents, one a row."""
    if not outcome.others:
        return ""
    heads = ("Incident", "Status", "Urgency", "Service", "Assigned to")
    rows = [
        (
            _link(as_markdown(one.name or one.id), one.url),
            as_markdown(one.status),
            as_markdown(one.urgency),
            as_markdown(one.service),
            as_markdown(", ".join(one.assignees)),
        )
        for one in outcome.incidents
    ]
    return _grid(heads, rows)


def _listing(table: Table) -> str:
    rows = [tuple(map(as_markdown, row)) for row in table.rows]
    return (
        f"#### {as_markdown(table.title)}\n\n{_grid(tuple(map(as_markdown, table.columns)), rows)}"
    )


def _grid(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Draw a table of cells that are already escaped."""
    head = "".join(f"<th align='left'>{cell}</th>" for cell in heads)
    body = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    lines = [f"<tr>{line}</tr>" for line in (head, *body)]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _table(rows: list[tuple[str, str]]) -> str:
    lines = [f"<tr><th align='left'>{name}</th><td>{value}</td></tr>" for name, value in rows]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _unwritten(entity: Entity) -> str:
    text = json.dumps({"blueprint": entity.blueprint, **entity.as_json()}, indent=2)
    return _details("The entity that could not be written to Port", text)


def _full_text(name: str, text: str) -> str:
    return _details(f"The whole text of '{name}', which was too long for PagerDuty", text)


def _details(title: str, text: str) -> str:
    # Inside <pre> only blank lines could end the HTML block, so none may stay.
    body = "\n".join(html.escape(line) or "&#8203;" for line in text.splitlines())
    return f"<details><summary>{as_markdown(title)}</summary>\n<pre>{body}</pre>\n</details>"


def _link(label: str, url: str) -> str:
    """Link to a page; the label is already escaped."""
    if urlsplit(url).scheme not in {"http", "https"}:
        return label
    return f'<a href="{html.escape(quote(url, safe=":/?&=#%@+,;~"))}">{label}</a>'


def _code(text: str) -> str:
    return f"<code>{as_markdown(text)}</code>" if text else ""
