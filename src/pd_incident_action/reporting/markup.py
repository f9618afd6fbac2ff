"""The HTML that job summaries are made of; GitHub renders it inside Markdown."""

from __future__ import annotations

import html
from collections.abc import Sequence
from urllib.parse import quote

from pd_incident_action.models import Table
from pd_incident_action.text import escape_html, escape_markdown, fence, is_web_url


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
    """Render a table of plain texts under its title."""
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
    return f'<a href="{html.escape(quote(url, safe=":/?&=#%@+,;~"))}">{label}</a>'


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
