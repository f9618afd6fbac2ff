"""Priorities through the whole action."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port
from pd_incident_simulator import Simulator

CONFIG = "severities: {SEV-1: {priority: P1}}"


@pytest.fixture
def incident(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


def test_a_priority_is_set_by_name(sim: Simulator, act: Action, incident: str) -> None:
    for _ in range(2):
        result = act("set-priority", event=from_port(sim, incident, priority="p2"))
        assert result.code == 0, result.log
    assert sim.pagerduty.state.incidents[incident]["priority"]["summary"] == "P2"
    assert "already has priority P2" in result.log


def test_a_severity_says_the_priority(sim: Simulator, act: Action, incident: str) -> None:
    result = act("set-priority", incident=incident, severity="SEV-1", config=CONFIG)
    assert result.code == 0, result.log
    assert sim.pagerduty.state.incidents[incident]["priority"]["summary"] == "P1"


def test_a_plan_without_priorities_is_named(sim: Simulator, act: Action, incident: str) -> None:
    sim.pagerduty.state.missing_abilities = {"priorities"}
    result = act("set-priority", incident=incident, priority="P1")
    assert result.code == 1
    assert "plan does not include incident priorities" in result.annotations("error")[0]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [({}, "must hold 'priority'"), ({"priority": "P77"}, "no priority 'P77'")],
)
def test_a_wrong_priority_changes_nothing(
    sim: Simulator, act: Action, incident: str, inputs: dict[str, Any], expected: str
) -> None:
    result = act("set-priority", incident=incident, **inputs)
    assert result.code == 1
    assert expected in result.annotations("error")[0]
    assert [e for e in sim.exchanges if e.method == "PUT"] == []
