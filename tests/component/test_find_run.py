"""A workflow that GitHub Ocean started reports to its run in Port without being told which."""

from __future__ import annotations

import pytest

from clicks import click, install
from harness import Action
from pd_incident_action.port import reporter
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.port.state import Dispatch

FORM = {"title": "Down", "from": "ada@example.com"}
LOOKUPS = "/v1/*/runs"


@pytest.fixture
def dispatched(sim: Simulator, act: Action) -> Dispatch:
    """Click on an action that hands no context over."""
    install(sim, "create")
    method = sim.port.state.actions["pagerduty_create"]["invocationMethod"]
    del method["integrationActionExecutionProperties"]["workflowInputs"]["port_context"]
    dispatch, _ = click(sim, "create", "PSVC001", FORM)
    act.environment |= {
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_REPOSITORY_OWNER_ID": "1001",
        "GITHUB_REPOSITORY_ID": "2002",
        "GITHUB_RUN_ID": dispatch.run_id,
    }
    return dispatch


def test_the_page_goes_out_first_and_the_run_keeps_its_link(
    sim: Simulator, act: Action, dispatched: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter, "_MAX_SECONDS_FOR_PAGE", 60)
    (run,) = sim.port.state.runs.values()
    (started_by,) = run.link
    result = act(event={"inputs": dispatched.inputs}, service="PSVC001")
    assert result.code == 0, result.log
    assert result.annotations("warning") == []
    assert "Created incident" in "\n".join(run.logs)
    (incident,) = sim.pagerduty.state.incidents.values()
    assert run.link == [incident["html_url"], started_by]
    asked = [(one.method, one.path) for one in sim.exchanges]
    assert asked.index(("POST", "/incidents")) < asked.index(("GET", "/v1/actions/runs"))
    assert asked.count(("GET", "/v1/actions/runs")) == 1


def test_port_may_know_the_run_a_moment_later(
    sim: Simulator, act: Action, dispatched: Dispatch
) -> None:
    sim.faults.add(Fault("status", path="/v1/actions/runs", status=200, body='{"runs": []}'))
    result = act(event={"inputs": dispatched.inputs}, service="PSVC001")
    assert result.code == 0, result.log
    (run,) = sim.port.state.runs.values()
    assert "Created incident" in "\n".join(run.logs)


def test_a_wrong_input_is_said_there_as_well(
    sim: Simulator, act: Action, dispatched: Dispatch
) -> None:
    assert act(event={"inputs": dispatched.inputs | {"title": "null"}}).code == 1
    (run,) = sim.port.state.runs.values()
    assert run.status == "FAILURE"
    assert "Input 'title' is missing" in "\n".join(run.logs)


def test_a_node_run_of_a_workflow_is_found_too(
    sim: Simulator, act: Action, dispatched: Dispatch
) -> None:
    (action_run,) = sim.port.state.runs.values()
    node_run = sim.port.state.runs[sim.port.state.start_run("wfnr_AbC123")]
    node_run.external_run_id, action_run.external_run_id = action_run.external_run_id, ""
    result = act(event={"inputs": dispatched.inputs}, service="PSVC001", colour="red")
    assert result.code == 0, result.log
    assert "Created incident" in "\n".join(node_run.logs)


@pytest.mark.parametrize("status", [200, 403])
def test_a_workflow_that_people_started_by_hand_has_no_run(
    sim: Simulator, act: Action, dispatched: Dispatch, status: int
) -> None:
    sim.port.state.runs.clear()
    if status != 200:
        sim.faults.add(Fault("status", path=LOOKUPS, status=status, count=None))
    result = act(event={"inputs": dispatched.inputs}, service="PSVC001")
    assert (result.code, result.annotations("warning")) == (0, []), result.log
    assert len(sim.port.state.entities["pagerdutyIncident"]) == 1
