"""The demo's scenario: its steps, and the expected results of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demo.assertions import (
    HOSTILE,
    INCIDENT,
    IO_INCIDENT,
    SHOP,
    TITLE,
    first,
    has,
    has_in_incident_io,
    healthy,
    hostile_page,
    in_incident_io,
    no_third_page,
    noted,
    on_call,
    overridden,
    paged_about_the_run,
    planned,
    resolved,
    two_pages,
    updated,
)

if TYPE_CHECKING:
    from demo.assertions import Expect
    from pd_incident_simulator import Simulator

CONFIG = """\
from: ada@example.com
services: {shop: PSVC001, payments: PSVC002}
severities:
  SEV-1: {urgency: high, priority: P1, severity: critical, acknowledge-within: 5m}
"""
_ADA = {"from": "ada@example.com"}
_IO = {"provider": "incident-io"}


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
    entity: str | Callable[[Simulator], str]
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


_PAGE = Step(
    "Checkout is down: “Create incident” as SEV-1, on two services at once",
    "create",
    "",
    SHOP,
    {"title": TITLE, "service": "shop, payments", "severity": "SEV-1", **_ADA},
    expect=two_pages,
)

PAGERDUTY = (
    Step("Will it work at 3 a.m.? “Doctor” checks everything", "doctor", "", expect=healthy),
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
        "Somebody re-runs the job: nobody is paged twice",
        "create",
        "",
        SHOP,
        _PAGE.filled_in,
        again=True,
        expect=no_third_page,
    ),
    Step(
        "Ada is on it: “Acknowledge incident”",
        "acknowledge",
        first,
        filled_in=_ADA,
        expect=has("acknowledged", "Ada Lovelace"),
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
        expect=has("triggered", "Grace Hopper"),
    ),
    Step(
        "It is Linus's code: “Reassign incident”",
        "reassign",
        first,
        filled_in={"new_owner": "linus@example.com", **_ADA},
        expect=has("triggered", "Linus Low"),
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
        "Stakeholders want to know: “Status update”",
        "status-update",
        first,
        filled_in={"message": "We are rolling back", **_ADA},
        expect=updated,
    ),
    Step(
        "It works again: “Resolve incident”",
        "resolve",
        first,
        filled_in={"resolution": "Rolled back release 42", **_ADA},
        expect=resolved,
    ),
    Step(
        "A deployment fails whose workflow has its own form: it pages anyway",
        "trigger",
        "",
        filled_in={"dry_run": "true", "provider": "aws", "severity": "SEV2", "service": "payments"},
        given={"routing-key": "R0123456789ABCDEF0123456789ABCDE"},
        foreign=True,
        expect=paged_about_the_run,
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
        expect=has_in_incident_io("Investigating", "Major"),
    ),
    Step(
        "It gets worse: “Update incident”",
        "update",
        in_incident_io,
        IO_INCIDENT,
        {"severity": "Critical", "status": "Fixing"},
        _IO,
        expect=has_in_incident_io("Fixing", "Critical"),
    ),
    Step(
        "It works again: “Resolve incident”",
        "resolve",
        in_incident_io,
        IO_INCIDENT,
        {"resolution": "Rolled back release 42"},
        _IO,
        expect=has_in_incident_io("Closed", "Critical"),
    ),
)

_HOSTILE = Step(
    "Somebody types what would break a shell, a log and a page: it is a title, no more",
    "create",
    "PSVC003",
    SHOP,
    {"title": HOSTILE, **_ADA},
    expect=hostile_page,
)

SCENES = (*PAGERDUTY, *INCIDENT_IO, _HOSTILE)
