"""What walks in at the front door: an environment that asks for a page, and PagerDuty's answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from responses import RequestsMock

INCIDENTS = "https://api.pagerduty.com/incidents"
TOKEN = {"INPUT_PAGERDUTY-TOKEN": "pd-rest-token"}
PAGE = TOKEN | {"INPUT_TITLE": "Down", "INPUT_SERVICE": "PSVC123"}
_ADA = {"id": "PUSER1", "summary": "Ada"}


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


def let_page(api: RequestsMock) -> None:
    """Let PagerDuty open an incident, and tell that Ada was notified."""
    incident = {
        "id": "Q1",
        "incident_number": 42,
        "title": "Down",
        "status": "triggered",
        "urgency": "high",
        "assignments": [{"assignee": _ADA}],
    }
    notified = {"type": "notify_log_entry", "user": _ADA}
    api.add("POST", INCIDENTS, status=201, json={"incident": incident})
    api.add("GET", f"{INCIDENTS}/Q1/log_entries", json={"log_entries": [notified]})
