"""Resolve incidents, with what solved them."""

from __future__ import annotations

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

NASTY = 'Rolled back "42"\n::error::x'


def test_a_click_resolves_with_a_note_that_people_see(
    sim: Simulator, act: Action, incident: str
) -> None:
    event = from_port(sim, incident, resolution=NASTY)
    result = act.succeed("resolve", event=event)
    assert result.annotations("error") == result.annotations("warning") == []
    assert sim.pagerduty.state.incidents[incident]["status"] == "resolved"
    (put,) = [e.json["incident"] for e in sim.exchanges if e.method == "PUT"]
    assert put["resolution"] == NASTY
    properties = sim.port.state.entities["pagerdutyIncident"][incident]["properties"]
    assert properties["status"] == "resolved"
    assert result.outputs["incident-status"] == "resolved"
    assert "Resolved incident #1234" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)

    result = act.succeed("resolve", event=event)
    assert "already resolved" in result.log
    notes = [note["content"] for note in sim.pagerduty.state.notes[incident]]
    assert notes == [f"Resolution: {NASTY}"]


def test_a_note_that_is_rejected_is_a_warning(sim: Simulator, act: Action, incident: str) -> None:
    sim.faults.add(Fault("status", api="pagerduty", path="*/notes", status=403))
    result = act.succeed("resolve", incident=incident, resolution="Rolled back")
    (warning,) = result.annotations("warning")
    assert "Incident #1234 Down is resolved, but PagerDuty failed to add the note" in warning


def test_all_open_incidents_of_a_service_are_resolved(sim: Simulator, act: Action) -> None:
    for number in range(2):
        act(title=f"Down {number}", service="PSVC001", port_client_id=None)
    error = act.fail("resolve", service="Checkout", from_="nobody@example.com")
    assert "failed to resolve 2 incidents" in error
    assert "'from'" in error
    assert {i["status"] for i in sim.pagerduty.state.incidents.values()} == {"triggered"}

    assert act("resolve", service="Checkout").code == 0
    assert {i["status"] for i in sim.pagerduty.state.incidents.values()} == {"resolved"}
    result = act("resolve", service="Checkout")
    assert result.code == 0
    assert "No changes: service Checkout has no open incidents." in result.log
