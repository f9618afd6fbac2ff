"""PagerDuty's limits on texts: a page matters more than its text, so what is too long is cut.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from pd_incident_action.text import sanitize_unicode, shorten

TITLE = 1024
SUMMARY = 1024
DEDUP_KEY = 255
_DIGEST = 40
DETAILS = 65_535
# An event may have 512 KB in all; the rest of it is far below the difference.
CUSTOM_DETAILS_BYTES = 450_000


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

    def truncate_json(self, name: str, value: dict[str, Any]) -> dict[str, Any]:
        """Return a JSON object that fits into an event.

        One that is too long becomes an object whose only member ``details`` is the beginning of
        its JSON.
        """
        clean: dict[str, Any] = _clean(value)
        text = json.dumps(clean, ensure_ascii=False)
        if len(text.encode()) <= CUSTOM_DETAILS_BYTES:
            return clean
        self.truncated_inputs[name] = text
        beginning = text.encode()[:CUSTOM_DETAILS_BYTES].decode("utf-8", "ignore")
        # Quotes and backslashes are escaped once more inside of the string.
        return {"details": shorten(beginning, CUSTOM_DETAILS_BYTES // 2)}

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each input that was cut."""
        return tuple(
            f"Input '{name}' has {len(text)} characters, more than PagerDuty takes; it was "
            "shortened, and the whole text is in the job summary."
            for name, text in self.truncated_inputs.items()
        )


def _clean(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return sanitize_unicode(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {sanitize_unicode(key): _clean(member) for key, member in value.items()}
    return value
