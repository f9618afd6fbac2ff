"""Corners in which a double is easily kinder, or ruder, than the real APIs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
ENTITIES = "/v1/blueprints/pagerdutyIncident/entities"


def settle(sim: Simulator) -> list[dict[str, Any]]:
    """Wait until all that was triggered has appeared, and list the incidents."""
    deadline = time.monotonic() + 3
    while sim.pagerduty.state.upcoming and time.monotonic() < deadline:
        time.sleep(0.005)
    with sim.pagerduty.state.lock:
        return list(sim.pagerduty.state.incidents.values())


def test_a_trigger_after_a_quick_resolve_opens_a_new_incident(sim: Simulator, send: Ask) -> None:
    sim.events.delay_ms = 300
    for action in ("trigger", "resolve", "trigger"):
        send(event_action=action)
    assert "triggered" in [incident["status"] for incident in settle(sim)]


def test_a_reset_takes_back_old_events_for_good(sim: Simulator, send: Ask) -> None:
    sim.events.delay_ms = 300
    for title in ("Old", "New"):
        sim.pagerduty.state.reset()
        send(payload={"summary": title, "source": "db-1", "severity": "error"})
    assert [incident["title"] for incident in settle(sim)] == ["New"]


def test_with_low_urgency_no_escalation_stays_due(pagerduty: Ask, incident: str) -> None:
    changed = pagerduty("PUT", incident, {"incident": {"urgency": "low"}}).json()["incident"]
    assert changed["pending_actions"] == []


def test_an_incident_that_is_triggered_again_is_due_for_escalation(
    pagerduty: Ask, incident: str
) -> None:
    for status in ("acknowledged", "triggered"):
        changed = pagerduty("PUT", incident, {"incident": {"status": status}}).json()["incident"]
    assert [action["type"] for action in changed["pending_actions"]] == ["escalate"]


def test_levels_are_counted_from_one(pagerduty: Ask, incident: str) -> None:
    answer = pagerduty("PUT", incident, {"incident": {"escalation_level": 0}})
    assert answer.status_code == 400


def test_many_change_all_or_not_at_all(sim: Simulator, pagerduty: Ask, incident: str) -> None:
    identifier = incident.rsplit("/", 1)[-1]
    changes = [{"id": identifier, "status": status} for status in ("acknowledged", "open")]
    assert pagerduty("PUT", "/incidents", {"incidents": changes}).status_code == 400
    assert sim.pagerduty.state.incidents[identifier]["status"] == "triggered"


def test_a_key_must_be_announced(pagerduty: Ask) -> None:
    assert pagerduty("GET", "/abilities", Authorization="pd-account-token").status_code == 401


def test_an_access_token_must_be_announced(sim: Simulator) -> None:
    headers = {"Authorization": sim.port.state.sign_in()}
    answer = requests.get(f"{sim.port.url}/v1/blueprints", headers=headers, timeout=5)
    assert answer.status_code == 401


def test_a_refused_change_leaves_a_run_as_it_was(sim: Simulator, port: Ask) -> None:
    run_id = sim.port.state.start_run()
    change = {"link": "https://x.example", "summary": 7}
    assert port("PATCH", f"/v1/actions/runs/{run_id}", change).status_code == 422
    assert sim.port.state.runs[run_id].link == []


def test_an_unknown_status_of_a_node_run_is_refused(sim: Simulator, port: Ask) -> None:
    path = f"/v1/workflows/nodes/runs/{sim.port.state.start_run('wfnr_1')}"
    assert port("PATCH", path, {"status": "DONE"}).status_code == 422


def test_a_title_is_a_text(port: Ask) -> None:
    assert port("POST", ENTITIES, {"identifier": "Q1", "title": 7}).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/v1/actions/runs/r_1", {"link": 7}),
        ("PATCH", "/v1/workflows/nodes/runs/wfnr_1", {"links": 7}),
        ("PATCH", "/v1/workflows/nodes/runs/wfnr_1", {"status": "COMPLETED", "result": []}),
        ("POST", f"{ENTITIES}/bulk", {"entities": ["Q1"]}),
        ("POST", f"{ENTITIES}/search", {"query": 7}),
        ("POST", "/v1/entities/search", {"combinator": "and", "rules": 7}),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused(
    sim: Simulator, port: Ask, method: str, path: str, body: object
) -> None:
    for run_id in ("r_1", "wfnr_1"):
        sim.port.state.start_run(run_id)
    assert port(method, path, body).status_code == 422


def test_a_dedup_key_is_a_text(send: Ask) -> None:
    assert send(dedup_key=["disk"]).status_code == 400


@pytest.mark.parametrize(
    "wrong", [{"status": "503"}, {"count": "2"}, {"path": None}, {"skip": "1"}]
)
def test_a_fault_of_the_wrong_type_is_refused(sim: Simulator, wrong: dict[str, object]) -> None:
    fault = {"kind": "status"} | wrong
    answer = requests.post(f"{sim.control.url}/control/faults", json=fault, timeout=5)
    assert answer.status_code == 400


def test_a_runs_id_is_a_text(sim: Simulator) -> None:
    url = f"{sim.control.url}/control/runs"
    assert requests.post(url, json={"run_id": ["r_1"]}, timeout=5).status_code == 400
