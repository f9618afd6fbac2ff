"""Reopen resolved incidents."""

from __future__ import annotations

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator


def test_a_click_reopens_it(sim: Simulator, act: Action, incident: str) -> None:
    act("resolve", incident=incident, port_client_id=None)
    event = from_port(sim, incident)
    result = act.succeed("reopen", event=event)
    assert result.outputs["incident-status"] == "triggered"
    assert "Reopened incident" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert sim.pagerduty.state.incidents[incident]["status"] == "triggered"
    properties = sim.port.state.entities["pagerdutyIncident"][incident]["properties"]
    assert properties["status"] == "triggered"


def test_an_open_incident_is_left_alone(sim: Simulator, act: Action, incident: str) -> None:
    for status in ("triggered", "acknowledged"):
        sim.pagerduty.state.incidents[incident]["status"] = status
        result = act("reopen", incident=incident)
        assert f"No changes: incident #1234 Down is already {status}." in result.log
    assert [e for e in sim.exchanges if e.method == "PUT"] == []


def test_of_several_the_one_that_was_reopened_is_reported(
    sim: Simulator, act: Action, incident: str
) -> None:
    act(title="Down too", service="PSVC001", port_client_id=None)
    other = list(sim.pagerduty.state.incidents)[-1]
    for one in (incident, other):
        act("resolve", incident=one, port_client_id=None)
    sim.faults.add(Fault("status", "pagerduty", "PUT", "/incidents", status=400))
    down = Fault(
        "status", "pagerduty", "GET", f"/incidents/{other}", status=503, skip=1, count=None
    )
    sim.faults.add(down)
    result = act("reopen", incident=f"{incident}, {other}", timeout="6s")
    assert result.code == 1
    assert sim.pagerduty.state.incidents[incident]["status"] == "triggered"
    assert "Nobody was paged" not in result.everything
    assert result.annotations("notice")[0].startswith("Paged: ")
    assert "it answered 503" in result.annotations("error")[0]


def test_a_merged_incident_stays_merged(sim: Simulator, act: Action, incident: str) -> None:
    act(title="Down too", service="PSVC001", port_client_id=None)
    source = list(sim.pagerduty.state.incidents)[-1]
    act("merge", incident=incident, source_incidents=source)
    assert "merged into" in act.fail("reopen", incident=source)


def test_bad_input_is_refused_before_anything_is_sent(sim: Simulator, act: Action) -> None:
    for incident in [None, "a/b"]:
        # A service isn't enough: only its open incidents could be meant.
        assert "'incident'" in act.fail(
            "reopen", incident=incident, service="Checkout", port_client_id=None
        )
        assert sim.exchanges == []
