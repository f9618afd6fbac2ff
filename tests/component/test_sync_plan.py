"""``operation: sync-plan``: services are shared out, and each job copies its part."""

from __future__ import annotations

import json

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty.past import seed_incidents


def test_the_parts_together_are_everything(sim: Simulator, act: Action) -> None:
    state = sim.pagerduty.state
    for service, number in (("PSVC001", 40), ("PSVC002", 25), ("PSVC003", 10)):
        seed_incidents(state, number, service, status="triggered")
    event = from_port(sim, None)
    result = act("sync-plan", shards="2", event=event)
    assert result.code == 0, result.log
    matrix = json.loads(result.outputs["matrix"])
    assert matrix == {
        "include": [
            {"shard": "1", "services": "PSVC001"},
            {"shard": "2", "services": "PSVC002,PSVC003"},
        ]
    }
    assert result.outputs["count"] == "2"
    shared = "Shared 3 services out among 2 jobs."
    assert shared in "\n".join(sim.port.state.runs[run_id_of(event)].logs)

    for job in matrix["include"]:
        part = act("sync", service=job["services"], shard=job["shard"])
        assert part.code == 0, part.log
        assert part.annotations("notice")[0].startswith(f"Shard {job['shard']}: Copied")
    assert len(sim.port.state.entities["pagerdutyIncident"]) == 75


def test_a_repetition_shares_out_alike(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 9, "PSVC003", status="triggered")
    first, second = (act("sync-plan", balance="services", shards="3") for _ in range(2))
    assert first.outputs["matrix"] == second.outputs["matrix"]
    assert first.outputs["count"] == "3"


def test_it_needs_no_port(sim: Simulator, act: Action) -> None:
    result = act("sync-plan", port_client_id=None, port_client_secret=None)
    assert result.code == 0, result.log
    assert {one.api for one in sim.exchanges} == {"pagerduty"}


def test_too_many_shards_are_refused(sim: Simulator, act: Action) -> None:
    result = act("sync-plan", shards="1000")
    assert result.code == 1
    assert "'shards' must be at most 256" in result.annotations("error")[0]
    assert [one for one in sim.exchanges if one.api == "pagerduty"] == []


def test_a_refusal_of_pagerduty_is_explained(sim: Simulator, act: Action) -> None:
    body = json.dumps({"error": {"code": 2010, "message": "Access Denied"}})
    sim.faults.add(Fault("status", api="pagerduty", path="/services", status=403, body=body))
    result = act("sync-plan")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert (
        'PagerDuty did not list the services: it answered 403, code 2010 "Access Denied"' in error
    )
    assert "matrix" not in result.outputs
