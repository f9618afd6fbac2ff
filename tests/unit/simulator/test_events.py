"""Events are taken, checked and dropped as by PagerDuty's Events API."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
PAYLOAD = {"summary": "Disk full", "source": "db-1", "severity": "critical"}


def settle(sim: Simulator) -> list[dict[str, Any]]:
    """Wait until all that was triggered has appeared, and list the incidents."""
    deadline = time.monotonic() + 3
    while sim.pagerduty.state.upcoming and time.monotonic() < deadline:
        time.sleep(0.005)
    with sim.pagerduty.state.lock:
        return list(sim.pagerduty.state.incidents.values())


@pytest.fixture(autouse=True)
def _quick(sim: Simulator) -> None:
    sim.events.delay_ms = 5


def test_a_trigger_opens_an_incident_with_an_alert(sim: Simulator, send: Ask) -> None:
    answer = send()
    assert answer.status_code == 202
    expected = {"status": "success", "message": "Event processed", "dedup_key": "disk"}
    assert answer.json() == expected
    (incident,) = settle(sim)
    assert (incident["title"], incident["incident_key"]) == ("Disk full", "disk")
    assert incident["service"]["id"] == "PSVC001"
    (alert,) = sim.pagerduty.state.alerts[incident["id"]]
    assert (alert["alert_key"], alert["severity"]) == ("disk", "critical")


def test_the_incident_appears_only_after_a_while(sim: Simulator, send: Ask) -> None:
    sim.events.delay_ms = 60_000
    assert send().status_code == 202
    assert sim.pagerduty.state.incidents == {}
    assert list(sim.pagerduty.state.upcoming) == [("disk", "PSVC001")]


def test_a_reset_takes_back_what_hasnt_appeared_yet(sim: Simulator, send: Ask) -> None:
    sim.events.delay_ms = 50
    assert sim.events.delay_ms == 50
    send()
    sim.pagerduty.state.reset()
    time.sleep(0.1)
    assert sim.pagerduty.state.incidents == {}


@pytest.mark.parametrize("body", [b"[]", b"", b"summary=Down"])
def test_what_isnt_an_object_is_no_event(sim: Simulator, body: bytes) -> None:
    answer = requests.post(f"{sim.events.url}/v2/enqueue", data=body, timeout=5)
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")


def test_a_missing_dedup_key_is_made_up(sim: Simulator, send: Ask) -> None:
    keys = {send(dedup_key=None).json()["dedup_key"] for _ in range(2)}
    assert len(keys) == 2
    assert {incident["incident_key"] for incident in settle(sim)} == keys


@pytest.mark.parametrize(
    ("severity", "urgency"),
    [("critical", "high"), ("error", "high"), ("warning", "low"), ("info", "low")],
)
def test_severity_decides_urgency(sim: Simulator, send: Ask, severity: str, urgency: str) -> None:
    send(payload=PAYLOAD | {"severity": severity})
    assert [incident["urgency"] for incident in settle(sim)] == [urgency]


def test_a_repeated_trigger_adds_nothing_while_the_incident_is_open(
    sim: Simulator, send: Ask
) -> None:
    for _ in range(2):
        send()
    assert len(settle(sim)) == 1
    send()
    assert len(settle(sim)) == 1


def test_a_trigger_after_a_resolve_opens_a_new_one(sim: Simulator, send: Ask) -> None:
    send()
    settle(sim)
    send(event_action="resolve", payload=None)
    send()
    assert [incident["status"] for incident in settle(sim)] == ["resolved", "triggered"]


def test_events_take_effect_in_order_even_before_the_incident_appears(
    sim: Simulator, send: Ask
) -> None:
    for action in ("trigger", "acknowledge", "resolve"):
        assert send(event_action=action).status_code == 202
    (incident,) = settle(sim)
    assert incident["status"] == "resolved"
    assert incident["alert_counts"] == {"all": 1, "triggered": 0, "resolved": 1}
    log = [entry["summary"] for entry in sim.pagerduty.state.log_entries[incident["id"]]]
    assert log == ["trigger", "assign", "notify", "acknowledge", "resolve"]


def test_a_repeated_trigger_doesnt_undo_what_came_before_it(sim: Simulator, send: Ask) -> None:
    sim.events.delay_ms = 50
    for action in ("trigger", "acknowledge", "trigger"):
        send(event_action=action)
    assert [incident["status"] for incident in settle(sim)] == ["acknowledged"]


@pytest.mark.parametrize(
    "changes",
    [
        {"dedup_key": "unknown"},
        {"dedup_key": None},
        {"routing_key": "R1123456789ABCDEF0123456789ABCDE"},
        {"routing_key": "X" * 32},
    ],
    ids=["unknown key", "no key", "another integration's key", "unknown routing key"],
)
def test_what_fits_no_incident_is_accepted_and_dropped(
    sim: Simulator, send: Ask, changes: dict[str, Any]
) -> None:
    send()
    settle(sim)
    assert send(event_action="acknowledge", payload=None, **changes).status_code == 202
    assert [incident["status"] for incident in settle(sim)] == ["triggered"]


def test_a_trigger_with_an_unknown_routing_key_pages_nobody(sim: Simulator, send: Ask) -> None:
    assert send(routing_key="X" * 32).status_code == 202
    assert settle(sim) == []


def test_with_nobody_on_call_nothing_is_opened(sim: Simulator, send: Ask) -> None:
    sim.pagerduty.state.services["PSVC001"]["escalation_policy"] = {"id": "PPOL003"}
    assert send().status_code == 202
    assert settle(sim) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"routing_key": "short"}, "'routing_key' is incorrect"),
        ({"routing_key": None}, "'routing_key' is incorrect"),
        ({"event_action": "open"}, "'event_action'"),
        ({"dedup_key": "k" * 256}, "'dedup_key' is too long"),
        ({"payload": None}, "'payload' is missing"),
        ({"payload": PAYLOAD | {"summary": ""}}, "'payload.summary'"),
        ({"payload": PAYLOAD | {"summary": "s" * 1025}}, "'payload.summary'"),
        ({"payload": PAYLOAD | {"source": None}}, "'payload.source'"),
        ({"payload": PAYLOAD | {"severity": "Critical"}}, "'payload.severity'"),
        ({"payload": PAYLOAD | {"custom_details": "x" * 2**19}}, "too large"),
    ],
)
def test_an_invalid_event_is_refused(
    sim: Simulator, send: Ask, changes: dict[str, Any], words: str
) -> None:
    answer = send(**changes)
    assert answer.status_code == 400
    body = answer.json()
    assert (body["status"], body["message"]) == ("invalid event", "Event object is invalid")
    assert any(words in error for error in body["errors"])
    assert settle(sim) == []


def test_at_the_limit_an_event_is_still_valid(send: Ask) -> None:
    payload = PAYLOAD | {"summary": "s" * 1024}
    assert send(dedup_key="k" * 255, payload=payload).status_code == 202


@pytest.mark.parametrize(("payload", "status"), [({"summary": "Deployed"}, 202), ({}, 400)])
def test_change_events(sim: Simulator, payload: dict[str, str], status: int) -> None:
    url = f"{sim.events.url}/v2/change/enqueue"
    event = {"routing_key": "R" * 32, "payload": payload}
    assert requests.post(url, json=event, timeout=5).status_code == status
    assert requests.post(url, data=b"[]", timeout=5).status_code == 400
