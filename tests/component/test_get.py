"""Fetch an incident with all that belongs to it."""

from __future__ import annotations

import json

from harness import Action, from_port
from pd_incident_simulator import Fault, Simulator


def test_an_incident_is_fetched_with_all_that_belongs_to_it(
    sim: Simulator, act: Action, incident: str
) -> None:
    act("note", incident=incident, note="Hm <script>", port_client_id=None)
    result = act.succeed("get", event=from_port(sim, incident))
    assert [note["content"] for note in json.loads(result.outputs["notes"])] == ["Hm <script>"]
    entries = json.loads(result.outputs["log"])
    assert result.outputs["alerts"] == "[]"
    assert "Incident #1234 Down is triggered, high urgency, assigned to Ada" in result.log
    assert f"alerts: 0, notes: 1, log entries: {len(entries)}." in result.log
    assert "Hm &lt;script&gt;" in result.summary
    # PagerDuty lists the newest first, and several within a second.
    assert result.summary.index(">trigger<") < result.summary.index(">assign<")
    assert incident in sim.port.state.entities["pagerdutyIncident"]
    assert result.outputs["incident-status"] == "triggered"


def test_a_part_that_cannot_be_fetched_is_a_warning(
    sim: Simulator, act: Action, incident: str
) -> None:
    sim.faults.add(Fault("status", api="pagerduty", path="*/alerts", status=403))
    result = act.succeed("get", incident=incident)
    assert "PagerDuty failed to list the alerts" in result.annotations("warning")[0]
    assert result.outputs["alerts"] == "[]"
    assert json.loads(result.outputs["log"])


def test_an_incident_that_does_not_exist_is_reported(sim: Simulator, act: Action) -> None:
    assert "failed to find incident QUNKNOWN000" in act.fail("get", incident="QUNKNOWN000")
    assert sim.port.state.entities["pagerdutyIncident"] == {}
