"""Text from outside is data: any becomes safe to print, to send, to shorten, and to parse."""

from __future__ import annotations

import json
import math
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Json = dict[str, Any]
"""A JSON object."""
JsonValue: TypeAlias = Any
"""Any JSON value; whoever reads it checks what it is."""

ELLIPSIS = "…"
_TITLE_CHARACTERS = 120
LINK_PUNCTUATION = "\"'`().,;:!?"
"""What may stand around a URL in a sentence, and isn't part of it."""

# Controls, line and paragraph separators, lone surrogates, and the marks that reorder text.
_UNPRINTABLE = frozenset({"Cc", "Zl", "Zp", "Cs"})
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# What CommonMark and GitHub's extensions of it take for markup within a line, and at its beginning.
_MARKUP = re.compile(r"([\\`*\[\]<&|~]|(?<![^\W_])_|_(?![^\W_]))")
_BLOCK_MARKUP = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[>=-]|\+\s|#{1,6}(?:\s|$)))")
# Words that renderers make links, mentions or formulas of, whatever is escaped in them.
_LINKED = re.compile(r"//|www\.|\w\.[^\W\d_]{2}|[@$]", re.IGNORECASE)

# As `html.escape` has it, whose module reads the names of all characters: that takes a page 1 ms.
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})

_WEB_URL = re.compile(r"https?://[^\s<>\x00-\x1f\x7f]+", re.IGNORECASE)
MAX_JSON_DEPTH = 100


def is_web_url(text: str) -> bool:
    """Check whether a text is the URL of a web page, and nothing else."""
    return _WEB_URL.fullmatch(text) is not None


def escape_for_log(text: str) -> str:
    """Return a text as one log line that can't act as a workflow command.

    The runner takes a line that begins with ``::``, or holds ``##[`` anywhere, for a command
    (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions), so line
    breaks and other controls are escaped and the two markers are broken up.
    """
    line = _show_controls(text).replace("##[", "## [")
    return re.sub(r"^(\s*):(?=:)", r"\1: ", line)


def _show_controls(text: str) -> str:
    """Show each character that would break or reorder a line as its escape."""
    return "".join(
        c.encode("unicode_escape").decode("ascii")
        if unicodedata.category(c) in _UNPRINTABLE or c in _REORDERING
        else c
        for c in text
    )


def escape_markdown(text: str, limit: int = sys.maxsize) -> str:
    """Return a text as one line of Markdown in which nothing acts; URLs and the like are code."""
    characters = limit
    while len(line := _escape_markdown(shorten(text, characters))) > limit:
        characters = characters * limit // len(line)
    return line


def _escape_markdown(text: str) -> str:
    line = _escape(text, lambda words: _MARKUP.sub(r"\\\1", words), _code_span)
    return _BLOCK_MARKUP.sub(r"\1\\", line)


def escape_html(text: str) -> str:
    """Return a text as one line of HTML in which nothing acts; URLs and the like are code."""
    return _escape(text, quote_html, lambda words: f"<code>{quote_html(words)}</code>")


def quote_html(text: str) -> str:
    """Return a text as it is in HTML, quoted attributes included."""
    return text.translate(_HTML)


def fence(text: str) -> str:
    """Return a text of any lines as a code block in Markdown."""
    ticks = "`" * max(3, _longest_ticks(text) + 1)
    return f"{ticks}text\n{text}\n{ticks}"


def _escape(text: str, escape: Callable[[str], str], code: Callable[[str], str]) -> str:
    def escape_word(word: str) -> str:
        if not _LINKED.search(word):
            return escape(word)
        inner = word.lstrip(LINK_PUNCTUATION)
        core = inner.rstrip(LINK_PUNCTUATION)
        before, after = word[: len(word) - len(inner)], inner[len(core) :]
        return f"{escape(before)}{code(core)}{escape(after)}"

    return " ".join(map(escape_word, map(_show_controls, text.split())))


def _code_span(text: str) -> str:
    # A backtick at either end would need a space, but is stripped as punctuation.
    ticks = "`" * (_longest_ticks(text) + 1)
    return f"{ticks}{text}{ticks}"


def _longest_ticks(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def sanitize_unicode(text: str) -> str:
    """Replace lone surrogates and NUL, which UTF-8 can't encode or APIs reject, by U+FFFD."""
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


def nearest(name: str, known: Iterable[str], similarity: float = 0.6) -> str:
    """Return the known name that is most like a wrong one, or nothing."""
    import difflib  # noqa: PLC0415 - 7 ms, for a wrong name only

    return next(iter(difflib.get_close_matches(name, list(known), 1, similarity)), "")


def map_texts(value: JsonValue, change: Callable[[str], str]) -> JsonValue:
    """Return a JSON value with all its texts changed, names included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [map_texts(item, change) for item in value]
    if isinstance(value, dict):
        return {change(str(name)): map_texts(member, change) for name, member in value.items()}
    return value


def counted(number: int, noun: str) -> str:
    """Return a number of things, for example ``1 window`` and ``2 windows``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shorten_title(title: str) -> str:
    """Cut a title to what people read of it in a line of a log."""
    return shorten(title, _TITLE_CHARACTERS)


def shorten(text: str, limit: int) -> str:
    """Cut a text to at most so many characters, at least 1, an ellipsis included."""
    return text if len(text) <= limit else text[: limit - len(ELLIPSIS)] + ELLIPSIS


def parse_strict_json(text: str | bytes) -> JsonValue:
    """Parse JSON.

    Raises:
        ValueError: it isn't JSON (NaN and infinities, which Python reads, aren't either), or is
            nested more deeply than whatever reads, copies and writes it can stand.
    """
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_parse_float)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    level = _containers([value])
    for _ in range(MAX_JSON_DEPTH + 1):
        if not level:
            return value
        level = [child for parent in level for child in _containers(parent)]
    raise ValueError("it is nested too deeply")


def try_json(text: str) -> JsonValue:
    """Return the JSON value that a text is, or None if it isn't JSON."""
    try:
        return parse_strict_json(text)
    except ValueError:
        return None


def _containers(parent: dict[str, Any] | list[Any]) -> list[dict[str, Any] | list[Any]]:
    """Return the objects and lists that are directly in another one."""
    children = parent.values() if isinstance(parent, dict) else parent
    return [child for child in children if isinstance(child, (dict, list))]


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _parse_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number
