"""Both kinds of Port's runs are reported to in their own way."""

from __future__ import annotations

import json
from typing import Any

from responses import RequestsMock

from pd_incident_action.port.client import Ending, LogLine, PortClient, PortRun
from port_account import API


def reported(api: RequestsMock, port: PortClient, run_id: str, path: str) -> list[Any]:
    api.add("POST", f"{API}/{path}/{run_id}/logs", json={})
    api.add("PATCH", f"{API}/{path}/{run_id}", json={})
    run = PortRun(port, run_id)
    run.log([LogLine("a"), LogLine("b", "WARN")])
    run.set_result(["https://a.example"], "All *well*")
    endings: list[Ending] = ["SUCCESS", "FAILURE", "CANCELLED"]
    for ending in endings:
        run.end(ending, "Triggered")
    return [json.loads(call.request.body or "") for call in api.calls][1:]


def test_a_run_of_an_action(api: RequestsMock, port: PortClient) -> None:
    assert reported(api, port, "r_1", "actions/runs") == [
        {"message": "a\nb"},
        {"link": ["https://a.example"], "summary": "All *well*"},
        {"status": "SUCCESS", "statusLabel": "Triggered"},
        {"status": "FAILURE", "statusLabel": "Triggered"},
        {"status": "FAILURE", "statusLabel": "Triggered"},
    ]


def test_a_node_run_of_a_workflow(api: RequestsMock, port: PortClient) -> None:
    assert reported(api, port, "wfnr_1", "workflows/nodes/runs") == [
        {"logs": [{"level": "INFO", "message": "a"}, {"level": "WARN", "message": "b"}]},
        {"links": ["https://a.example"], "output": {"summary": "All *well*"}},
        {"status": "COMPLETED", "result": "SUCCESS", "statusLabel": "Triggered"},
        {"status": "COMPLETED", "result": "FAILED", "statusLabel": "Triggered"},
        {"status": "COMPLETED", "result": "CANCELLED", "statusLabel": "Triggered"},
    ]
