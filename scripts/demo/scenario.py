"""The demo's scenario: its steps, and of each the expected and actual results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pd_incident_simulator import Simulator

    Json = dict[str, Any]
    # Description to expected and actual result.
    Results = Mapping[str, tuple[object, object]]
    # Takes the simulator and the step's outputs.
    Expect = Callable[[Simulator, Mapping[str, str]], Results]

CONFIG = """\
from: ada@example.com
services: {shop: PSVC001, payments: PSVC002}
severities:
  SEV-1: {urgency: high, priority: P1, severity: critical, acknowledge-within: 5m}
"""
TITLE = "Checkout answers 502"
HOSTILE = 'Search says "502"\n::error::and `$(reboot)` does not help'
SHOP, INCIDENT, IO_INCIDENT = "pagerdutyService", "pagerdutyIncident", "incidentIOIncident"
_ADA = {"from": "ada@example.com"}
_IO = {"provider": "incident-io"}
_PAGE = {"title": TITLE, "service": "shop, payments", "severity": "SEV-1", **_ADA}


@dataclass(frozen=True)
class Step:
    """One run of a self-service action in Port.

    Attributes:
        headline: what happens.
        operation: the action's operation.
        entity: the entity that it is run on: an identifier, or a function that finds it.
        blueprint: that entity's blueprint.
        filled_in: what the user fills in.
        given: what the workflow sets under ``with:`` besides the credentials.
        again: whether this re-runs the previous step.
        foreign: whether the workflow was dispatched for something else, without Port.
        expect: returns the expected and actual results.
    """

    headline: str
    operation: str
    entity: str | Callable[[Simulator], str] = ""
    blueprint: str = INCIDENT
    filled_in: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    again: bool = False
    foreign: bool = False
    expect: Expect = lambda _simulator, _outputs: {}

    @property
    def reports_to_port(self) -> bool:
        """Whether Port's run log gets anything."""
        return not self.foreign and "dry-run" not in self.given


def _incidents(simulator: Simulator) -> list[Json]:
    """List the incidents by service: they were created concurrently."""
    incidents = simulator.pagerduty.state.incidents.values()
    return sorted(incidents, key=lambda incident: str(incident["service"]["id"]))


def _first(simulator: Simulator) -> str:
    """Return the id of the scenario's incident, the one on Checkout."""
    return str(_incidents(simulator)[0]["id"])


def _in_incident_io(simulator: Simulator) -> str:
    """Return the id of the scenario's incident in incident.io."""
    return next(iter(simulator.incident_io.state.incidents))


def _properties(simulator: Simulator, identifier: str, blueprint: str = INCIDENT) -> Json:
    entity = simulator.port.state.entities[blueprint].get(identifier, {})
    found: Json = entity.get("properties", {})
    return found


def _has(status: str, owner: str) -> Expect:
    """Expect the incident and its entity to have a status and an owner."""

    def results(simulator: Simulator, _outputs: Mapping[str, str]) -> Results:
        incident = _incidents(simulator)[0]
        properties = _properties(simulator, incident["id"])
        assigned = ", ".join(one["assignee"]["summary"] for one in incident["assignments"])
        return {
            "the incident's status": (status, incident["status"]),
            "the assignee": (owner, assigned),
            "the entity's status": (status, properties.get("status")),
            "the entity's responder": (owner, properties.get("responder")),
            "the entity's link": (incident["html_url"], properties.get("url")),
        }

    return results


def _has_in_incident_io(status: str, severity: str) -> Expect:
    """Expect incident.io's incident and its entity to have a status and a severity."""

    def results(simulator: Simulator, _outputs: Mapping[str, str]) -> Results:
        (incident,) = simulator.incident_io.state.incidents.values()
        properties = _properties(simulator, incident["id"], IO_INCIDENT)
        return {
            "the incident's status": (status, incident["incident_status"]["name"]),
            "the incident's severity": (severity, incident["severity"]["name"]),
            "the entity's status": (status, properties.get("status")),
            "the entity's severity": (severity, properties.get("severity")),
        }

    return results


