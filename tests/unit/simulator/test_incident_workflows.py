"""Incident workflows are found and started as PagerDuty's are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]


def instance(incident: str) -> dict[str, object]:
    return {"incident_workflow_instance": {"incident": {"id": incident.rsplit("/", 1)[-1]}}}


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", ["PWFLOW1", "PWFLOW2"]), ("?query=BRIDGE", ["PWFLOW1"]), ("?query=none", [])],
)
def test_workflows_are_found_by_name(pagerduty: Ask, query: str, expected: list[str]) -> None:
    found = pagerduty("GET", f"/incident_workflows{query}").json()["incident_workflows"]
    assert [workflow["id"] for workflow in found] == expected


def test_a_workflow_is_started_by_nobody_in_particular(
    sim: Simulator, pagerduty: Ask, incident: str
) -> None:
    path = "/incident_workflows/PWFLOW2/instances"
    answer = pagerduty("POST", path, instance(incident), From=None)
    assert answer.status_code == 201
    started = answer.json()["incident_workflow_instance"]
    assert started["incident"]["id"] == incident.rsplit("/", 1)[-1]
    (kept,) = sim.pagerduty.state.workflow_instances
    assert (kept["id"], kept["incident_workflow"]["id"]) == (started["id"], "PWFLOW2")


@pytest.mark.parametrize(
    ("workflow", "body", "expected"),
    [
        ("PNONE", instance("Q1"), (404, 2100)),
        ("PWFLOW1", instance("QNONE"), (404, 2100)),
        ("PWFLOW1", {}, (400, 2001)),
        ("PWFLOW1", {"incident_workflow_instance": {}}, (400, 2001)),
        ("PWFLOW1", {"incident_workflow_instance": {"incident": "Q1"}}, (400, 2001)),
    ],
)
def test_what_cant_be_started(
    sim: Simulator, pagerduty: Ask, workflow: str, body: object, expected: tuple[int, int]
) -> None:
    answer = pagerduty("POST", f"/incident_workflows/{workflow}/instances", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == expected
    assert sim.pagerduty.state.workflow_instances == []
