"""The Events API: what it accepts, and what it then silently drops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.events import process_pending

Ask = Callable[..., requests.Response]
PAYLOAD = {"summary": "Disk full", "source": "db-1", "severity": "critical"}


def statuses(sim: Simulator) -> list[str]:
    return [incident["status"] for incident in sim.pagerduty.state.incidents.values()]


def test_events_take_effect_in_order(sim: Simulator, send: Ask) -> None:
    for actions, expected in [
        (["trigger", "trigger"], ["triggered"]),
        (["trigger", "acknowledge", "trigger"], ["acknowledged"]),
        (["trigger", "acknowledge", "resolve"], ["resolved"]),
        (["trigger", "resolve", "acknowledge"], ["resolved"]),
        (["trigger", "resolve", "trigger"], ["resolved", "triggered"]),
    ]:
        for delay_ms in (60_000, 0):
            sim.pagerduty.state.reset()
            sim.events.delay_ms = delay_ms
            for action in actions:
                assert send(event_action=action).status_code == 202
            assert statuses(sim) == ([] if delay_ms else expected)
            process_pending(sim.pagerduty.state)
            assert statuses(sim) == expected


def nobody_on_call(sim: Simulator) -> None:
    sim.pagerduty.state.services["PSVC001"]["escalation_policy"] = {"id": "PPOL003"}


def disabled(sim: Simulator) -> None:
    sim.pagerduty.state.services["PSVC001"]["status"] = "disabled"


def in_maintenance(sim: Simulator) -> None:
    sim.pagerduty.state.maintenance_windows["PMAINT1"] = {
        "start_time": "2020-01-01T00:00:00Z",
        "end_time": "2099-01-01T00:00:00Z",
        "services": [{"id": "PSVC001"}],
    }


def test_a_trigger_that_can_page_nobody_is_accepted_and_dropped(sim: Simulator, send: Ask) -> None:
    for change in (nobody_on_call, disabled, in_maintenance):
        sim.pagerduty.state.reset()
        change(sim)
        assert send().status_code == 202
        assert statuses(sim) == []


def test_a_change_event_without_a_service_is_accepted_and_dropped(sim: Simulator) -> None:
    url = f"{sim.events.url}/v2/change/enqueue"
    event = {"routing_key": "X" * 32, "payload": {"summary": "Deployed"}}
    assert requests.post(url, json=event, timeout=5).status_code == 202
    assert sim.pagerduty.state.change_events == {}
    assert requests.post(url, json=event | {"payload": {}}, timeout=5).status_code == 400


def test_an_invalid_event_is_rejected(sim: Simulator, send: Ask) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"routing_key": "short"}, "'routing_key' is incorrect"),
        ({"dedup_key": "k" * 256}, "'dedup_key' is too long"),
        ({"payload": PAYLOAD | {"summary": "s" * 1025}}, "'payload.summary'"),
        ({"payload": PAYLOAD | {"severity": "Critical"}}, "'payload.severity'"),
        ({"payload": PAYLOAD | {"custom_details": "x" * 2**19}}, "too large"),
    ]
    for changes, message in cases:
        response = send(**changes)
        assert response.status_code == 400
        assert response.json()["status"] == "invalid event"
        assert any(message in error for error in response.json()["errors"])
        assert statuses(sim) == []
