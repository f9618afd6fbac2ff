"""Both kinds of Port's runs are reported to in their own way."""

from __future__ import annotations

import json

import pytest
from responses import RequestsMock

from pd_incident_action.port.client import Ending, LogLine, PortClient, PortRun
from port_account import API


def reported(api: RequestsMock, port: PortClient, run_id: str, path: str, ending: Ending) -> object:
    api.add("POST", f"{API}/{path}/logs", json={})
    api.add("PATCH", f"{API}/{path}", json={})
    run = PortRun(port, run_id)
    run.log([LogLine("a"), LogLine("b", "WARN")])
    run.set_result(["https://a.example"], "All *well*")
    run.end(ending, "Triggered")
    return [json.loads(call.request.body or "") for call in api.calls][1:]


@pytest.mark.parametrize(
    ("ending", "status"),
    [("SUCCESS", "SUCCESS"), ("FAILURE", "FAILURE"), ("CANCELLED", "FAILURE")],
)
def test_a_run_of_an_action(
    api: RequestsMock, port: PortClient, ending: Ending, status: str
) -> None:
    assert reported(api, port, "r_1", "actions/runs/r_1", ending) == [
        {"message": "a\nb"},
        {"link": ["https://a.example"], "summary": "All *well*"},
        {"status": status, "statusLabel": "Triggered"},
    ]


@pytest.mark.parametrize(
    ("ending", "result"),
    [("SUCCESS", "SUCCESS"), ("FAILURE", "FAILED"), ("CANCELLED", "CANCELLED")],
)
def test_a_node_run_of_a_workflow(
    api: RequestsMock, port: PortClient, ending: Ending, result: str
) -> None:
    assert reported(api, port, "wfnr_1", "workflows/nodes/runs/wfnr_1", ending) == [
        {"logs": [{"level": "INFO", "message": "a"}, {"level": "WARN", "message": "b"}]},
        {"links": ["https://a.example"], "output": {"summary": "All *well*"}},
        {"status": "COMPLETED", "result": result, "statusLabel": "Triggered"},
    ]
