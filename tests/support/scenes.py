"""A scene for each operation: what it is clicked on, what is filled in, and what comes of it."""

from __future__ import annotations

from typing import Any

import requests

from harness import ACCOUNT_TOKEN
from pd_incident_simulator import Simulator

INCIDENT_IO_KEY = "inc-api-key"
# Stands for the id of a second open incident.
SECOND = "<second>"
TITLE = 'It\'s "down"'
# For what needs a configuration file, and for a scene whose incident is late.
CONFIG = "severities: {SEV-1: {urgency: high, acknowledge-within: 5m}}"
LONG_AGO = "2025-01-06T09:00:00Z"
INCIDENT, SERVICE, IO = "pagerdutyIncident", "pagerdutyService", "incidentIOIncident"
Filled = dict[str, str]
# What each example is clicked on, what is filled in, and the blueprint of what comes of it.
SCENES: dict[str, tuple[str, Filled, str]] = {
    "acknowledge": ("incident", {}, INCIDENT),
    "add-responders": ("incident", {"responders": "grace@example.com"}, INCIDENT),
    "change-event": ("service", {"summary": "Deployed 42"}, ""),
    "check-sla": ("late incident", {}, INCIDENT),
    "create": ("service", {"title": TITLE, "urgency": "high"}, INCIDENT),
    "create-service": ("", {"name": "Search", "escalation_policy": "Platform"}, SERVICE),
    "doctor": ("", {}, ""),
    "escalate": ("incident", {"escalation_level": "2"}, INCIDENT),
    "expect": ("", {}, ""),
    "follow": ("", {}, ""),
    "get": ("incident", {}, INCIDENT),
    "guard": ("service", {}, ""),
    "incident-io-create": ("", {"title": TITLE, "severity": "Minor"}, IO),
    "incident-io-resolve": ("incident.io", {}, IO),
    "incident-io-update": ("incident.io", {"severity": "Critical"}, IO),
    "maintenance": ("service", {"end": "2h"}, SERVICE),
    "merge": ("incident", {"source_incidents": SECOND}, INCIDENT),
    "note": ("incident", {"note": "Looking into it"}, INCIDENT),
    "on-call": ("service", {}, SERVICE),
    "override": ("schedule", {"assignee": "grace@example.com", "end": "8h"}, ""),
    "reassign": ("incident", {"assignee": "grace@example.com"}, INCIDENT),
    "reopen": ("resolved incident", {}, INCIDENT),
    # One that was opened this very second counts only from the next on.
    "report": ("late incident", {"since": "2025-01-06", "until": "2025-01-07"}, ""),
    "resolve": ("incident", {"resolution": "Rolled back"}, INCIDENT),
    "run-workflow": ("incident", {"workflow": "PWFLOW1"}, INCIDENT),
    "set-custom-fields": ("incident", {"fields": '{"root_cause": "disk"}'}, INCIDENT),
    "set-priority": ("incident", {"priority": "P1"}, INCIDENT),
    "setup": ("", {}, ""),
    "snooze": ("incident", {"until": "2h"}, INCIDENT),
    "status-update": ("incident", {"message": "We are on it"}, INCIDENT),
    "sync": ("incident", {}, ""),
    "sync-plan": ("", {}, ""),
    "trigger": ("service", {"summary": "Disk full", "severity": "critical"}, INCIDENT),
    "update": ("incident", {"title": "Still down"}, INCIDENT),
}


def scene(slug: str, sim: Simulator) -> tuple[str | None, Filled, str]:
    """Set a scene.

    Args:
        slug: the operation's.
        sim: where.

    Returns:
        What is clicked on, what is filled in, and the blueprint of what comes of it.
    """
    kind, filled_in, blueprint = SCENES[slug]
    if slug == "expect":
        sim.github.state.add_run(1, "failure")
    entity = _entity_of(kind, sim)
    if SECOND in filled_in.values():
        second = open_incident(sim)
        filled_in = {n: second if v == SECOND else v for n, v in filled_in.items()}
    return entity, filled_in, blueprint


def _entity_of(kind: str, sim: Simulator) -> str | None:
    """Make what a click is made on."""
    match kind:
        case "incident":
            return open_incident(sim)
        case "resolved incident":
            incident = open_incident(sim)
            change = {"incident": {"type": "incident", "status": "resolved"}}
            pagerduty(sim, "PUT", f"/incidents/{incident}", change)
            return incident
        case "late incident":
            sim.pagerduty.state.incidents[open_incident(sim)]["created_at"] = LONG_AGO
            return None
        case "incident.io":
            return _open_in_incident_io(sim)
        case _:
            return {"service": "PSVC001", "schedule": "PSCHED1"}.get(kind)


def open_incident(sim: Simulator) -> str:
    """Open an incident on Checkout in PagerDuty; return its id."""
    service = {"id": "PSVC001", "type": "service_reference"}
    new = {"type": "incident", "title": "Down", "service": service}
    incident: str = pagerduty(sim, "POST", "/incidents", {"incident": new})["incident"]["id"]
    return incident


def pagerduty(sim: Simulator, method: str, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
    """Do something in PagerDuty, as somebody does in its app."""
    headers = {"Authorization": f"Token token={ACCOUNT_TOKEN}", "From": "ada@example.com"}
    url = sim.pagerduty.url + path
    return _json_of(requests.request(method, url, headers=headers, json=body, timeout=10))


def _open_in_incident_io(sim: Simulator) -> str:
    severity = next(iter(sim.incident_io.state.severities))
    body = {"idempotency_key": "a", "visibility": "public", "name": "Down", "severity_id": severity}
    headers = {"Authorization": f"Bearer {INCIDENT_IO_KEY}"}
    url = f"{sim.incident_io.url}/v2/incidents"
    incident: str = _json_of(requests.post(url, headers=headers, json=body, timeout=10))[
        "incident"
    ]["id"]
    return incident


def _json_of(response: requests.Response) -> Any:  # noqa: ANN401 - JSON
    assert response.ok, response.text
    return response.json()
