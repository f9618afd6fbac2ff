"""Exactly once: a re-run finds what it asked for, another run asks anew."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator


def test_report_status_never_leaves_the_run_to_the_workflow(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event, from_="nobody@example.com", report_status="never")
    assert result.code == 1
    assert not sim.port.state.runs[run_id_of(event)].ended


def test_a_key_whose_incident_is_resolved_pages_anew(sim: Simulator, act: Action) -> None:
    event = from_port(sim, "PSVC001", title="Down")
    act(event=event)
    (first,) = sim.pagerduty.state.incidents.values()
    first["status"] = "resolved"
    result = act(event=event)
    assert result.code == 0
    assert result.outputs["created"] == "true"
    assert len(sim.pagerduty.state.incidents) == 2


def test_another_run_with_the_same_inputs_pages_again(sim: Simulator, act: Action) -> None:
    act(title="Down", service="PSVC001")
    act.environment["GITHUB_RUN_ID"] = "4712"
    act(title="Down", service="PSVC001")
    assert len(sim.pagerduty.state.incidents) == 2


def test_a_rerun_of_the_same_job_does_not_page_again(sim: Simulator, act: Action) -> None:
    act(title="Down", service="PSVC001")
    act.environment["GITHUB_RUN_ATTEMPT"] = "2"
    result = act(title="Down", service="PSVC001")
    assert result.outputs["created"] == "false"
    assert len(sim.pagerduty.state.incidents) == 1


@pytest.mark.parametrize(
    "case",
    [
        (
            "create",
            {"title": "Down", "service": "PSVC001"},
            {"api": "pagerduty", "path": "/incidents"},
            "may have been created: before you page again, look for it at https://app.pagerduty.com",
        ),
        (
            "create",
            {"title": "Down", "service": "PSVC001, PSVC002"},
            {"api": "pagerduty", "path": "/incidents", "count": 2},
            "The incident may have been created: ",
        ),
        (
            "trigger",
            {"summary": "Down"},
            {"api": "events", "path": "/v2/enqueue"},
            "may have been accepted: before you page again, look for it at https://app.pagerduty.com",
        ),
        (
            "change-event",
            {"summary": "Deployed"},
            {"api": "events", "path": "/v2/change/enqueue"},
            "It may have been accepted: look at the service before you send it again.",
        ),
    ],
)
def test_what_may_have_been_done_is_not_said_to_have_failed(
    sim: Simulator, act: Action, case: tuple[str, dict[str, Any], dict[str, Any], str]
) -> None:
    operation, inputs, page, look = case
    sim.faults.add(Fault("status", **{"count": 1, **page}, method="POST", status=503))
    sim.faults.add(Fault("status", **{**page, "count": None}, method="POST", status=403))
    result = act(operation, **inputs)
    assert result.code == 1
    for error in result.annotations("error"):
        assert look in error
        assert "No incident was opened" not in error
        assert error in result.log


def test_what_was_refused_is_said_to_have_failed(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", method="POST", path="/incidents", status=403))
    (error,) = act(title="Down", service="PSVC001").annotations("error")
    assert error.startswith("PagerDuty failed to create the incident: it answered 403")
    assert "may have" not in error
