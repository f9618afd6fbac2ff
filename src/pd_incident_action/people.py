"""Hides whom texts name, for the log, outputs and summaries of public repositories."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import quote, quote_plus

from .text import escape_html, escape_markdown

SOMEBODY = "somebody"
_ADDRESS = r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"
# What an object that stands for a person, or for a way to reach one, says of them.
_NAMES = ("summary", "name", "address")


class People:
    """Replaces the names of people that APIs told, and every e-mail address.

    Args:
        names: names that are known from the beginning.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(filter(None, names))
        self._compiled = (self._names, _compile(self._names))

    def learn(self, body: str) -> None:
        """Learn the names in an API's answer; others may redact meanwhile."""
        with suppress(ValueError):
            found = self._names.union(_names_in(json.loads(body)))
            self._names = found if len(found) > len(self._names) else self._names

    def redact(self, text: str) -> str:
        """Return a text that names nobody."""
        names, (compiled, pattern) = self._names, self._compiled
        if compiled is not names:
            pattern = _compile(names)
            self._compiled = names, pattern
        return pattern.sub(SOMEBODY, text)


def _compile(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted({form for name in names for form in _forms(name)}, key=len, reverse=True)
    known = "|".join(map(re.escape, longest_first)) or "(?!)"
    return re.compile(rf"{_ADDRESS}|(?<!\w)(?:{known})(?!\w)")


def _names_in(value: object) -> Iterable[str]:
    if isinstance(value, list):
        for item in value:
            yield from _names_in(item)
    if not isinstance(value, dict):
        return
    kind = str(value.get("type"))
    if "email" in value or kind.startswith("user") or kind.endswith("contact_method"):
        yield from (name for key in _NAMES if isinstance(name := value.get(key), str) and name)
    for member in value.values():
        yield from _names_in(member)


def _forms(name: str) -> set[str]:
    """Return a name as it is, and as it is escaped where it may be shown."""
    in_json = json.dumps(name)[1:-1]
    return {name, escape_html(name), escape_markdown(name), in_json, quote(name), quote_plus(name)}
