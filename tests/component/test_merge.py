"""Merge incidents into one that stays."""

from __future__ import annotations

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator


@pytest.fixture
def incidents(sim: Simulator, act: Action) -> list[str]:
    for number in range(3):
        act(title=f"Down {number}", service="PSVC001", port_client_id=None)
    return list(sim.pagerduty.state.incidents)


def merges(sim: Simulator) -> int:
    return len([e for e in sim.exchanges if e.path.endswith("/merge")])


def test_sources_are_resolved_in_pagerduty_and_in_the_catalog(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    target, *sources = incidents
    first = act("merge", incident=target, source_incidents=sources[0], port_client_id=None)
    assert "Merged #1235 Down 1 into #1234 Down 0." in first.log

    event = from_port(sim, target, source_incidents=", ".join(sources))
    result = act("merge", event=event)
    assert result.code == 0, result.log
    states = [incident["status"] for incident in sim.pagerduty.state.incidents.values()]
    assert states == ["triggered", "resolved", "resolved"]
    entities = sim.port.state.entities["pagerdutyIncident"]
    assert [entities[one]["properties"]["status"] for one in incidents] == states
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "Merged #1236 Down 2 into #1234 Down 0; #1235 Down 1 was already merged." in log
    assert result.outputs["incident-id"] == target

    result = act("merge", event=event)
    assert result.code == 0, result.log
    assert (
        "No changes: #1235 Down 1, #1236 Down 2 were already merged into #1234 Down 0."
        in result.log
    )
    assert merges(sim) == 2


@pytest.mark.parametrize(
    ("source", "expected"), [("{0}", "can't be merged into itself"), ("{1},QUNKNOWN0", "QUNKNOWN0")]
)
def test_a_wrong_source_merges_nothing(
    sim: Simulator, act: Action, incidents: list[str], source: str, expected: str
) -> None:
    result = act("merge", incident=incidents[0], source_incidents=source.format(*incidents))
    assert result.code == 1
    assert expected in result.annotations("error")[0]
    assert merges(sim) == 0


def test_a_lost_response_is_a_success_all_the_same(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    sim.faults.add(Fault("reset", api="pagerduty", path="*/merge", count=1, processed=True))
    result = act("merge", incident=incidents[0], source_incidents=incidents[1])
    assert result.code == 0, result.log
    assert "Merged #1235 Down 1 into" in result.log


def test_a_resolved_source_is_named(sim: Simulator, act: Action, incidents: list[str]) -> None:
    act("resolve", incident=incidents[1])
    result = act("merge", incident=incidents[0], source_incidents=",".join(incidents[1:]))
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "#1235 Down 1 is resolved, perhaps by an earlier merge" in error
    states = [incident["status"] for incident in sim.pagerduty.state.incidents.values()]
    assert states == ["triggered", "resolved", "triggered"]


@pytest.mark.parametrize(("status", "code"), [(400, 1019), (403, 2010)])
def test_any_other_rejection_is_reported_in_pagerdutys_words(
    sim: Simulator, act: Action, incidents: list[str], status: int, code: int
) -> None:
    body = f'{{"error": {{"code": {code}, "message": "No"}}}}'
    sim.faults.add(Fault("status", path="*/merge", status=status, body=body))
    result = act("merge", incident=incidents[0], source_incidents=incidents[1])
    assert result.code == 1
    assert f"failed to merge the incidents: it answered {status}, code {code}" in result.log
    assert merges(sim) == 1
