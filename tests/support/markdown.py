"""Renders Markdown as GitHub and Port do: CommonMark, GitHub's extensions, bare URLs as links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_RENDERER = MarkdownIt("gfm-like", {"html": True})
# What GitHub links or notifies in the finished page, wherever it stands but in code.
_LINKED_LATER = re.compile(r"https?://|www\.|[\w.+-]+@[\w-]+\.\w|(?<!\w)@\w", re.IGNORECASE)


@dataclass
class Page(HTMLParser):
    """A rendered page.

    Attributes:
        structure: its elements but for code in a line, with their attributes, in order.
        text: what people read.
        outside_code: what of that isn't in code.
    """

    structure: list[str] = field(default_factory=list)
    text: str = ""
    outside_code: str = ""
    _within: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within.append(tag)
        if tag != "code":
            self.structure.append(f"{tag} {attrs}")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._within:
            self._within.remove(tag)
        if tag != "code":
            self.structure.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.text += data
        self.outside_code += "" if {"code", "pre"} & {*self._within} else data

    @property
    def linked_later(self) -> list[str]:
        """What GitHub would make links and mentions of."""
        return _LINKED_LATER.findall(self.outside_code)


def render(markdown: str) -> Page:
    """Render a whole document."""
    page = Page()
    page.feed(_RENDERER.render(markdown))
    page.close()
    return page


def plain(markdown: str) -> str:
    """Return what people read of some Markdown."""
    return render(markdown).text.strip()
