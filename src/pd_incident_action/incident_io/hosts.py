"""Where incident.io's API is. Imports nothing heavy: connections are begun before all else."""

from __future__ import annotations

from collections.abc import Callable

API = "https://api.incident.io"


def likely_urls(given: Callable[[str], str]) -> list[str]:
    """Guess the URLs of a run from what stands under ``with:``; a wrong guess costs little."""
    if given("provider").lower() != "incident-io":
        return []
    return [given("incident-io-api-url") or API]
