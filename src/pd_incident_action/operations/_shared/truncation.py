"""The sizes that PagerDuty takes. A page matters more than its text: what is too long is cut.

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
    """Cuts texts to size and remembers which were cut.

    Attributes:
        truncated_inputs: the whole texts that were cut, by input name.
    """

    truncated_inputs: dict[str, str] = field(default_factory=dict)

    def fit(self, name: str, text: str, limit: int) -> str:
        """Make a text fit.

        Args:
            name: the input that it comes from.
            text: any text.
            limit: the most characters that PagerDuty takes.

        Returns:
            The text, well formed, and cut at the limit.
        """
        clean = sanitize_unicode(text)
        if len(clean) > limit:
            self.truncated_inputs[name] = clean
        return shorten(clean, limit)

    def shorten_key(self, name: str, key: str) -> str:
        """Make an incident or dedup key fit, so that different keys stay different.

        Args:
            name: the input that it comes from.
            key: the key.

        Returns:
            The key, well formed, and if it is too long its beginning and a digest of the whole.
        """
        clean = sanitize_unicode(key)
        if len(clean) <= DEDUP_KEY:
            return clean
        self.truncated_inputs[name] = clean
        digest = hashlib.sha256(clean.encode()).hexdigest()[:_DIGEST]
        return f"{clean[: DEDUP_KEY - _DIGEST - 1]}-{digest}"

    def truncate_json(self, name: str, value: dict[str, Any]) -> dict[str, Any]:
        """Make a JSON object fit into an event.

        Args:
            name: the input that it comes from.
            value: the object.

        Returns:
            The object, or one whose only member ``details`` is the beginning of its JSON.
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
