"""Whatever fails on the way to PagerDuty: exactly one page, or one sentence that helps."""

from __future__ import annotations

from typing import Any

import pytest

from fault_cases import FATAL, HEALING, PAGES, Case
from harness import Action, Result, from_port, run_id_of
from pd_incident_simulator import Simulator


def _cases(cases: tuple[Case, ...]) -> list[Any]:
    return [
        pytest.param(case, operation, id=f"{operation}: {case.name}")
        for case in cases
        for operation in case.operations
    ]


def perform(case: Case, operation: str, sim: Simulator, act: Action) -> tuple[Result, int, str]:
    """Run an operation while a fault is on; give the result, the pages and the Port run's id."""
    inputs: dict[str, str] = {}
    entity = "PSVC001"
    if operation == "escalate":
        act(title="Down", service="PSVC001")
        (entity,) = sim.pagerduty.state.incidents
        inputs["escalation-policy"] = "PPOL002"
    elif operation == "create":
        inputs["title"] = "Down"
    event = from_port(sim, entity)
    case.arrange(sim, PAGES[operation], inputs)
    for fault in case.faults(PAGES[operation]):
        sim.faults.add(fault)
    given: dict[str, Any] = {
        name.replace("-", "_"): value for name, value in {**inputs, **case.inputs}.items()
    }
    result = act(operation, event=event, **given)
    return result, _pages(operation, sim), run_id_of(event)


def _pages(operation: str, sim: Simulator) -> int:
    if operation == "escalate":
        (incident,) = sim.pagerduty.state.incidents.values()
        return int(incident["escalation_policy"]["id"] == "PPOL002")
    return len(sim.pagerduty.state.incidents)


@pytest.mark.parametrize(("case", "operation"), _cases(HEALING))
def test_what_can_heal_ends_in_exactly_one_page(
    sim: Simulator, act: Action, case: Case, operation: str
) -> None:
    result, pages, _ = perform(case, operation, sim, act)
    assert result.code == 0, result.log
    assert pages == 1
    assert result.outputs["incident-status"] == "triggered"
    assert result.annotations("error") == []


@pytest.mark.parametrize(("case", "operation"), _cases(FATAL))
def test_what_cannot_heal_is_said_in_one_sentence_everywhere(
    sim: Simulator, act: Action, case: Case, operation: str
) -> None:
    result, pages, run_id = perform(case, operation, sim, act)
    assert result.code == 1
    assert pages == case.pages
    (error,) = result.annotations("error")
    assert error.startswith(PAGES[operation].service)
    for words in case.says:
        assert words in error
    assert error in "\n".join(sim.port.state.runs[run_id].logs)
    assert sim.port.state.runs[run_id].status == "FAILURE"
    assert "Traceback" not in result.everything
    assert result.summary
