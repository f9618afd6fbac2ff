"""Add notes, each once."""

from __future__ import annotations

from typing import Any

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

NASTY = 'It\'s "down"\n::error::x\n{"a": 1} ${{ secrets.X }}'


def test_a_note_is_added_as_it_is(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, note=NASTY)
    result = act.succeed("note", event=event)
    (note,) = sim.pagerduty.state.notes[incident]
    assert note["content"] == NASTY
    expected = "Note added to incident #1234 Down (as Ada Lovelace)."
    assert expected in result.log
    assert expected in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert result.outputs["incident-id"] == incident
    assert incident in sim.port.state.entities["pagerdutyIncident"]


def test_a_note_is_never_added_twice(sim: Simulator, act: Action, incident: str) -> None:
    for number, processed in enumerate([True, False], start=1):
        sim.faults.add(Fault("status", path="*/notes", status=502, processed=processed))
        act.succeed("note", incident=incident, note=f"On it {processed}")
        assert len(sim.pagerduty.state.notes[incident]) == number


def test_an_author_that_pagerduty_leaves_out_is_not_named(
    sim: Simulator, act: Action, incident: str
) -> None:
    answer = '{"note": {"id": "N1", "user": null}}'
    sim.faults.add(Fault("status", api="pagerduty", path="*/notes", status=201, body=answer))
    assert "Note added to incident #1234 Down. " in act("note", incident=incident, note="x").log


def test_bad_input_is_refused_before_anything_is_sent(sim: Simulator, act: Action) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"note": None}, "'note' is missing"),
        ({"note": "x" * 25_001}, "at most 25000"),
        ({"incident": "a/b"}, "'incident'"),
    ]
    for inputs, expected in cases:
        given = {"incident": "Q1ABCDEF234567", "note": "x", "port_client_id": None} | inputs
        assert expected in act.fail("note", **given)
        assert sim.exchanges == []
