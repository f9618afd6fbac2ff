"""A scene for each operation: what it is clicked on, what is filled in, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness import Action
    from pd_incident_simulator import Simulator

INCIDENT_IO_KEY = "inc-api-key"
# Stands for the id of a second open incident.
SECOND = "<second>"
TITLE = 'It\'s "down"'
INCIDENT, SERVICE, IO = "pagerdutyIncident", "pagerdutyService", "incidentIOIncident"
Filled = dict[str, str]
# What each example is clicked on, what is filled in, and the blueprint of what comes of it.
SCENES: dict[str, tuple[str, Filled, str]] = {
    "acknowledge": ("incident", {}, INCIDENT),
    "add-responders": ("incident", {"responders": "grace@example.com"}, INCIDENT),
    "change-event": ("service", {"summary": "Deployed 42"}, ""),
    "check-sla": ("", {}, ""),
    "create": ("service", {"title": TITLE, "urgency": "high"}, INCIDENT),
    "create-service": ("", {"name": "Search", "escalation_policy": "Platform"}, SERVICE),
    "doctor": ("", {}, ""),
    "escalate": ("incident", {"escalation_level": "2"}, INCIDENT),
    "get": ("incident", {}, INCIDENT),
    "incident-io-create": ("", {"title": TITLE, "severity": "Minor"}, IO),
    "incident-io-resolve": ("incident.io", {}, IO),
    "incident-io-update": ("incident.io", {"severity": "Critical"}, IO),
    "maintenance": ("service", {"end": "2h"}, SERVICE),
    "merge": ("incident", {"source_incidents": SECOND}, INCIDENT),
    "note": ("incident", {"note": "Looking into it"}, INCIDENT),
    "on-call": ("service", {}, SERVICE),
    "override": ("schedule", {"assignee": "grace@example.com", "end": "8h"}, ""),
    "reassign": ("incident", {"assignee": "grace@example.com"}, INCIDENT),
    "reopen": ("incident", {}, INCIDENT),
    "report": ("", {}, ""),
    "resolve": ("incident", {"resolution": "Rolled back"}, INCIDENT),
    "run-workflow": ("incident", {"workflow": "PWFLOW1"}, INCIDENT),
    "set-custom-fields": ("incident", {"fields": '{"root_cause": "disk"}'}, INCIDENT),
    "set-priority": ("incident", {"priority": "P1"}, INCIDENT),
    "setup": ("", {}, ""),
    "snooze": ("incident", {"until": "2h"}, INCIDENT),
    "status-update": ("incident", {"message": "We are on it"}, INCIDENT),
    "sync": ("", {}, ""),
    "sync-plan": ("", {}, ""),
    "trigger": ("service", {"summary": "Disk full", "severity": "critical"}, INCIDENT),
    "update": ("incident", {"title": "Still down"}, INCIDENT),
}


def scene(slug: str, sim: Simulator, act: Action) -> tuple[str | None, Filled, str]:
    """Set a scene.

    Args:
        slug: the operation's.
        sim: where.
        act: opens what is needed.

    Returns:
        What is clicked on, what is filled in, and the blueprint of what comes of it.
    """
    kind, filled_in, blueprint = SCENES[slug]
    entity = _entity_of(kind, sim, act)
    if SECOND in filled_in.values():
        act(title="Down as well", service="PSVC001", port_client_id=None)
        second = list(sim.pagerduty.state.incidents)[-1]
        filled_in = {n: second if v == SECOND else v for n, v in filled_in.items()}
    return entity, filled_in, blueprint


def _entity_of(kind: str, sim: Simulator, act: Action) -> str | None:
    """Make what a click is made on."""
    if kind == "incident":
        act(title="Down", service="PSVC001", port_client_id=None)
        (incident,) = sim.pagerduty.state.incidents
        return incident
    if kind == "incident.io":
        io: dict[str, Any] = {"provider": "incident-io", "incident_io_token": INCIDENT_IO_KEY}
        act(title="Down", severity="Minor", port_client_id=None, **io)
        (incident,) = sim.incident_io.state.incidents
        return incident
    return {"service": "PSVC001", "schedule": "PSCHED1"}.get(kind)
