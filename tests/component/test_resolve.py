"""Resolving, with what solved it."""

from __future__ import annotations

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

NASTY = 'Rolled back "42"\n::error::x'


def opened(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (incident,) = sim.pagerduty.state.incidents
    return incident


def test_a_click_resolves_with_a_note_that_people_see(sim: Simulator, act: Action) -> None:
    incident = opened(sim, act)
    event = from_port(sim, incident, resolution=NASTY)
    result = act("resolve", event=event)
    assert result.code == 0, result.log
    assert sim.pagerduty.state.incidents[incident]["status"] == "resolved"
    (note,) = sim.pagerduty.state.notes[incident]
    assert note["content"] == f"Resolution: {NASTY}"
    properties = sim.port.state.entities["pagerdutyIncident"][incident]["properties"]
    assert properties["status"] == "resolved"
    assert result.outputs["incident-status"] == "resolved"
    assert "Resolved incident" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert result.annotations("error") == []


def test_a_repetition_writes_no_second_note(sim: Simulator, act: Action) -> None:
    incident = opened(sim, act)
    for _ in range(2):
        assert act("resolve", incident=incident, resolution="Rolled back").code == 0
    assert len(sim.pagerduty.state.notes[incident]) == 1


def test_a_lost_answer_resolves_it_all_the_same(sim: Simulator, act: Action) -> None:
    incident = opened(sim, act)
    sim.faults.add(Fault("reset", api="pagerduty", method="PUT", count=1, processed=True))
    result = act("resolve", incident=incident)
    assert result.code == 0, result.log
    assert result.outputs["incident-status"] == "resolved"


def test_all_of_a_service_are_resolved(sim: Simulator, act: Action) -> None:
    for number in range(3):
        act(title=f"Down {number}", service="PSVC001", port_client_id=None)
    assert act("resolve", service="Checkout").code == 0
    assert {i["status"] for i in sim.pagerduty.state.incidents.values()} == {"resolved"}
    result = act("resolve", service="Checkout")
    assert result.code == 0
    assert "No changes: service Checkout has no open incidents" in result.log


def test_a_requester_that_pagerduty_does_not_know_is_told_once(sim: Simulator, act: Action) -> None:
    for number in range(3):
        act(title=f"Down {number}", service="PSVC001", port_client_id=None)
    result = act("resolve", service="Checkout", from_="nobody@example.com")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "did not resolve 3 incidents" in error
    assert "'from'" in error
    assert {i["status"] for i in sim.pagerduty.state.incidents.values()} == {"triggered"}


def test_an_incident_or_a_service_has_to_be_named(sim: Simulator, act: Action) -> None:
    result = act("resolve", incident="Q1ABCDEF234567", service="Checkout", port_client_id=None)
    assert result.code == 1
    assert "one of them" in result.annotations("error")[0]
    assert sim.exchanges == []
