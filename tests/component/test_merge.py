"""Merging through the whole action."""

from __future__ import annotations

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator


@pytest.fixture
def incidents(sim: Simulator, act: Action) -> list[str]:
    for number in range(3):
        act(title=f"Down {number}", service="PSVC001", port_client_id=None)
    return list(sim.pagerduty.state.incidents)


def test_sources_are_resolved_and_stand_so_in_the_catalog(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    target, *sources = incidents
    event = from_port(sim, target, source_incidents=", ".join(sources))
    result = act("merge", event=event)
    assert result.code == 0, result.log
    states = [incident["status"] for incident in sim.pagerduty.state.incidents.values()]
    assert states == ["triggered", "resolved", "resolved"]
    entities = sim.port.state.entities["pagerdutyIncident"]
    assert [entities[one]["properties"]["status"] for one in incidents] == states
    assert "Merged #" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert result.outputs["incident-id"] == target

    result = act("merge", event=event)
    assert result.code == 0, result.log
    assert "No changes: " in result.log
    assert len([e for e in sim.exchanges if e.path.endswith("/merge")]) == 1


def test_an_incident_is_not_merged_into_itself(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    result = act("merge", incident=incidents[0], source_incidents=incidents[0])
    assert result.code == 1
    assert "the same id" in result.annotations("error")[0]
    assert [e for e in sim.exchanges if e.path.endswith("/merge")] == []


def test_an_unknown_source_merges_nothing(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    result = act("merge", incident=incidents[0], source_incidents=f"{incidents[1]},QUNKNOWN0")
    assert result.code == 1
    assert "QUNKNOWN0" in result.annotations("error")[0]
    assert [e for e in sim.exchanges if e.path.endswith("/merge")] == []


def test_a_lost_answer_is_a_success_all_the_same(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    sim.faults.add(Fault("reset", api="pagerduty", path="*/merge", count=1, processed=True))
    result = act("merge", incident=incidents[0], source_incidents=incidents[1])
    assert result.code == 0, result.log
    assert "Merged #" in result.log


def test_a_resolved_source_is_named(sim: Simulator, act: Action, incidents: list[str]) -> None:
    act("resolve", incident=incidents[1])
    result = act("merge", incident=incidents[0], source_incidents=",".join(incidents[1:]))
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "Down 1 is resolved" in error
    assert [i["status"] for i in sim.pagerduty.state.incidents.values()] == [
        "triggered",
        "resolved",
        "triggered",
    ]
