"""What an API says when it refuses a request, in whatever shape it says it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

# Where APIs, gateways and proxies put words for people, the most telling first.
_MEMBERS = (
    "message",
    "error_description",
    "errors",
    "error",
    "detail",
    "details",
    "description",
    "title",
    "reason",
)
# Where they put words for machines.
_CODES = frozenset({"code", "status", "statusCode", "type"})
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HEADINGS = tuple(
    re.compile(rf"<{tag}\b[^<>]*>(.*?)</{tag}", re.IGNORECASE | re.DOTALL)
    for tag in ("title", "h1")
)
_IS_HTML = re.compile(r"<(!doctype|html|head|body|title|h1|p)\b", re.IGNORECASE)
_TAG = re.compile(r"<(?:(script|style)\b.*?</\1|[^<>]*)>", re.IGNORECASE | re.DOTALL)
_MAX_DEPTH = 5
# Much more than is shown.
_MAX_CHARACTERS = 20_000


def message_of(body: object) -> str:
    """Return an API's words as one line; empty if it has none.

    Args:
        body: a refusal's parsed JSON of any shape, its text where it isn't JSON, or None.
    """
    first, *others = dict.fromkeys(filter(None, map(_line, _texts(body)))) or [""]
    return f"{first.rstrip(':.')}: {', '.join(others)}" if others else first


def cut(text: str, limit: int) -> str:
    """Cut a text at a blank: no secret has one, and a part of a secret couldn't be recognised."""
    return text if len(text) <= limit else text[:limit].rpartition(" ")[0]


def code_of(value: object) -> str | None:
    """Return an error's code where it is one: a word for machines, no sentence."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value
    elif depth < _MAX_DEPTH and isinstance(value, list):
        for item in value:
            yield from _texts(item, depth + 1)
    elif depth < _MAX_DEPTH and isinstance(value, Mapping):
        yield from _texts_of_object(value, depth + 1)


def _texts_of_object(value: Mapping[str, object], depth: int) -> Iterator[str]:
    known = [name for name in _MEMBERS if value.get(name)]
    # Beside words, ``error`` is their code.
    if len(known) > 1 and code_of(value.get("error")):
        known.remove("error")
    for name in known:
        yield from _texts(value[name], depth)
    if not known:
        # Messages by the field that they are about.
        for name, member in value.items():
            if name not in _CODES:
                yield from (f"{name} {text}" for text in _texts(member, depth))


def _line(text: str) -> str:
    """Return a text as one line; of a web page only its title, its heading or its words."""
    text = cut(text, _MAX_CHARACTERS)
    if _IS_HTML.search(text):
        found = (heading.search(text) for heading in _HEADINGS)
        titles = (match[1] for match in found if match and match[1].strip())
        text = html.unescape(_TAG.sub(" ", next(titles, text)))
    return " ".join(text.split())
