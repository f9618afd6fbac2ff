"""Status updates through the whole action."""

from __future__ import annotations

import pytest

from harness import Action, from_port
from pd_incident_simulator import Simulator


@pytest.fixture
def incident(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


def test_those_who_follow_the_incident_are_told(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, message="Rolling back", subject="Checkout")
    result = act("status-update", event=event)
    assert result.code == 0, result.log
    (update,) = sim.pagerduty.state.status_updates[incident]
    assert update["message"] == "Rolling back"
    assert "Told those who follow incident" in result.log


def test_a_plan_without_them_is_named(sim: Simulator, act: Action, incident: str) -> None:
    sim.pagerduty.state.missing_abilities = {"status_updates"}
    result = act("status-update", incident=incident, message="x")
    assert result.code == 1
    assert "plan does not include Status updates" in result.annotations("error")[0]


def test_a_message_is_needed(sim: Simulator, act: Action, incident: str) -> None:
    result = act("status-update", incident=incident)
    assert result.code == 1
    assert "'message' is missing" in result.annotations("error")[0]
    assert incident not in sim.pagerduty.state.status_updates
