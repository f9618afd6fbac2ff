"""Secrets are redacted in every text that leaves the process; people where that is asked for."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote, quote_plus

from .models import Entity
from .text import (
    LINK_PUNCTUATION,
    JsonValue,
    escape_html,
    escape_markdown,
    map_texts,
    quote_html,
    try_json,
)

REDACTED = "***"
MIN_SECRET_LENGTH = 4
"""Anything shorter is in ordinary words, and GitHub drops outputs that contain a masked text."""

# Shorter pieces of a secret's encoding are in ordinary words, too.
_MIN_ENCODED_LENGTH = 6
SOMEBODY = "somebody"
_AT_DOMAIN = r"(?:@|%40)[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"
_ADDRESS = re.compile(rf"[\w.+-]+{_AT_DOMAIN}")
# An escaped character, the end of which looks like a part of a word, or any word: to look for an
# address from each letter of a long one on would take minutes.
_WORD = re.compile(rf"\\(?:[bfnrt]|u[0-9a-f]{{4}})|%(?!40)[0-9A-F]{{2}}|[\w.+-]++({_AT_DOMAIN})?")
# What names a person in an object that is a user or a way to reach one.
_NAMES = ("summary", "name", "address")
# What a word begins after; the end of an escaped character looks like a part of it.
_BEFORE_WORD = r"(?:(?<!\w)|(?<=\\[nrt])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9A-F]{2}))"
# Where a text may have been broken into lines, in MIME's base64 for example; as such or escaped.
_BREAK = re.compile(r"[\r\n][ \t]*|(?<!\\)\\+[rn]|%0[AD]", re.IGNORECASE)


class Redactor:
    """Redacts known secrets, in every form in which an API might echo them.

    Secrets may be added during the run: Port's access token is only known then.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: frozenset[str] = frozenset()
        self._adding = threading.Lock()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Redact one more secret from now on."""
        if len(secret) < MIN_SECRET_LENGTH:
            return
        with self._adding:
            self._forms |= {_BREAK.sub("", form).lower() for form in _forms(secret)}

    def redact(self, text: str) -> str:
        """Return a text without the secrets."""
        unbroken = _BREAK.sub("", text).lower()
        found = [form for form in self._forms if form in unbroken]
        if not found:
            return text
        longest_first = sorted(found, key=len, reverse=True)
        breaks = f"(?:{_BREAK.pattern})*"
        pattern = "|".join(breaks.join(map(re.escape, form)) for form in longest_first)
        return re.sub(pattern, REDACTED, text, flags=re.IGNORECASE)

    def redact_entity(self, entity: Entity) -> Entity:
        """Return an entity without the secrets."""
        return replace(
            entity,
            identifier=self._redact_identifiers(entity.identifier),
            title=self.redact(entity.title),
            properties=map_texts({**entity.properties}, self.redact),
            replaces=self._redact_identifiers(entity.replaces),
            relations=self._redact_identifiers({**entity.relations}),
        )

    def _redact_identifiers(self, value: JsonValue) -> JsonValue:
        """Return identifiers without the secrets; Port doesn't allow asterisks in them."""
        return map_texts(value, lambda text: self.redact(text).replace(REDACTED, "redacted"))


def _forms(secret: str) -> set[str]:
    """Return a secret as such, encoded, and encoded twice: a URL in a URL, JSON in JSON, …."""
    once = _encode(secret)
    twice = {form for one in once for form in _encode(one)}
    return {secret, *(form for form in once | twice if len(form) >= _MIN_ENCODED_LENGTH)}


def _encode(text: str) -> set[str]:
    escaped = (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    return {
        *escaped,
        *(one.replace("/", r"\/") for one in escaped),
        *(quote(text, safe=safe) for safe in ("", "/", "!'()*")),
        quote_html(text),
        escape_markdown(text),
        # Where it is part of what is shown as code.
        text.strip(f"{LINK_PUNCTUATION}_"),
        *_base64_forms(text),
    }


def _base64_forms(secret: str) -> set[str]:
    """Return base64 of the secret at each of the three offsets it can have in a longer text.

    The first and last characters depend on the neighbours, so only the stable middle is matched.
    """
    raw = secret.encode("utf-8", "surrogatepass")
    forms = set()
    for offset, start in enumerate((0, 2, 3)):
        encoded = base64.b64encode(b"\0" * offset + raw).decode("ascii").rstrip("=")
        stable = encoded[start : len(encoded) - bool((offset + len(raw)) % 3)]
        forms |= {stable, stable.replace("+", "-").replace("/", "_")}
    return forms


class People:
    """Redacts the names of people that APIs returned, and every e-mail address.

    Args:
        names: names that are known from the beginning.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = set(filter(None, names))

    def learn(self, body: str) -> None:
        """Learn the names in an API's response; safe in any thread, as all of this is."""
        self._names.update([*_names_in(try_json(body))])

    def redact(self, text: str) -> str:
        """Return a text that names nobody."""
        unnamed = _compile(frozenset(self._names)).sub(SOMEBODY, text)
        if "@" not in unnamed and "%40" not in unnamed:
            return unnamed
        return _WORD.sub(lambda word: SOMEBODY if word[1] else word[0], unnamed)


@lru_cache(maxsize=1)
def _compile(names: frozenset[str]) -> re.Pattern[str]:
    # An address may be the end of a longer one, which is somebody else's.
    others = (name for name in names if not _ADDRESS.fullmatch(name))
    forms = {form for name in others for form in _forms_of_name(name)}
    longest_first = sorted(forms, key=len, reverse=True)
    known = "|".join(map(re.escape, longest_first)) or "(?!)"
    return re.compile(rf"{_BEFORE_WORD}(?:{known})(?!\w)")


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


def _forms_of_name(name: str) -> set[str]:
    """Return a name as it is, and as it is escaped where it may be shown."""
    in_json = json.dumps(name)[1:-1]
    return {name, escape_html(name), escape_markdown(name), in_json, quote(name), quote_plus(name)}
