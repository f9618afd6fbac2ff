"""Large answers are read in smaller pages, and outputs stay JSON whatever their size."""

from __future__ import annotations

import json

from harness import Action
from markdown import plain
from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.incident_log import add_alert
from pd_incident_simulator.pagerduty.seed_history import seed_incidents


def test_a_storm_of_large_alerts_is_read(sim: Simulator, act: Action, incident: str) -> None:
    state = sim.pagerduty.state
    for number in range(25):
        payload = {"summary": f"Alert {number}", "severity": "error"}
        details = {"custom_details": {"log": "x" * 400_000}}
        add_alert(state, state.incidents[incident], f"k{number}", payload | details)
    result = act("get", incident=incident)

    assert result.code == 0, result.log
    assert "alerts: 25," in result.log
    listed = [e for e in sim.exchanges if e.path.endswith("/alerts")]
    sizes = [int(e.query["limit"][0]) for e in listed]
    assert sizes == [100, 50, 25, 12, 6, 6, 6, 6, 6]
    for name in ("alerts", "response"):
        value = json.loads(result.outputs[name])
        alerts = value if name == "alerts" else value["alerts"]
        assert 0 < len(alerts) < 25
        assert alerts[0]["summary"] == "Alert 0"
        (warning,) = [w for w in result.annotations("warning") if f"Output '{name}'" in w]
        assert f"it has only {len(alerts)} of 25 alerts" in warning
        assert warning in plain(result.summary)


def test_many_incidents_are_resolved(sim: Simulator, act: Action) -> None:
    for one in seed_incidents(sim.pagerduty.state, 260, status="triggered"):
        one["description"] = "x" * 20_000
    result = act("resolve", service="PSVC001", timeout="60s")

    assert result.code == 0, result.log
    assert "Resolved 260 of 260 incidents." in result.log
    assert {one["status"] for one in sim.pagerduty.state.incidents.values()} == {"resolved"}
    assert len(result.outputs["incident-ids"].split(",")) == 260
    incidents = json.loads(result.outputs["response"])["incidents"]
    assert 0 < len(incidents) < 260
    assert "of 260 incidents" in " ".join(result.annotations("warning"))
    assert len(sim.port.state.entities["pagerdutyIncident"]) == 260


def test_large_incidents_are_synced(sim: Simulator, act: Action) -> None:
    for one in seed_incidents(sim.pagerduty.state, 110, status="triggered", days=3):
        one["description"] = "x" * 60_000
    result = act("sync", what="incidents")
    assert result.code == 0, result.log
    assert len(sim.port.state.entities["pagerdutyIncident"]) == 110


def test_a_plan_stays_json(act: Action) -> None:
    result = act("trigger", custom_details=json.dumps({"log": "x" * 700_000}), dry_run="true")
    assert result.code == 0, result.log
    plan = json.loads(result.outputs["plan"])
    assert plan["requests"][0]["body"]["event_action"] == "trigger"
    assert "long texts in it were shortened" in result.annotations("warning")[-1]
