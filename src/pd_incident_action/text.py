"""User text is data: making any text safe to print, to send and to shorten."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
# Controls, line and paragraph separators, lone surrogates, and the marks that reorder text.
_UNPRINTABLE = frozenset({"Cc", "Zl", "Zp", "Cs"})
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_MARKUP = frozenset("\\`*_{}[]()<>#+!|~$:@&\"'")


def escape_for_log(text: str) -> str:
    """Turn text from outside into one log line that can't act as a workflow command.

    The runner takes a line that begins with ``::``, or holds ``##[`` anywhere, for a command
    (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions), so line
    breaks and other controls are shown as escapes and the two markers are set apart.

    Args:
        text: any text.

    Returns:
        A single line that shows the text.
    """
    line = "".join(map(_visible, text)).replace("##[", "## [")
    return re.sub(r"^(\s*):(?=:)", r"\1: ", line)


def _visible(character: str) -> str:
    if unicodedata.category(character) in _UNPRINTABLE or character in _REORDERING:
        return character.encode("unicode_escape").decode("ascii")
    return character


def escape_markdown(text: str) -> str:
    """Make text show as it is in Markdown and in HTML, where character references work alike.

    Args:
        text: any text.

    Returns:
        One line in which nothing is markup, a mention or a link.
    """
    return "".join(f"&#{ord(c)};" if c in _MARKUP else c for c in " ".join(text.split()))


def sanitize_unicode(text: str) -> str:
    """Replace what JSON in UTF-8 can't carry or APIs reject: lone surrogates and NUL.

    Args:
        text: any text.

    Returns:
        The text, each lone surrogate and NUL replaced by U+FFFD.
    """
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


def shorten(text: str, limit: int) -> str:
    """Cut text to a length, showing that it was cut.

    Args:
        text: any text.
        limit: the most characters to return, at least 1.

    Returns:
        The text itself if it fits, else its beginning and an ellipsis.
    """
    return text if len(text) <= limit else text[: limit - len(ELLIPSIS)] + ELLIPSIS
