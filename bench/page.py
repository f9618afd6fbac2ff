"""A page that several benchmarks write, each a section of its own between comments."""

from __future__ import annotations


def section_of(page: str, name: str) -> str:
    """Find a section.

    Args:
        page: Markdown.
        name: the section's name in its comments.

    Returns:
        What stands between the comments, these included; empty if there is none.
    """
    begin, end = _comments(name)
    if begin not in page or end not in page:
        return ""
    return page[page.index(begin) : page.index(end) + len(end)]


def with_section(page: str, name: str, text: str) -> str:
    """Put a section in the place of the one of that name, or at the page's end.

    Args:
        page: Markdown.
        name: the section's name in its comments.
        text: what is to stand between these.

    Returns:
        The page.
    """
    begin, end = _comments(name)
    section = f"{begin}\n\n{text.strip()}\n\n{end}"
    old = section_of(page, name)
    return page.replace(old, section) if old else f"{page.rstrip()}\n\n{section}\n"


def _comments(name: str) -> tuple[str, str]:
    return f"<!-- {name}: begin. Made by `make bench-{name}`. -->", f"<!-- {name}: end -->"
