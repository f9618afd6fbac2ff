"""Reassigning through the whole action."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port
from pd_incident_simulator import Simulator


@pytest.fixture
def incident(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


def owners(sim: Simulator, incident: str) -> list[Any]:
    assignments = sim.pagerduty.state.incidents[incident]["assignments"]
    return [assignment["assignee"]["summary"] for assignment in assignments]


def test_a_new_owner_is_found_by_address(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, new_owner="grace@example.com, linus@example.com")
    result = act("reassign", event=event)
    assert result.code == 0, result.log
    assert owners(sim, incident) == ["Grace Hopper", "Linus Low"]
    assert "no longer escalates it" in result.annotations("warning")[0]
    entity = sim.port.state.entities["pagerdutyIncident"][incident]
    assert entity["properties"]["responder"] == "Grace Hopper, Linus Low"
    writes = len([e for e in sim.exchanges if e.method == "PUT"])
    result = act("reassign", event=event)
    assert result.code == 0, result.log
    assert "Nothing to do" in result.log
    assert len([e for e in sim.exchanges if e.method == "PUT"]) == writes


def test_a_policy_gets_it(sim: Simulator, act: Action, incident: str) -> None:
    result = act("reassign", incident=incident, escalation_policy="Payments on-call")
    assert result.code == 0, result.log
    assert owners(sim, incident) == ["Grace Hopper"]
    assert result.annotations("warning") == []


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, "must say who gets it"),
        ({"assignee": "nobody@example.com"}, "no user 'nobody@example.com'"),
    ],
)
def test_a_wrong_owner_changes_nothing(
    sim: Simulator, act: Action, incident: str, inputs: dict[str, Any], expected: str
) -> None:
    result = act("reassign", incident=incident, **inputs)
    assert result.code == 1
    assert expected in result.annotations("error")[0]
    assert owners(sim, incident) == ["Ada Lovelace"]
