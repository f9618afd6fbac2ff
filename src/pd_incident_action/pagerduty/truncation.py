"""PagerDuty's limits on texts: a page matters more than its text, so what is too long is cut.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from pd_incident_action.text import Json, is_web_url, map_texts, sanitize_unicode, shorten

TITLE = 1024
EVENT_TEXT = 1024
_EVENT_TEXTS = frozenset({"summary", "source", "component", "group", "class", "client"})
_LISTS = frozenset({"links", "images"})
DEDUP_KEY = 255
_DIGEST = 40
DETAILS = 65_535
# An event may have 512 KB in all: what texts, links and images leave of it is for the details.
_EVENT_BYTES = 500_000
_LIST_BYTES = 100_000


@dataclass
class Truncator:
    """Cuts what is too long for PagerDuty, and remembers which inputs were cut.

    Attributes:
        truncated_inputs: the whole texts that were cut, by input name.
    """

    truncated_inputs: dict[str, str] = field(default_factory=dict)

    def truncate(self, name: str, text: str, limit: int) -> str:
        """Return the text of an input, well formed and no longer than so many characters."""
        clean = sanitize_unicode(text)
        if len(clean) > limit:
            self.truncated_inputs[name] = clean
        return shorten(clean, limit)

    def shorten_key(self, name: str, key: str) -> str:
        """Return an incident or dedup key, shortened so that different keys stay different."""
        clean = sanitize_unicode(key)
        if len(clean) <= DEDUP_KEY:
            return clean
        self.truncated_inputs[name] = clean
        digest = hashlib.sha256(clean.encode()).hexdigest()[:_DIGEST]
        return f"{clean[: DEDUP_KEY - _DIGEST - 1]}-{digest}"

    def fit_event(self, event: Json) -> Json:
        """Return as much of an event as PagerDuty takes, without what is empty in it."""
        payload = self._fit_members(event["payload"])
        fitted = self._fit_members({**event, "payload": payload})
        if details := payload.pop("custom_details", None):
            payload["custom_details"] = self._truncate_details("custom-details", details, fitted)
        return fitted

    def _fit_members(self, members: Json) -> Json:
        """Shorten an event's texts and lists; its details get what room is left."""
        fitted: Json = {}
        for name, value in members.items():
            if value and name in _EVENT_TEXTS:
                fitted[name] = self.truncate(name, value, EVENT_TEXT)
            elif value and name in _LISTS:
                fitted[name] = self._truncate_links(name, value)
            else:
                fitted[name] = value
        return {name: value for name, value in fitted.items() if value}

    def _truncate_links(self, name: str, links: Sequence[Mapping[str, str]]) -> list[Json]:
        """Return as many links or images as an event has room for, their texts shortened."""
        clean = [
            {key: v if is_web_url(v) else shorten(v, EVENT_TEXT) for key, v in one.items()}
            for one in map_texts([*links], sanitize_unicode)
        ]
        sizes = accumulate(map(_size, clean))
        kept = [one for one, size in zip(clean, sizes, strict=True) if size <= _LIST_BYTES]
        if kept != [*links]:
            self.truncated_inputs[name] = json.dumps([*links], ensure_ascii=False)
        return kept

    def _truncate_details(self, name: str, details: Json, event: Json) -> Json:
        """Return custom details that fit into an event with the rest of it.

        What is too long becomes an object whose only member ``details`` is the beginning of its
        JSON.
        """
        clean: Json = map_texts(details, sanitize_unicode)
        limit = _EVENT_BYTES - _size(event)
        text = json.dumps(clean, ensure_ascii=False)
        if _size(clean) <= limit:
            return clean
        self.truncated_inputs[name] = text
        shortened = {"details": shorten(text, limit)}
        while (size := _size(shortened)) > limit:
            # Escapes and characters of several bytes differ from text to text.
            characters = len(shortened["details"]) * limit // size
            shortened = {"details": shorten(text, characters - 1)}
        return shortened

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each input that was cut."""
        return tuple(
            f"Input '{name}' has {len(text)} characters, more than PagerDuty takes; it was "
            "shortened, and the whole text is in the job summary."
            for name, text in self.truncated_inputs.items()
        )


def _size(value: object) -> int:
    """Return how many bytes a JSON value takes in an event."""
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
