"""An environment that asks for a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

TOKEN = {"INPUT_PAGERDUTY-TOKEN": "pd-rest-token"}
PAGE = TOKEN | {"INPUT_TITLE": "Down", "INPUT_SERVICE": "PSVC123"}


def with_event(environment: Mapping[str, str], event: object, folder: Path) -> dict[str, str]:
    """Add an event to an environment.

    Args:
        environment: the process's environment.
        event: the event file's text, or what it is the JSON of.
        folder: where the file goes.
    """
    file = folder / "event.json"
    file.write_text(event if isinstance(event, str) else json.dumps(event), encoding="utf-8")
    return {**environment, "GITHUB_EVENT_PATH": str(file)}
