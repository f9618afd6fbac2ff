"""``operation: sync-plan``: services are split into shards, and each job syncs one."""

from __future__ import annotations

import json
from typing import Any

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty.seed_history import seed_incidents


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
    split = "Split 3 services across 2 jobs."
    assert split in "\n".join(sim.port.state.runs[run_id_of(event)].logs)

    for job in matrix["include"]:
        part = act("sync", service=job["services"], shard=job["shard"])
        assert part.code == 0, part.log
        assert part.annotations("notice")[0].startswith(f"Shard {job['shard']}: Synced")
    assert len(sim.port.state.entities["pagerdutyIncident"]) == 75


def test_jobs_get_as_many_services_instead_and_a_repetition_the_same(
    sim: Simulator, act: Action
) -> None:
    seed_incidents(sim.pagerduty.state, 9, "PSVC003", status="triggered")
    first, second = (act("sync-plan", balance="Services", shards="2") for _ in range(2))
    assert first.outputs["matrix"] == second.outputs["matrix"]
    assert [one["services"] for one in json.loads(first.outputs["matrix"])["include"]] == [
        "PSVC001,PSVC003",
        "PSVC002",
    ]
    assert [one.path for one in sim.exchanges if one.api == "pagerduty"] == ["/services"] * 2


def test_incidents_of_the_statuses_that_are_synced_count(sim: Simulator, act: Action) -> None:
    seed_incidents(sim.pagerduty.state, 5, "PSVC003", status="resolved")
    seed_incidents(sim.pagerduty.state, 9, "PSVC001", status="triggered")
    result = act("sync-plan", status="Resolved", service="Database, Checkout", shards="1")
    assert result.code == 0, result.log
    assert "Split 2 services across 1 job." in result.log
    assert "<td>1</td><td>2</td><td>5</td>" in result.summary


def test_without_services_there_are_no_jobs(sim: Simulator, act: Action) -> None:
    sim.pagerduty.state.services.clear()
    result = act("sync-plan")
    assert result.code == 0, result.log
    assert (result.outputs["matrix"], result.outputs["count"]) == ('{"include": []}', "0")
    assert "There are no services to split." in result.log


def test_it_needs_no_port(sim: Simulator, act: Action) -> None:
    result = act("sync-plan", port_client_id=None, port_client_secret=None)
    assert result.code == 0, result.log
    assert {one.api for one in sim.exchanges} == {"pagerduty"}


def test_wrong_inputs_are_named(sim: Simulator, act: Action) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"shards": "1000"}, "'shards' must be at most 256"),
        ({"shards": "0"}, "'shards' must be at least 1"),
        ({"balance": "teams"}, "'balance' must be"),
        ({"status": "open"}, "must be one of triggered"),
    ]
    for inputs, problem in cases:
        result = act("sync-plan", **inputs)
        assert result.code == 1
        assert problem in result.annotations("error")[0]
        assert [one for one in sim.exchanges if one.api == "pagerduty"] == []


def test_a_refusal_of_pagerduty_is_explained(sim: Simulator, act: Action) -> None:
    for path, action in [("/services", "list the services"), ("/incidents", "count the incidents")]:
        body = json.dumps({"error": {"code": 2010, "message": "Access Denied"}})
        sim.faults.add(Fault("status", api="pagerduty", path=path, status=403, body=body))
        result = act("sync-plan")
        assert result.code == 1
        (error,) = result.annotations("error")
        assert f'PagerDuty failed to {action}: it answered 403, code 2010 "Access Denied"' in error
        assert "matrix" not in result.outputs
