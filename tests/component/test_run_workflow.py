"""Incident workflows through the whole action."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port
from pd_incident_simulator import Fault, Simulator


@pytest.fixture
def incident(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


def starts(sim: Simulator) -> int:
    return len([e for e in sim.exchanges if e.path.endswith("/instances") and e.status == 201])


def test_a_workflow_is_started_by_name(sim: Simulator, act: Action, incident: str) -> None:
    result = act("run-workflow", event=from_port(sim, incident, workflow="major incident bridge"))
    assert result.code == 0, result.log
    assert starts(sim) == 1
    assert "Started workflow" in result.log


def test_it_is_never_started_twice(sim: Simulator, act: Action, incident: str) -> None:
    sim.faults.add(
        Fault("status", api="pagerduty", path="*/instances", status=502, count=1, processed=True)
    )
    result = act("run-workflow", incident=incident, workflow="PWFLOW1")
    assert result.code == 1
    assert len([e for e in sim.exchanges if e.path.endswith("/instances")]) == 1


@pytest.mark.parametrize(
    ("inputs", "missing", "expected"),
    [
        ({}, set[str](), "'workflow' is missing"),
        ({"workflow": "PWFLOW9"}, set[str](), "workflow PWFLOW9 of input 'workflow'"),
        ({"workflow": "Nonsense"}, set[str](), "no incident workflow 'Nonsense'"),
        ({"workflow": "PWFLOW1"}, {"incident_workflows"}, "plan does not include Incident"),
    ],
)
def test_what_cannot_be_started_is_told(  # noqa: PLR0913, PLR0917 - a table's columns
    sim: Simulator,
    act: Action,
    incident: str,
    inputs: dict[str, Any],
    missing: set[str],
    expected: str,
) -> None:
    sim.pagerduty.state.missing_abilities = missing
    result = act("run-workflow", incident=incident, **inputs)
    assert result.code == 1
    assert expected in result.annotations("error")[0]
    assert starts(sim) == 0
