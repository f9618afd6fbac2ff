"""Start incident workflows, each once."""

from __future__ import annotations

from typing import Any

from harness import Action, from_port
from pd_incident_simulator import Simulator


def starts(sim: Simulator) -> list[int]:
    return [e.status for e in sim.exchanges if e.path.endswith("/instances")]


def test_a_workflow_is_started_by_name(sim: Simulator, act: Action, incident: str) -> None:
    result = act.succeed(
        "run-workflow", event=from_port(sim, incident, workflow="major incident bridge")
    )
    assert starts(sim) == [201]
    assert "Started workflow major incident bridge on incident #1234 Down." in result.log
    assert result.outputs["workflow-instance-id"]


def test_what_cannot_be_started_is_reported(sim: Simulator, act: Action, incident: str) -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({}, "", "'workflow' is missing"),
        ({"workflow": "PWFLOW9"}, "", "workflow PWFLOW9 of input 'workflow'"),
        ({"workflow": "Nonsense"}, "", "no incident workflow 'Nonsense'"),
        ({"workflow": "PWFLOW1"}, "incident_workflows", "plan does not include Incident"),
    ]
    for inputs, missing, expected in cases:
        sim.pagerduty.state.missing_abilities = {missing}
        assert expected in act.fail("run-workflow", incident=incident, **inputs)
        assert 201 not in starts(sim)
