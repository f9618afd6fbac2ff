"""Keeping secrets out of every text that leaves the process."""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from .text import escape_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .models import Entity

STARS = "***"
# Anything shorter would star out ordinary words, and the runner's masks drop outputs that hold it.
_SHORTEST = 6


class Redactor:
    """Replaces known secrets by stars, in every form an API might echo them.

    Secrets may be added while the run goes on (Port's access token is only known then).

    Args:
        secrets: the secrets known from the start; blank and very short ones are left alone.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: frozenset[str] = frozenset()
        self._adding = threading.Lock()
        self._compiled: tuple[frozenset[str], re.Pattern[str] | None] = (self._forms, None)
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Hide one more secret from now on.

        Args:
            secret: its plain text.
        """
        if len(secret) < _SHORTEST:
            return
        with self._adding:
            self._forms |= _forms(secret)

    def redact(self, text: str) -> str:
        """Star out every known secret.

        Args:
            text: any text that is about to leave the process.

        Returns:
            The text without the secrets.
        """
        forms, pattern = self._compiled
        if forms is not self._forms:
            # Only now: a pattern takes a millisecond or two, and secrets come one after another.
            forms = self._forms
            longest_first = sorted(forms, key=len, reverse=True)
            pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
            self._compiled = forms, pattern
        return pattern.sub(STARS, text) if pattern else text

    def scrub_entity(self, entity: Entity) -> Entity:
        """Star out every known secret in an entity for the catalog.

        Args:
            entity: what is about to be written.

        Returns:
            A copy without the secrets.
        """
        properties = {name: self.scrub_json(value) for name, value in entity.properties.items()}
        return replace(entity, title=self.redact(entity.title), properties=properties)

    def scrub_json(self, value: object) -> object:
        """Star out every known secret in a JSON value's strings, keys included.

        Args:
            value: parsed JSON.

        Returns:
            A copy without the secrets.
        """
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, list):
            return [self.scrub_json(item) for item in value]
        if isinstance(value, dict):
            return {self.redact(str(key)): self.scrub_json(item) for key, item in value.items()}
        return value


def _forms(secret: str) -> set[str]:
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    quoted = {quote(secret, safe=""), quote_plus(secret), _as_html(secret), escape_markdown(secret)}
    return {secret, *quoted, *escaped, *_base64_forms(secret)}


def _as_html(secret: str) -> str:
    if not set(secret) & set("&<>'\""):
        return secret
    return html.escape(secret)


def _base64_forms(secret: str) -> set[str]:
    """Give base64 of the secret at each of the three offsets it can have inside a longer text.

    The first and last characters depend on the neighbours, so only the stable middle is matched.
    """
    raw = secret.encode("utf-8", "surrogatepass")
    forms = set()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode("ascii").rstrip("=")
        start = (0, 2, 3)[offset]
        stable = encoded[start : len(encoded) - (1 if (offset + len(raw)) % 3 else 0)]
        forms |= {stable, stable.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= _SHORTEST}
