"""Lays job summaries out as a workflow run's page does."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from markdown_it import MarkdownIt

_STYLE = """
body { margin: 0 auto; max-width: 1000px; color: #1f2328;
       font: 14px/1.5 'Noto Sans', 'DejaVu Sans', sans-serif }
section { margin-bottom: 16px; border: 1px solid #d1d9e0; border-radius: 6px }
header { padding: 8px 16px; border-bottom: 1px solid #d1d9e0; background: #f6f8fa;
         font-weight: 600 }
article { padding: 4px 24px 16px; overflow-wrap: break-word }
h3 { margin: 14px 0 10px; font-size: 18px }
p { margin: 0 0 14px }
a { color: #0969da; text-decoration: underline }
table { display: block; width: max-content; max-width: 100%; overflow: auto; margin-bottom: 16px;
        border-collapse: collapse }
th, td { padding: 5px 13px; border: 1px solid #d1d9e0 }
tr:nth-child(2n) { background: #f6f8fa }
code { padding: 2px 5px; border-radius: 6px; background: #818b981f;
       font: 12px 'DejaVu Sans Mono', monospace }
pre { margin: 0; white-space: pre-wrap; line-height: 1.7 }
pre code { padding: 0; background: none }
blockquote { margin: 0 0 14px; padding: 0 14px; border-left: 4px solid #d1d9e0; color: #59636e }
"""


def render_page(summaries: Iterable[tuple[str, str]], style: str = "") -> str:
    """Render summaries as HTML: of each its heading, a plain text, and its Markdown."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    sections = [
        f"<section><header>{escape(heading)}</header>"
        f"<article>{markdown.render(text)}</article></section>"
        for heading, text in summaries
    ]
    head = '<!doctype html><meta charset="utf-8"><title>Job summaries</title>'
    return f"{head}<style>{_STYLE}{style}</style><body>{''.join(sections)}</body>\n"
