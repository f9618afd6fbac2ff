"""Snooze an incident."""

from __future__ import annotations

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator


def test_a_click_snoozes_it(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, duration="2h")
    for _ in range(2):
        result = act.succeed("snooze", event=event)
    assert sim.pagerduty.state.incidents[incident]["status"] == "acknowledged"
    sent = [e.json for e in sim.exchanges if e.path.endswith("/snooze")]
    assert sent == [{"duration": 7200}]
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "Snoozed #1234 Down until " in log
    assert " UTC (2 h). It stays acknowledged until then." in log
    assert result.outputs["incident-status"] == "acknowledged"
    properties = sim.port.state.entities["pagerdutyIncident"][incident]["properties"]
    assert properties["status"] == "acknowledged"


def test_a_resolved_incident_is_not_snoozed(act: Action, incident: str) -> None:
    act("resolve", incident=incident)
    assert "#1234 Down is already resolved and was not snoozed" in act.fail(
        "snooze", incident=incident, until="1h"
    )


def test_bad_input_is_refused_before_anything_is_sent(sim: Simulator, act: Action) -> None:
    for until, expected in [
        ("8d", "must be within seven days"),
        ("2020-01-01", "must be in the future"),
        ("whenever", "must be a time such as"),
        ("9999-12-31T23:59-12:00", "must be a valid date"),
    ]:
        assert f"Input 'until' {expected}" in act.fail(
            "snooze", incident="Q1ABCDEF234567", until=until, port_client_id=None
        )
        assert sim.exchanges == []
