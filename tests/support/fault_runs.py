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
    before = len(_notifications(sim))
    event = from_port(sim, entity)
    if case.url:
        inputs[PAGES[operation].url_input] = case.url
    for fault in case.faults(PAGES[operation]):
        sim.faults.add(fault)
    given: dict[str, Any] = {
        name.replace("-", "_"): value for name, value in {**inputs, **case.inputs}.items()
    }
    result = act(operation, event=event, **given)
    return result, len(_notifications(sim)) - before, run_id_of(event)


def _notifications(sim: Simulator) -> list[Any]:
    entries = [one for log in sim.pagerduty.state.log_entries.values() for one in log]
    return [one for one in entries if one["type"] == "notify_log_entry"]
