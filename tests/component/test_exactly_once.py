"""Exactly once: a re-run finds what it asked for, another run asks anew."""

from __future__ import annotations

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator


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
