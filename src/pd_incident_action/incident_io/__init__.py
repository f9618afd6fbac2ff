"""incident.io: its API and where it is, and the operations on it.

Connections are begun before all else: nothing heavy is imported here.
"""

from __future__ import annotations

from collections.abc import Callable

API = "https://api.incident.io"


def likely_urls(given: Callable[[str], str]) -> list[str]:
    """Guess the URLs of a run from what stands under ``with:``; a wrong guess costs little."""
    if given("provider").lower() != "incident-io":
        return []
    return [given("incident-io-api-url") or API]
