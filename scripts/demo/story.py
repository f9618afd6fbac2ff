"""The story that the demo tells: each click, and what has to be so afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demo.facts import (
    INCIDENT,
    IO_INCIDENT,
    SHOP,
    TITLE,
    first,
    healthy,
    in_incident_io,
    no_third_page,
    noted,
    on_call,
    overridden,
    planned,
    resolved,
    stands,
    stands_in_incident_io,
    told,
    two_pages,
)

if TYPE_CHECKING:
    from demo.facts import Expect
    from pd_incident_simulator import Simulator

CONFIG = """\
services: {shop: PSVC001, payments: PSVC002}
severities:
  SEV-1: {urgency: high, priority: P1, severity: critical, acknowledge-within: 5m}
"""
_ADA = {"from": "ada@example.com"}
_IO = {"provider": "incident-io"}


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
    blueprint: str = INCIDENT
    filled_in: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    again: bool = False
    expect: Expect = lambda _simulator, _outputs: {}


_PAGE = Step(
    "Checkout is down: “Create incident” as SEV-1, on two services at once",
    "create",
    "",
    SHOP,
    {"title": TITLE, "service": "shop, payments", "severity": "SEV-1", **_ADA},
    expect=two_pages,
)

PAGERDUTY = (
    Step("Will it work at 3 a.m.? “Doctor” tries everything", "doctor", "", expect=healthy),
    Step("Who is on call for Checkout?", "on-call", "PSVC001", SHOP, expect=on_call),
    Step(
        "What would “Create incident” do? A dry run shows it",
        "create",
        "",
        SHOP,
        _PAGE.filled_in,
        {"dry-run": "true"},
        expect=planned,
    ),
    _PAGE,
    Step(
        "GitHub has trouble and somebody re-runs the job: nobody is paged twice",
        "create",
        "",
        SHOP,
        _PAGE.filled_in,
        again=True,
        expect=no_third_page,
    ),
    Step(
        "Ada is awake: “Acknowledge incident”",
        "acknowledge",
        first,
        filled_in=_ADA,
        expect=stands("acknowledged", "Ada Lovelace"),
    ),
    Step(
        "She writes down what she found: “Note”",
        "note",
        first,
        filled_in={"note": "The database is out of connections", **_ADA},
        expect=noted,
    ),
    Step(
        "She needs help: “Escalate incident” to the next level",
        "escalate",
        first,
        filled_in={"escalation_level": "next", **_ADA},
        expect=stands("acknowledged", "Grace Hopper"),
    ),
    Step(
        "It is Linus's code: “Reassign incident”",
        "reassign",
        first,
        filled_in={"new_owner": "linus@example.com", **_ADA},
        expect=stands("acknowledged", "Linus Low"),
    ),
    Step(
        "Ada goes to bed: “Override”, Grace is on call for eight hours",
        "override",
        "PSCHED1",
        "pagerdutySchedule",
        {"assignee": "grace@example.com", "end": "8h"},
        expect=overridden,
    ),
    Step(
        "The others want to know: “Status update”",
        "status-update",
        first,
        filled_in={"message": "We are rolling back", **_ADA},
        expect=told,
    ),
    Step(
        "It works again: “Resolve incident”",
        "resolve",
        first,
        filled_in={"resolution": "Rolled back release 42", **_ADA},
        expect=resolved,
    ),
)

INCIDENT_IO = (
    Step(
        "The same with incident.io: “Create incident”",
        "create",
        "",
        IO_INCIDENT,
        {"title": TITLE, "severity": "Major"},
        _IO,
        expect=stands_in_incident_io("Investigating", "Major"),
    ),
    Step(
        "It gets worse: “Update incident”",
        "update",
        in_incident_io,
        IO_INCIDENT,
        {"severity": "Critical", "status": "Fixing"},
        _IO,
        expect=stands_in_incident_io("Fixing", "Critical"),
    ),
    Step(
        "It works again: “Resolve incident”",
        "resolve",
        in_incident_io,
        IO_INCIDENT,
        {"resolution": "Rolled back release 42"},
        _IO,
        expect=stands_in_incident_io("Closed", "Critical"),
    ),
)
