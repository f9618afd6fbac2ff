"""Notes through the whole action."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

NASTY = 'It\'s "down"\n::error::x\n{"a": 1} ${{ secrets.X }}'


@pytest.fixture
def incident(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


def test_a_note_is_written_as_it_is(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, note=NASTY)
    result = act("note", event=event)
    assert result.code == 0, result.log
    (note,) = sim.pagerduty.state.notes[incident]
    assert note["content"] == NASTY
    assert "Note added to incident" in result.log
    assert "(as Ada Lovelace)" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert result.outputs["incident-id"] == incident
    assert incident in sim.port.state.entities["pagerdutyIncident"]


@pytest.mark.parametrize("processed", [True, False])
def test_a_note_is_never_written_twice(
    sim: Simulator,
    act: Action,
    incident: str,
    processed: bool,  # noqa: FBT001 - a test's case
) -> None:
    fault = Fault("status", api="pagerduty", path="*/notes", status=502, processed=processed)
    sim.faults.add(fault)
    result = act("note", incident=incident, note="On it")
    assert result.code == 1
    assert len(sim.pagerduty.state.notes.get(incident, [])) == int(processed)
    assert "did not add the note" in result.annotations("error")[0]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [({"note": None}, "'note' is missing"), ({"incident": "a/b"}, "'incident'")],
)
def test_bad_input_is_refused_before_anything_is_sent(
    sim: Simulator, act: Action, incident: str, inputs: dict[str, Any], expected: str
) -> None:
    before = len(sim.exchanges)
    result = act("note", **({"incident": incident, "note": "x", "port_client_id": None} | inputs))
    assert result.code == 1
    assert expected in result.annotations("error")[0]
    assert len(sim.exchanges) == before
