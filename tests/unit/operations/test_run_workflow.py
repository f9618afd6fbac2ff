"""Incident workflows: started by name, once."""

from __future__ import annotations

import json

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, ApiUnavailable, NotApplicable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.run_workflow import RunWorkflow

API = "https://api.pagerduty.com"
WORKFLOWS = f"{API}/incident_workflows"
START = f"{WORKFLOWS}/PWFLOW1/instances"
REQUEST = RunWorkflow.Inputs(incident="Q1", workflow="bridge")


@pytest.fixture(autouse=True)
def incident(api: RequestsMock) -> None:
    shown = {"id": "Q1", "incident_number": 42, "title": "Down"}
    api.add("GET", f"{API}/incidents/Q1", json={"incident": shown})


def test_a_workflow_is_started_by_its_name(api: RequestsMock, tools: OperationContext) -> None:
    found = {"incident_workflows": [{"id": "PWFLOW1", "name": "Bridge"}]}
    api.add("GET", WORKFLOWS, json=found)
    api.add("POST", START, json={"incident_workflow_instance": {"id": "I1", "summary": "Bridge"}})
    outcome = RunWorkflow(REQUEST, tools).run()
    assert outcome.message == "Started workflow Bridge on incident #42 Down."
    assert outcome.outputs == {"workflow-instance-id": "I1"}
    assert json.loads(api.calls[-1].request.body or "") == {
        "incident_workflow_instance": {"incident": {"id": "Q1", "type": "incident_reference"}}
    }


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"incident_workflows": []}, 200, "no incident workflow 'bridge'"),
        ({"error": {"code": 2014}}, 402, "plan does not include Incident Workflows"),
    ],
)
def test_what_cannot_be_started_is_told(
    api: RequestsMock, tools: OperationContext, body: dict[str, object], status: int, problem: str
) -> None:
    api.add("GET", WORKFLOWS, json=body, status=status)
    with pytest.raises(NotApplicable, match=problem):
        RunWorkflow(REQUEST, tools).run()


def test_an_id_that_nothing_has_is_named(api: RequestsMock, tools: OperationContext) -> None:
    api.add("POST", START, status=404, json={"error": {"code": 2100}})
    with pytest.raises(
        ApiRejected, match="did not start incident workflow PWFLOW1 of input 'workfl"
    ):
        RunWorkflow(RunWorkflow.Inputs(incident="Q1", workflow="PWFLOW1"), tools).run()


def test_a_start_whose_answer_got_lost_is_not_repeated(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("POST", START, status=502)
    with pytest.raises(ApiUnavailable):
        RunWorkflow(RunWorkflow.Inputs(incident="Q1", workflow="PWFLOW1"), tools).run()
    assert len(api.calls) == 2