def _planned(simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    requests = json.loads(outputs["plan"])["requests"]
    pages = [one for one in requests if one["url"].endswith("/incidents")]
    return {
        "the pages that would go out": (2, len(pages)),
        "the number of incidents": (0, len(_incidents(simulator))),
    }


def _two_pages(simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    incidents = _incidents(simulator)
    entities = set(simulator.port.state.entities[INCIDENT])
    return {
        "the services": (["Checkout", "Payments"], [i["service"]["summary"] for i in incidents]),
        "the titles": ([TITLE] * 2, [i["title"] for i in incidents]),
        "the priorities": (["P1"] * 2, [i["priority"]["summary"] for i in incidents]),
        "one key for both": ({outputs["dedup-key"]}, {i["incident_key"] for i in incidents}),
        "the entities": ({i["id"] for i in incidents}, entities),
    }


def _resolved(simulator: Simulator, _outputs: Mapping[str, str]) -> Results:
    incident = _incidents(simulator)[0]
    note = simulator.pagerduty.state.notes[incident["id"]][-1]["content"]
    return {
        "the incident's status": ("resolved", incident["status"]),
        "the entity's status": ("resolved", _properties(simulator, incident["id"])["status"]),
        "the note": ("Resolution: Rolled back release 42", note),
    }


def _paged_about_the_run(simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    """Expect an alert about the workflow run, as if the workflow had no form."""
    incident = simulator.pagerduty.state.incidents[outputs["incident-id"]]
    return {
        "the title": ("octo/shop: a workflow failed (job page)", incident["title"]),
        "the service": ("Checkout", incident["service"]["summary"]),
        "the urgency": ("high", incident["urgency"]),
        "created by this run": ("true", outputs["created"]),
    }


def _paged_as_typed(simulator: Simulator, outputs: Mapping[str, str]) -> Results:
    incident = simulator.pagerduty.state.incidents[outputs["incident-id"]]
    entity = simulator.port.state.entities[INCIDENT][incident["id"]]
    return {
        "the title": (HOSTILE, incident["title"]),
        "the entity's title": (HOSTILE.replace("\n", " "), entity["title"].replace("\n", " ")),
    }


SCENES = (
    Step(
        "Will it work at 3 a.m.? “Doctor” checks everything",
        "doctor",
        expect=lambda _, outputs: {"doctor found no problem": ("true", outputs["ok"])},
    ),
    Step(
        "Who is on call for Checkout?",
        "on-call",
        "PSVC001",
        SHOP,
        expect=lambda simulator, outputs: {
            "who is on call": ("ada@example.com,grace@example.com", outputs["on-call-emails"]),
            "who is on call in the catalog": (
                "ada@example.com",
                _properties(simulator, "PSVC001", SHOP).get("oncall"),
            ),
        },
    ),
    Step(
        "What would “Create incident” do? A dry run shows it",
        "create",
        "",
        SHOP,
        _PAGE,
        {"dry-run": "true"},
        expect=_planned,
    ),
    Step(
        "Checkout is down: “Create incident” as SEV-1, on two services at once",
        "create",
        "",
        SHOP,
        _PAGE,
        expect=_two_pages,
    ),
    Step(
        "Somebody re-runs the job: nobody is paged twice",
        "create",
        "",
        SHOP,
        _PAGE,
        again=True,
        expect=lambda simulator, outputs: {
            "the number of incidents": (2, len(_incidents(simulator))),
            "created by this run": ("false", outputs["created"]),
        },
    ),
    Step(
        "Ada is on it: “Acknowledge incident”",
        "acknowledge",
        _first,
        filled_in=_ADA,
        expect=_has("acknowledged", "Ada Lovelace"),
    ),
    Step(
        "She writes down what she found: “Note”",
        "note",
        _first,
        filled_in={"note": "The database is out of connections", **_ADA},
        expect=lambda simulator, _: {
            "the note": (
                "The database is out of connections",
                simulator.pagerduty.state.notes[_first(simulator)][-1]["content"],
            )
        },
    ),
    Step(
        "She needs help: “Escalate incident” to the next level",
        "escalate",
        _first,
        filled_in={"escalation_level": "next", **_ADA},
        expect=_has("triggered", "Grace Hopper"),
    ),
    Step(
        "It is Linus's code: “Reassign incident”",
        "reassign",
        _first,
        filled_in={"new_owner": "linus@example.com", **_ADA},
        expect=_has("triggered", "Linus Low"),
    ),
    Step(
        "Ada goes to bed: “Override”, Grace is on call for eight hours",
        "override",
        "PSCHED1",
        "pagerdutySchedule",
        {"assignee": "grace@example.com", "end": "8h"},
        expect=lambda simulator, _: {
            "the number of overrides": (
                1,
                len(simulator.pagerduty.state.schedules["PSCHED1"].overrides),
            )
        },
    ),
    Step(
        "Stakeholders want to know: “Status update”",
        "status-update",
        _first,
        filled_in={"message": "We are rolling back", **_ADA},
        expect=lambda simulator, _: {
            "the status update": (
                "We are rolling back",
                simulator.pagerduty.state.status_updates[_first(simulator)][-1]["message"],
            )
        },
    ),
    Step(
        "It works again: “Resolve incident”",
        "resolve",
        _first,
        filled_in={"resolution": "Rolled back release 42", **_ADA},
        expect=_resolved,
    ),
    Step(
        "A deployment fails whose workflow has its own form: it pages anyway",
        "trigger",
        filled_in={"dry_run": "true", "provider": "aws", "severity": "SEV2", "service": "payments"},
        given={"routing-key": "R0123456789ABCDEF0123456789ABCDE"},
        foreign=True,
        expect=_paged_about_the_run,
    ),
    Step(
        "The same with incident.io: “Create incident”",
        "create",
        "",
        IO_INCIDENT,
        {"title": TITLE, "severity": "Major"},
        _IO,
        expect=_has_in_incident_io("Investigating", "Major"),
    ),
    Step(
        "It gets worse: “Update incident”",
        "update",
        _in_incident_io,
        IO_INCIDENT,
        {"severity": "Critical", "status": "Fixing"},
        _IO,
        expect=_has_in_incident_io("Fixing", "Critical"),
    ),
    Step(
        "It works again: “Resolve incident”",
        "resolve",
        _in_incident_io,
        IO_INCIDENT,
        {"resolution": "Rolled back release 42"},
        _IO,
        expect=_has_in_incident_io("Closed", "Critical"),
    ),
    Step(
        "Somebody types what would break a shell, a log and a page: it is a title, no more",
        "create",
        "PSVC003",
        SHOP,
        {"title": HOSTILE, **_ADA},
        expect=_paged_as_typed,
    ),
)
