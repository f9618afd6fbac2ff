"""What each step of the demo must lead to: expected and actual results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pd_incident_simulator import Simulator

    Json = dict[str, Any]
    # Description to expected and actual result.
    Results = Mapping[str, tuple[object, object]]
    # Takes the simulator and the step's outputs.
    Expect = Callable[[Simulator, Mapping[str, str]], Results]

TITLE = "Checkout answers 502"
HOSTILE = 'Search says "502"\n::error::and `$(reboot)` does not help'
SHOP, IO_INCIDENT = "pagerdutyService", "incidentIOIncident"
INCIDENT = "pagerdutyIncident"


def _by_service(simulator: Simulator) -> list[Json]:
    """List the incidents by service: they were created concurrently."""
    incidents = simulator.pagerduty.state.incidents.values()
    return sorted(incidents, key=lambda incident: str(incident["service"]["id"]))


def first(simulator: Simulator) -> str:
    """Return the id of the scenario's incident, the one on Checkout."""
    return str(_by_service(simulator)[0]["id"])


def in_incident_io(simulator: Simulator) -> str:
    """Return the id of the scenario's incident in incident.io."""
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


def has(status: str, owner: str) -> Expect:
    """Expect the incident and its entity to have a status and an owner."""

    def results(simulator: Simulator, _outputs: Mapping[str, str]) -> Results:
        incident = _incident(simulator)
        properties = _properties(simulator, incident["id"])
        return {
            "the incident's status": (status, incident["status"]),
            "the assignee": (owner, _owner(incident)),
            "the entity's status": (status, properties.get("status")),
            "the entity's responder": (owner, properties.get("responder")),
            "the entity's link": (incident["html_url"], properties.get("url")),
        }

    return results


def healthy(_simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    """Expect that doctor finds no problem."""
    return {"doctor found no problem": ("true", outputs["ok"])}


def planned(simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    """Expect two planned pages, and none sent."""
    requests = json.loads(outputs["plan"])["requests"]
    pages = [one for one in requests if one["url"].endswith("/incidents")]
    return {
        "the pages that would go out": (2, len(pages)),
        "the number of incidents": (0, len(simulator.pagerduty.state.incidents)),
    }


def on_call(simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    """Expect both levels in the outputs, and the first in the catalog."""
    oncall = _properties(simulator, "PSVC001", SHOP).get("oncall")
    return {
        "who is on call": ("ada@example.com,grace@example.com", outputs["on-call-emails"]),
        "who is on call in the catalog": ("ada@example.com", oncall),
    }


def two_pages(simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    """Expect an incident with an entity for each service, with the same key."""
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


def hostile_page(simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    """Expect an incident with the title as it was typed, and an entity with it."""
    incident = simulator.pagerduty.state.incidents[outputs["incident-id"]]
    entity = simulator.port.state.entities[INCIDENT][incident["id"]]
    return {
        "the title": (HOSTILE, incident["title"]),
        "the entity's title": (HOSTILE.replace("\n", " "), entity["title"].replace("\n", " ")),
    }


def no_third_page(simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    """Expect still two incidents, none of them created by this run."""
    return {
        "the number of incidents": (2, len(simulator.pagerduty.state.incidents)),
        "created by this run": ("false", outputs["created"]),
    }


def noted(simulator: Simulator, _outputs: Mapping[str, str]) -> Results:
    """Expect the note on the incident."""
    notes = [note["content"] for note in simulator.pagerduty.state.notes[first(simulator)]]
    return {"the note": ("The database is out of connections", notes[-1])}


def overridden(simulator: Simulator, _outputs: Mapping[str, str]) -> Results:
    """Expect one override on the schedule."""
    overrides = simulator.pagerduty.state.schedules["PSCHED1"].overrides
    return {"the number of overrides": (1, len(overrides))}


def updated(simulator: Simulator, _outputs: Mapping[str, str]) -> Results:
    """Expect the status update on the incident."""
    updates = simulator.pagerduty.state.status_updates[first(simulator)]
    return {"the status update": ("We are rolling back", updates[-1]["message"])}


def resolved(simulator: Simulator, _outputs: Mapping[str, str]) -> Results:
    """Expect the incident resolved, with a note about the resolution."""
    incident = _incident(simulator)
    note = simulator.pagerduty.state.notes[incident["id"]][-1]["content"]
    return {
        "the incident's status": ("resolved", incident["status"]),
        "the entity's status": ("resolved", _properties(simulator, incident["id"])["status"]),
        "the note": ("Resolution: Rolled back release 42", note),
    }


def paged_about_the_run(simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    """Expect an alert about the workflow run, as if the workflow had no form."""
    incident = simulator.pagerduty.state.incidents[outputs["incident-id"]]
    return {
        "the title": ("octo/shop: a workflow failed (job page)", incident["title"]),
        "the service": ("Checkout", incident["service"]["summary"]),
        "the urgency": ("high", incident["urgency"]),
        "created by this run": ("true", outputs["created"]),
    }


def has_in_incident_io(status: str, severity: str) -> Expect:
    """Expect incident.io's incident and its entity to have a status and a severity."""

    def results(simulator: Simulator, _outputs: Mapping[str, str]) -> Results:
        identifier = in_incident_io(simulator)
        incident = simulator.incident_io.state.incidents[identifier]
        properties = _properties(simulator, identifier, IO_INCIDENT)
        return {
            "the incident's status": (status, incident["incident_status"]["name"]),
            "the incident's severity": (severity, incident["severity"]["name"]),
            "the entity's status": (status, properties.get("status")),
            "the entity's severity": (severity, properties.get("severity")),
        }

    return results
