"""User text is data: any text becomes safe to print, to send and to shorten."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
# Controls, line and paragraph separators, lone surrogates, and the marks that reorder text.
_UNPRINTABLE = frozenset({"Cc", "Zl", "Zp", "Cs"})
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_MARKUP = frozenset("\\`*_{}[]()<>#+!|~$:@&\"'")


def escape_for_log(text: str) -> str:
    """Return a text as one log line that can't act as a workflow command.

    The runner takes a line that begins with ``::``, or holds ``##[`` anywhere, for a command
    (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions), so line
    breaks and other controls are escaped and the two markers are broken up.
    """
    line = "".join(map(_visible, text)).replace("##[", "## [")
    return re.sub(r"^(\s*):(?=:)", r"\1: ", line)


def _visible(character: str) -> str:
    if unicodedata.category(character) in _UNPRINTABLE or character in _REORDERING:
        return character.encode("unicode_escape").decode("ascii")
    return character


def escape_markdown(text: str) -> str:
    """Return a text as one line of Markdown or HTML without markup, mentions or links."""
    return "".join(f"&#{ord(c)};" if c in _MARKUP else c for c in " ".join(text.split()))


def sanitize_unicode(text: str) -> str:
    """Replace lone surrogates and NUL, which UTF-8 can't encode or APIs reject, by U+FFFD."""
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


def shorten(text: str, limit: int) -> str:
    """Cut a text to at most so many characters, at least 1, an ellipsis included."""
    return text if len(text) <= limit else text[: limit - len(ELLIPSIS)] + ELLIPSIS
