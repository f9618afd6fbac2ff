"""Start incident workflows, each once."""

from __future__ import annotations

from typing import Any

from harness import Action, from_port
from pd_incident_simulator import Fault, Simulator


def starts(sim: Simulator) -> list[int]:
    return [e.status for e in sim.exchanges if e.path.endswith("/instances")]


def test_a_workflow_is_started_by_name(sim: Simulator, act: Action, incident: str) -> None:
    result = act("run-workflow", event=from_port(sim, incident, workflow="major incident bridge"))
    assert result.code == 0, result.log
    assert starts(sim) == [201]
    assert "Started workflow major incident bridge on incident #1234 Down." in result.log
    assert result.outputs["workflow-instance-id"]


def test_it_is_never_started_twice(sim: Simulator, act: Action, incident: str) -> None:
    sim.faults.add(Fault("status", path="*/instances", status=502, processed=True))
    result = act("run-workflow", incident=incident, workflow="PWFLOW1")
    assert result.code == 1
    assert starts(sim) == [502]


def test_what_cannot_be_started_is_reported(sim: Simulator, act: Action, incident: str) -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({}, "", "'workflow' is missing"),
        ({"workflow": "PWFLOW9"}, "", "workflow PWFLOW9 of input 'workflow'"),
        ({"workflow": "Nonsense"}, "", "no incident workflow 'Nonsense'"),
        ({"workflow": "PWFLOW1"}, "incident_workflows", "plan does not include Incident"),
    ]
    for inputs, missing, expected in cases:
        sim.pagerduty.state.missing_abilities = {missing}
        result = act("run-workflow", incident=incident, **inputs)
        assert result.code == 1
        assert expected in result.annotations("error")[0]
        assert 201 not in starts(sim)
