"""What has to be so after each step of the demo's story: expected and as it was found."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pd_incident_simulator import Simulator

    Json = dict[str, Any]
    # By what it is: as it has to be, and as it is.
    Facts = Mapping[str, tuple[object, object]]
    # Takes the simulator and the step's outputs.
    Expect = Callable[[Simulator, Mapping[str, str]], Facts]

TITLE = 'Checkout says "502"\n::error::and `$(reboot)` does not help'
SHOP, IO_INCIDENT = "pagerdutyService", "incidentIOIncident"
INCIDENT = "pagerdutyIncident"


def _by_service(simulator: Simulator) -> list[Json]:
    """List the incidents in the order of their services: they were opened side by side."""
    incidents = simulator.pagerduty.state.incidents.values()
    return sorted(incidents, key=lambda incident: str(incident["service"]["id"]))


def first(simulator: Simulator) -> str:
    """Find the story's incident: the one on Checkout."""
    return str(_by_service(simulator)[0]["id"])


def in_incident_io(simulator: Simulator) -> str:
    """Find the story's incident in incident.io."""
    return next(iter(simulator.incident_io.state.incidents))


def _incident(simulator: Simulator) -> Json:
    found: Json = simulator.pagerduty.state.incidents[first(simulator)]
    return found


def _properties(simulator: Simulator, identifier: str, blueprint: str = INCIDENT) -> Json:
    entity = simulator.port.state.entities[blueprint].get(identifier, {})
    found: Json = entity.get("properties", {})
    return found


def _owner(incident: Json) -> str:
    return ", ".join(one["assignee"]["summary"] for one in incident["assignments"])


def stands(status: str, owner: str) -> Expect:
    """Expect the incident and its entity to have a status and an owner."""

    def facts(simulator: Simulator, _outputs: Mapping[str, str]) -> Facts:
        incident = _incident(simulator)
        properties = _properties(simulator, incident["id"])
        return {
            "the incident's status": (status, incident["status"]),
            "who has it": (owner, _owner(incident)),
            "the entity's status": (status, properties.get("status")),
            "the entity's responder": (owner, properties.get("responder")),
            "the entity's link": (incident["html_url"], properties.get("url")),
        }

    return facts


def healthy(_simulator: Simulator, outputs: Mapping[str, str]) -> Facts:
    """Doctor has nothing to complain about."""
    return {"whether all is well": ("true", outputs["ok"])}


def planned(simulator: Simulator, outputs: Mapping[str, str]) -> Facts:
    """Two pages would go out, and none has."""
    requests = json.loads(outputs["plan"])["requests"]
    pages = [one for one in requests if one["url"].endswith("/incidents")]
    return {
        "the pages that would go out": (2, len(pages)),
        "the number of incidents": (0, len(simulator.pagerduty.state.incidents)),
    }


def on_call(simulator: Simulator, outputs: Mapping[str, str]) -> Facts:
    """Both levels are told, and the first stands in the catalog."""
    oncall = _properties(simulator, "PSVC001", SHOP).get("oncall")
    return {
        "who is on call": ("ada@example.com,grace@example.com", outputs["on-call-emails"]),
        "who is on call in the catalog": ("ada@example.com", oncall),
    }


def two_pages(simulator: Simulator, outputs: Mapping[str, str]) -> Facts:
    """Each service has an incident, with one key, and an entity."""
    incidents = _by_service(simulator)
    return {
        "the services": (["Checkout", "Payments"], [i["service"]["summary"] for i in incidents]),
        "the titles": ([TITLE] * 2, [i["title"] for i in incidents]),
        "the priorities": (["P1"] * 2, [i["priority"]["summary"] for i in incidents]),
        "one key for both": ({outputs["dedup-key"]}, {i["incident_key"] for i in incidents}),
        "the entities": (
            {i["id"] for i in incidents},
            set(simulator.port.state.entities[INCIDENT]),
        ),
    }


def no_third_page(simulator: Simulator, outputs: Mapping[str, str]) -> Facts:
    """There are still two incidents, and this run opened none."""
    return {
        "the number of incidents": (2, len(simulator.pagerduty.state.incidents)),
        "whether this run opened them": ("false", outputs["created"]),
    }


def noted(simulator: Simulator, _outputs: Mapping[str, str]) -> Facts:
    """The note stands on the incident."""
    notes = [note["content"] for note in simulator.pagerduty.state.notes[first(simulator)]]
    return {"the note": ("The database is out of connections", notes[-1])}


def overridden(simulator: Simulator, _outputs: Mapping[str, str]) -> Facts:
    """The schedule has one override."""
    overrides = simulator.pagerduty.state.schedules["PSCHED1"].overrides
    return {"the number of overrides": (1, len(overrides))}


def told(simulator: Simulator, _outputs: Mapping[str, str]) -> Facts:
    """Those who follow the incident were told."""
    updates = simulator.pagerduty.state.status_updates[first(simulator)]
    return {"the update": ("We are rolling back", updates[-1]["message"])}


def resolved(simulator: Simulator, _outputs: Mapping[str, str]) -> Facts:
    """The incident is resolved, with a note on what solved it."""
    incident = _incident(simulator)
    note = simulator.pagerduty.state.notes[incident["id"]][-1]["content"]
    return {
        "the incident's status": ("resolved", incident["status"]),
        "the entity's status": ("resolved", _properties(simulator, incident["id"])["status"]),
        "the note": ("Resolution: Rolled back release 42", note),
    }


def stands_in_incident_io(status: str, severity: str) -> Expect:
    """Expect incident.io's incident and its entity to have a status and a severity."""

    def facts(simulator: Simulator, _outputs: Mapping[str, str]) -> Facts:
        identifier = in_incident_io(simulator)
        incident = simulator.incident_io.state.incidents[identifier]
        properties = _properties(simulator, identifier, IO_INCIDENT)
        return {
            "the incident's status": (status, incident["incident_status"]["name"]),
            "the incident's severity": (severity, incident["severity"]["name"]),
            "the entity's status": (status, properties.get("status")),
            "the entity's severity": (severity, properties.get("severity")),
        }

    return facts
