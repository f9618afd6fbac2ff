"""Snoozing through the whole action."""

from __future__ import annotations

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator


@pytest.fixture
def incident(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


def test_an_incident_is_quiet_for_a_while(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, duration="2h")
    for _ in range(2):
        result = act("snooze", event=event)
        assert result.code == 0, result.log
    assert sim.pagerduty.state.incidents[incident]["status"] == "acknowledged"
    asked = [e.json for e in sim.exchanges if e.path.endswith("/snooze")]
    assert asked == [{"duration": 7200}] * 2
    assert "It stays acknowledged until then" in result.log
    assert "Snoozed #" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert result.outputs["incident-status"] == "acknowledged"
    properties = sim.port.state.entities["pagerdutyIncident"][incident]["properties"]
    assert properties["status"] == "acknowledged"


@pytest.mark.parametrize("until", ["8d", "2020-01-01", "whenever"])
def test_what_pagerduty_would_refuse_is_refused_before_anything_is_sent(
    sim: Simulator, act: Action, incident: str, until: str
) -> None:
    before = len(sim.exchanges)
    result = act("snooze", incident=incident, until=until, port_client_id=None)
    assert result.code == 1
    assert "Input 'until' must be" in result.annotations("error")[0]
    assert len(sim.exchanges) == before


def test_a_resolved_incident_is_not_snoozed(act: Action, incident: str) -> None:
    act("resolve", incident=incident)
    result = act("snooze", incident=incident, until="1h")
    assert result.code == 1
    assert "already resolved and was not snoozed" in result.annotations("error")[0]
