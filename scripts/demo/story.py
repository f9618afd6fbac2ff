"""The story that the demo tells: each click, and what has to be so afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pd_incident_simulator import Simulator

Json = dict[str, Any]
CONFIG = """\
services: {shop: PSVC001, payments: PSVC002}
severities:
  SEV-1: {urgency: high, priority: P1, severity: critical, acknowledge-within: 5m}
"""
_ADA = {"from": "ada@example.com"}
_IO = {"provider": "incident-io"}
_TITLE = 'Checkout says "502"\n::error::and `$(reboot)` does not help'
_SHOP, _IO_INCIDENT = "pagerdutyService", "incidentIOIncident"
_INCIDENT = "pagerdutyIncident"


@dataclass(frozen=True)
class Step:
    """One click in Port.

    Attributes:
        headline: what happens in the story.
        operation: the action's operation.
        entity: what the click is made on: an identifier, or a function that finds it.
        blueprint: that entity's blueprint.
        filled_in: what the user fills in.
        given: what the workflow gives under ``with:`` beside the credentials.
        again: whether it is the previous click's run once more.
        expect: what has to be so afterwards: facts by what they are, expected and as found.
    """

    headline: str
    operation: str
    entity: str | Callable[[Simulator], str]
    blueprint: str = _INCIDENT
    filled_in: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    again: bool = False
    expect: Callable[[Simulator, Mapping[str, str]], Mapping[str, tuple[object, object]]] = (
        lambda _simulator, _outputs: {}
    )


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


def _properties(simulator: Simulator, identifier: str, blueprint: str = _INCIDENT) -> Json:
    entity = simulator.port.state.entities[blueprint].get(identifier, {})
    found: Json = entity.get("properties", {})
    return found


def _owner(incident: Json) -> str:
    return ", ".join(one["assignee"]["summary"] for one in incident["assignments"])


def _stands(
    status: str, owner: str
) -> Callable[[Simulator, Mapping[str, str]], Mapping[str, tuple[object, object]]]:
    """Expect the incident and its entity to have a status and an owner."""

    def facts(
        simulator: Simulator, _outputs: Mapping[str, str]
    ) -> Mapping[str, tuple[object, object]]:
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


def _on_call(
    simulator: Simulator, outputs: Mapping[str, str]
) -> Mapping[str, tuple[object, object]]:
    oncall = _properties(simulator, "PSVC001", _SHOP).get("oncall")
    return {
        "who is on call": ("ada@example.com,grace@example.com", outputs["on-call-emails"]),
        "who is on call in the catalog": ("ada@example.com", oncall),
    }


def _two_pages(
    simulator: Simulator, outputs: Mapping[str, str]
) -> Mapping[str, tuple[object, object]]:
    incidents = _by_service(simulator)
    return {
        "the services": (["Checkout", "Payments"], [i["service"]["summary"] for i in incidents]),
        "the titles": ([_TITLE] * 2, [i["title"] for i in incidents]),
        "the priorities": (["P1"] * 2, [i["priority"]["summary"] for i in incidents]),
        "one key for both": ({outputs["dedup-key"]}, {i["incident_key"] for i in incidents}),
        "the entities": (
            {i["id"] for i in incidents},
            set(simulator.port.state.entities[_INCIDENT]),
        ),
    }


def _no_third_page(
    simulator: Simulator, outputs: Mapping[str, str]
) -> Mapping[str, tuple[object, object]]:
    return {
        "the number of incidents": (2, len(simulator.pagerduty.state.incidents)),
        "whether this run opened them": ("false", outputs["created"]),
    }


def _noted(
    simulator: Simulator, _outputs: Mapping[str, str]
) -> Mapping[str, tuple[object, object]]:
    notes = [note["content"] for note in simulator.pagerduty.state.notes[first(simulator)]]
    return {"the note": ("The database is out of connections", notes[-1])}


def _overridden(
    simulator: Simulator, _outputs: Mapping[str, str]
) -> Mapping[str, tuple[object, object]]:
    overrides = simulator.pagerduty.state.schedules["PSCHED1"].overrides
    return {"the number of overrides": (1, len(overrides))}


def _told(simulator: Simulator, _outputs: Mapping[str, str]) -> Mapping[str, tuple[object, object]]:
    updates = simulator.pagerduty.state.status_updates[first(simulator)]
    return {"the update": ("We are rolling back", updates[-1]["message"])}


def _resolved(
    simulator: Simulator, _outputs: Mapping[str, str]
) -> Mapping[str, tuple[object, object]]:
    incident = _incident(simulator)
    note = simulator.pagerduty.state.notes[incident["id"]][-1]["content"]
    return {
        "the incident's status": ("resolved", incident["status"]),
        "the entity's status": ("resolved", _properties(simulator, incident["id"])["status"]),
        "the note": ("Resolution: Rolled back release 42", note),
    }


def _stands_in_incident_io(
    status: str, severity: str
) -> Callable[[Simulator, Mapping[str, str]], Mapping[str, tuple[object, object]]]:
    def facts(
        simulator: Simulator, _outputs: Mapping[str, str]
    ) -> Mapping[str, tuple[object, object]]:
        identifier = in_incident_io(simulator)
        incident = simulator.incident_io.state.incidents[identifier]
        properties = _properties(simulator, identifier, _IO_INCIDENT)
        return {
            "the incident's status": (status, incident["incident_status"]["name"]),
            "the incident's severity": (severity, incident["severity"]["name"]),
            "the entity's status": (status, properties.get("status")),
            "the entity's severity": (severity, properties.get("severity")),
        }

    return facts


_PAGE = Step(
    "Checkout is down: “Create incident” as SEV-1, on two services at once",
    "create",
    "",
    _SHOP,
    {"title": _TITLE, "service": "shop, payments", "severity": "SEV-1", **_ADA},
    expect=_two_pages,
)

PAGERDUTY = (
    Step("Who is on call for Checkout?", "on-call", "PSVC001", _SHOP, expect=_on_call),
    _PAGE,
    Step(
        "GitHub has trouble and somebody re-runs the job: nobody is paged twice",
        "create",
        "",
        _SHOP,
        _PAGE.filled_in,
        again=True,
        expect=_no_third_page,
    ),
    Step(
        "Ada is awake: “Acknowledge incident”",
        "acknowledge",
        first,
        filled_in=_ADA,
        expect=_stands("acknowledged", "Ada Lovelace"),
    ),
    Step(
        "She writes down what she found: “Note”",
        "note",
        first,
        filled_in={"note": "The database is out of connections", **_ADA},
        expect=_noted,
    ),
    Step(
        "She needs help: “Escalate incident” to the next level",
        "escalate",
        first,
        filled_in={"escalation_level": "next", **_ADA},
        expect=_stands("acknowledged", "Grace Hopper"),
    ),
    Step(
        "It is Linus's code: “Reassign incident”",
        "reassign",
        first,
        filled_in={"new_owner": "linus@example.com", **_ADA},
        expect=_stands("acknowledged", "Linus Low"),
    ),
    Step(
        "Ada goes to bed: “Override”, Grace is on call for eight hours",
        "override",
        "PSCHED1",
        "pagerdutySchedule",
        {"assignee": "grace@example.com", "end": "8h"},
        expect=_overridden,
    ),
    Step(
        "The others want to know: “Status update”",
        "status-update",
        first,
        filled_in={"message": "We are rolling back", **_ADA},
        expect=_told,
    ),
    Step(
        "It works again: “Resolve incident”",
        "resolve",
        first,
        filled_in={"resolution": "Rolled back release 42", **_ADA},
        expect=_resolved,
    ),
)

INCIDENT_IO = (
    Step(
        "The same with incident.io: “Create incident”",
        "create",
        "",
        _IO_INCIDENT,
        {"title": _TITLE, "severity": "Major"},
        _IO,
        expect=_stands_in_incident_io("Investigating", "Major"),
    ),
    Step(
        "It gets worse: “Update incident”",
        "update",
        in_incident_io,
        _IO_INCIDENT,
        {"severity": "Critical", "status": "Fixing"},
        _IO,
        expect=_stands_in_incident_io("Fixing", "Critical"),
    ),
    Step(
        "It works again: “Resolve incident”",
        "resolve",
        in_incident_io,
        _IO_INCIDENT,
        {"resolution": "Rolled back release 42"},
        _IO,
        expect=_stands_in_incident_io("Closed", "Critical"),
    ),
)
