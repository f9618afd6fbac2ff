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
from .text import escape_markdown

REDACTED = "***"
# Anything shorter is in ordinary words, and GitHub drops outputs that contain a masked text.
_MIN_LENGTH = 6


class Redactor:
    """Redacts known secrets, in every form in which an API might echo them.

    Secrets may be added during the run: Port's access token is only known then.

    Args:
        secrets: the secrets known from the start; very short ones are left alone.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: frozenset[str] = frozenset()
        self._adding = threading.Lock()
        self._compiled: tuple[frozenset[str], re.Pattern[str] | None] = (self._forms, None)
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Redact one more secret from now on."""
        if len(secret) < _MIN_LENGTH:
            return
        with self._adding:
            self._forms |= _forms(secret)

    def redact(self, text: str) -> str:
        """Return a text without the secrets."""
        forms, pattern = self._compiled
        if forms is not self._forms:
            # Not in `add`: it takes a millisecond or two, and secrets come one after another.
            forms = self._forms
            longest_first = sorted(forms, key=len, reverse=True)
            pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
            self._compiled = forms, pattern
        return pattern.sub(REDACTED, text) if pattern else text

    def redact_entity(self, entity: Entity) -> Entity:
        """Return an entity without the secrets."""
        properties = {name: self.redact_json(value) for name, value in entity.properties.items()}
        return replace(entity, title=self.redact(entity.title), properties=properties)

    def redact_json(self, value: object) -> object:
        """Return a JSON value without the secrets, keys included."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, list):
            return [self.redact_json(item) for item in value]
        if isinstance(value, dict):
            return {self.redact(str(key)): self.redact_json(item) for key, item in value.items()}
        return value


def _forms(secret: str) -> set[str]:
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    quoted = {
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        escape_markdown(secret),
    }
    return {secret, *quoted, *escaped, *_base64_forms(secret)}


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
    return {form for form in forms if len(form) >= _MIN_LENGTH}
