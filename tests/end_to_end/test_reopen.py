"""Opening a resolved incident again."""

from __future__ import annotations

from harness import Action, from_port
from pd_incident_simulator import Simulator


def resolved(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (incident,) = sim.pagerduty.state.incidents
    act("resolve", incident=incident, port_client_id=None)
    return incident


def test_a_click_reopens_it(sim: Simulator, act: Action) -> None:
    incident = resolved(sim, act)
    result = act("reopen", event=from_port(sim, incident))
    assert result.code == 0, result.log
    assert sim.pagerduty.state.incidents[incident]["status"] == "triggered"
    properties = sim.port.state.entities["pagerdutyIncident"][incident]["properties"]
    assert properties["status"] == "triggered"
    result = act("reopen", event=from_port(sim, incident))
    assert "Nothing to do" in result.log


def test_a_merged_incident_stays_merged(sim: Simulator, act: Action) -> None:
    for number in range(2):
        act(title=f"Down {number}", service="PSVC001", port_client_id=None)
    target, source = sim.pagerduty.state.incidents
    act("merge", incident=target, source_incidents=source)
    result = act("reopen", incident=source)
    assert result.code == 1
    assert "merged into" in result.annotations("error")[0]
