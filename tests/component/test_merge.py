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
    sim.faults.add(Fault("reset", api="pagerduty", path="*/merge", processed=True))
    first = act("merge", incident=target, source_incidents=sources[0], port_client_id=None)
    assert "Merged #1235 Down 1 into #1234 Down 0." in first.log

    event = from_port(sim, target, source_incidents=", ".join(sources))
    result = act.succeed("merge", event=event)
    states = [incident["status"] for incident in sim.pagerduty.state.incidents.values()]
    assert states == ["triggered", "resolved", "resolved"]
    entities = sim.port.state.entities["pagerdutyIncident"]
    assert [entities[one]["properties"]["status"] for one in incidents] == states
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "Merged #1236 Down 2 into #1234 Down 0; #1235 Down 1 was already merged." in log
    assert result.outputs["incident-id"] == target

    result = act.succeed("merge", event=event)
    assert (
        "No changes: #1235 Down 1, #1236 Down 2 were already merged into #1234 Down 0."
        in result.log
    )
    assert merges(sim) == 3


def test_what_cannot_be_merged_is_reported(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    target, source, other = incidents
    for given, words in [
        (target, "can't be merged into itself"),
        (f"{source},QUNKNOWN0", "QUNKNOWN0"),
    ]:
        assert words in act.fail("merge", incident=target, source_incidents=given)
    assert merges(sim) == 0
    for status, code in [(400, 1019), (403, 2010)]:
        body = f'{{"error": {{"code": {code}, "message": "No"}}}}'
        sim.faults.add(Fault("status", path="*/merge", status=status, body=body))
        error = act.fail("merge", incident=target, source_incidents=source)
        assert f"failed to merge the incidents: it answered {status}, code {code}" in error
        assert "resolved" not in error
        act("resolve", incident=source)
    assert merges(sim) == 2
    error = act.fail("merge", incident=target, source_incidents=f"{source},{other}")
    assert "#1235 Down 1 is resolved, perhaps by an earlier merge" in error
    states = [incident["status"] for incident in sim.pagerduty.state.incidents.values()]
    assert states == ["triggered", "resolved", "triggered"]
