"""Every link in the documentation leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from repository import ROOT, read

PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(
        part == "dist" or (part.startswith(".") and part != ".github")
        for part in path.relative_to(ROOT).parts
    )
)
_CODE = re.compile(r"^(```+).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^(```+).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(
    r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE
)


def links(markdown: str) -> list[str]:
    """List where a page's links lead, pictures included, code left out."""
    found = _LINK.findall(_CODE.sub("`code`", markdown))
    return [inline or reference for inline, reference in found]


def anchors(markdown: str) -> set[str]:
    """List a page's anchors: GitHub makes one for each heading."""
    text = _FENCED.sub("", markdown)
    found: set[str] = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", text, re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        number = next(n for n in range(len(text)) if _numbered(slug, n) not in found)
        found.add(_numbered(slug, number))
    return found


def _numbered(slug: str, number: int) -> str:
    return f"{slug}-{number}" if number else slug


def problem(link: str, page: Path) -> str:
    """Say what is wrong with a link, or nothing."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        good = parts.scheme == "https" and "." in (parts.hostname or "")
        return "" if good else f"{link} is no https address"
    target = page.parent / unquote(parts.path) if parts.path else page
    if not target.exists():
        return f"{link} isn't there"
    if not target.resolve().is_relative_to(ROOT.resolve()) and page.is_relative_to(ROOT):
        return f"{link} leads out of the repository"
    if parts.fragment and parts.fragment not in anchors(read(target)):
        return f"{link} has no such heading"
    return ""


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        found = [problem(link, page) for link in links(read(page))]
        assert [text for text in found if text] == []


def test_the_pages_that_people_start_from_are_looked_at() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in PAGES}
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/inputs.md"} <= names
    assert len(links(read("README.md"))) > 5


def test_links_are_found_wherever_they_stand() -> None:
    page = '[a](b.md) ![c](d.png "e") [f](<g.md>)\n[h]: https://i.example\n`[j](k)`\n'
    page += "```yaml\n[l](m)\n```\n[n](o)\n"
    assert links(page) == ["b.md", "d.png", "g.md", "https://i.example", "o"]


def test_anchors_are_made_as_github_does() -> None:
    page = "# Why `this`, now?\n## Same\n## Same\n```\n# no heading\n```\n## [A](b) & B\n"
    assert anchors(page) == {"why-this-now", "same", "same-1", "a--b"}


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# There\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text("# Here\n", encoding="utf-8")
    for link, wrong in [
        ("other.md", ""),
        ("other.md#there", ""),
        ("#here", ""),
        ("https://example.com/x#y", ""),
        ("gone.md", "gone.md isn't there"),
        ("other.md#here", "other.md#here has no such heading"),
        ("#there", "#there has no such heading"),
        ("http://example.com", "http://example.com is no https address"),
        ("https://example", "https://example is no https address"),
    ]:
        assert problem(link, page) == wrong
