"""Reading an incident through the whole action."""

from __future__ import annotations

import json

from harness import Action, from_port
from pd_incident_simulator import Fault, Simulator


def test_an_incident_is_read_with_all_that_belongs_to_it(sim: Simulator, act: Action) -> None:
    act(title="Down", service="PSVC001", port_client_id=None)
    (incident,) = sim.pagerduty.state.incidents
    act("note", incident=incident, note="Hm <script>", port_client_id=None)
    result = act("get", event=from_port(sim, incident))
    assert result.code == 0, result.log
    assert [note["content"] for note in json.loads(result.outputs["notes"])] == ["Hm <script>"]
    assert json.loads(result.outputs["log"])
    assert json.loads(result.outputs["alerts"]) == []
    assert "Hm &#60;script&#62;" in result.summary
    assert incident in sim.port.state.entities["pagerdutyIncident"]
    assert result.outputs["incident-status"] == "triggered"


def test_a_part_that_cannot_be_read_is_a_warning(sim: Simulator, act: Action) -> None:
    act(title="Down", service="PSVC001", port_client_id=None)
    (incident,) = sim.pagerduty.state.incidents
    sim.faults.add(Fault("status", api="pagerduty", path="*/alerts", status=403))
    result = act("get", incident=incident)
    assert result.code == 0, result.log
    assert "PagerDuty did not list the alerts" in result.annotations("warning")[0]


def test_an_incident_that_does_not_exist_is_told(sim: Simulator, act: Action) -> None:
    result = act("get", incident="QUNKNOWN000")
    assert result.code == 1
    assert "QUNKNOWN000" in result.annotations("error")[0]
    assert sim.port.state.entities["pagerdutyIncident"] == {}
