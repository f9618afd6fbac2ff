"""``operation: reassign``: an incident is handed to people, which ends escalation, or a policy."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port
from pd_incident_simulator import Simulator


@pytest.fixture
def incident(sim: Simulator, act: Action) -> dict[str, Any]:
    """An open incident of Ada's."""
    act(title="Down", service="PSVC001", port_client_id=None)
    (incident,) = sim.pagerduty.state.incidents.values()
    return incident


def owners(incident: dict[str, Any]) -> list[str]:
    return [one["assignee"]["summary"] for one in incident["assignments"]]


def writes(sim: Simulator) -> list[Any]:
    return [e.json["incident"] for e in sim.exchanges if e.method == "PUT"]


def test_people_get_it_once_and_escalation_ends(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    event = from_port(sim, incident["id"], new_owner="grace@example.com, linus@example.com, PUSER2")
    result = act.succeed("reassign", event=event)
    assert owners(incident) == ["Grace Hopper", "Linus Low"]
    name = f"#{incident['incident_number']} Down"
    assert f"Reassigned {name} to Grace Hopper, Linus Low." in result.annotations("notice")[0]
    assert "no longer escalates it" in result.annotations("warning")[0]
    entity = sim.port.state.entities["pagerdutyIncident"][incident["id"]]
    assert entity["properties"]["responder"] == "Grace Hopper, Linus Low"

    result = act.succeed("reassign", event=event)
    message = f"Nobody was paged: Incident {name} is already assigned to Grace Hopper, Linus Low."
    assert message in result.log
    assert len(writes(sim)) == 1


def test_a_policy_or_person_that_has_the_incident_gets_it_anew(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    """A policy starts over, and a person has it without escalation."""
    for number, (given, owner) in enumerate(
        [
            ({"escalation_policy": "PPOL001"}, "Ada Lovelace"),
            ({"assignee": "PUSER1"}, "Ada Lovelace"),
            ({"escalation_policy": "Payments on-call"}, "Grace Hopper"),
        ],
        start=1,
    ):
        result = act.succeed("reassign", incident=incident["id"], **given)
        assert len(writes(sim)) == number
        assert owners(incident) == [owner]
        assert bool(result.annotations("warning")) is ("assignee" in given)


def test_a_wrong_owner_changes_nothing(act: Action, incident: dict[str, Any]) -> None:
    for inputs, words in [
        ({}, "'assignee' or 'escalation-policy'"),
        ({"assignee": "PUSER2", "escalation_policy": "PPOL002"}, "'assignee' or 'escalation-pol"),
        ({"assignee": "nobody@example.com"}, "no user 'nobody@example.com'"),
        ({"assignee": "PUSER9"}, "check the assignee's id"),
    ]:
        assert words in act.fail("reassign", incident=incident["id"], **inputs)
        assert owners(incident) == ["Ada Lovelace"]
