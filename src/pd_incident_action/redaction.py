"""Secrets are redacted in every text that leaves the process."""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, quote_plus

from .models import Entity
from .text import LINK_PUNCTUATION, JsonValue, escape_markdown, map_texts

REDACTED = "***"
MIN_SECRET_LENGTH = 4
"""Anything shorter is in ordinary words, and GitHub drops outputs that contain a masked text."""

# Shorter pieces of a secret's encoding are in ordinary words, too.
_MIN_ENCODED_LENGTH = 6
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
            properties={name: self.redact_json(one) for name, one in entity.properties.items()},
            replaces=self._redact_identifiers(entity.replaces),
            relations={n: self._redact_identifiers(one) for n, one in entity.relations.items()},
        )

    def redact_json(self, value: object) -> object:
        """Return a JSON value without the secrets, keys included."""
        redacted: object = map_texts(value, self.redact)
        return redacted

    def _redact_identifiers(self, value: JsonValue) -> JsonValue:
        """Return identifiers without the secrets; Port doesn't allow stars in them."""
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
        quote_plus(text),
        html.escape(text),
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
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode("ascii").rstrip("=")
        start = (0, 2, 3)[offset]
        stable = encoded[start : len(encoded) - (1 if (offset + len(raw)) % 3 else 0)]
        forms |= {stable, stable.replace("+", "-").replace("/", "_")}
    return forms
