"""Where Port's API is. Imports nothing heavy: connections are begun before all else."""

from __future__ import annotations

from collections.abc import Callable

API = {"eu": "https://api.port.io", "us": "https://api.us.port.io"}


def likely_urls(given: Callable[[str], str]) -> list[str]:
    """Guess the URLs of a run from what stands under ``with:``; a wrong guess costs little."""
    if not given("port-client-id"):
        return []
    return [given("port-api-url") or API.get(given("port-region") or "eu", "")]
