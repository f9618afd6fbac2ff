"""Runs an operation while something is wrong."""

from __future__ import annotations

from typing import Any

from fault_cases import PAGES, Case
from harness import Action, Result, from_port, run_id_of
from pd_incident_simulator import Simulator


def perform(case: Case, operation: str, sim: Simulator, act: Action) -> tuple[Result, int, str]:
    """Run an operation while a fault is on.

    Args:
        case: the fault.
        operation: the operation.
        sim: where the fault is.
        act: the action.

    Returns:
        The result, how many pages went out, and the id of the Port run.
    """
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
