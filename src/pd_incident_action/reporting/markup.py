"""The HTML that job summaries are made of; GitHub shows it inside Markdown."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pd_incident_action.text import to_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence


def render_html_table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Draw a table.

    Args:
        heads: the columns' headings, already escaped.
        rows: cells that are already escaped.

    Returns:
        HTML.
    """
    head = "".join(f"<th align='left'>{cell}</th>" for cell in heads)
    body = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    lines = [f"<tr>{line}</tr>" for line in (head, *body)]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def details(title: str, text: str) -> str:
    """Fold a text away until somebody opens it.

    Args:
        title: what it is about.
        text: any text, shown as it is.

    Returns:
        HTML.
    """
    # Inside <pre> only blank lines could end the HTML block, so none may stay.
    body = "\n".join(html.escape(line) or "&#8203;" for line in text.splitlines())
    return f"<details><summary>{to_markdown(title)}</summary>\n<pre>{body}</pre>\n</details>"


def link(label: str, url: str) -> str:
    """Link to a page.

    Args:
        label: already escaped.
        url: any text; what isn't a web page isn't linked.

    Returns:
        HTML.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        return label
    return f'<a href="{html.escape(quote(url, safe=":/?&=#%@+,;~"))}">{label}</a>'


def code(text: str) -> str:
    """Show a text as code; nothing stays nothing.

    Args:
        text: any text.

    Returns:
        HTML.
    """
    return f"<code>{to_markdown(text)}</code>" if text else ""


def chart(mermaid: str) -> str:
    """Let GitHub draw a chart.

    https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams

    Args:
        mermaid: the chart's text; names from outside must be free of Mermaid's own signs.

    Returns:
        Markdown.
    """
    return f"```mermaid\n{mermaid.replace('`', ' ')}\n```"
