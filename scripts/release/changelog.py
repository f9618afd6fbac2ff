"""Reads ``CHANGELOG.md``."""

from __future__ import annotations

import re

_HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_VERSION = re.compile(r"\[?v?(\d+\.\d+\.\d+)\]?(?: .*)?")
_UNRELEASED = "unreleased"


class ChangelogError(Exception):
    """The changelog doesn't say what it should."""


def sections(changelog: str) -> dict[str, str]:
    """Split a changelog at its second-level headings.

    Args:
        changelog: Markdown in the manner of Keep a Changelog.

    Returns:
        Each version's text, newest first; what isn't released yet is called ``unreleased``.

    Raises:
        ChangelogError: a heading is neither a version nor *Unreleased*.
    """
    parts = _HEADING.split(changelog)[1:]
    return {_name(h): text.strip() for h, text in zip(parts[::2], parts[1::2], strict=True)}


def notes(changelog: str, version: str) -> str:
    """Find what a release brings.

    Args:
        changelog: the whole changelog.
        version: such as ``1.2.3``.

    Returns:
        The version's Markdown, without its heading.

    Raises:
        ChangelogError: the version isn't the newest, has no text, or something else is still
            unreleased.
    """
    found = sections(changelog)
    if found.pop(_UNRELEASED, ""):
        raise ChangelogError("CHANGELOG.md has unreleased changes: give them a version")
    newest = next(iter(found), "nothing")
    if newest != version:
        raise ChangelogError(f"CHANGELOG.md's newest version is {newest}, not {version}")
    if not found[version]:
        raise ChangelogError(f"CHANGELOG.md says nothing about {version}")
    return found[version]


def _name(heading: str) -> str:
    match = _VERSION.fullmatch(heading)
    if match:
        return match[1]
    name = heading.strip("[]").lower()
    if name != _UNRELEASED:
        raise ChangelogError(f"'{heading}' is no version")
    return name
