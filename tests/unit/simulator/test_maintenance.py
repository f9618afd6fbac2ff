"""PagerDuty's maintenance windows: nobody is paged in them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


def window(start: datetime = NOW - HOUR, hours: float = 2, **changes: object) -> dict[str, Any]:
    return {
        "type": "maintenance_window",
        "start_time": start.isoformat(),
        "end_time": (start + timedelta(hours=hours)).isoformat(),
        "description": "Upgrade",
        "services": [{"id": "PSVC001", "type": "service_reference"}],
    } | changes


def add(pagerduty: Ask, wanted: dict[str, Any], **headers: str | None) -> requests.Response:
    return pagerduty("POST", "/maintenance_windows", {"maintenance_window": wanted}, **headers)


def listed(pagerduty: Ask, query: str = "") -> list[str]:
    found = pagerduty("GET", f"/maintenance_windows?{query}").json()["maintenance_windows"]
    return [window["description"] for window in found]


def notified(pagerduty: Ask, service: str) -> list[str]:
    body = {"type": "incident", "title": "Down", "service": {"id": service}}
    made = pagerduty("POST", "/incidents", {"incident": body}).json()["incident"]
    log = pagerduty("GET", f"/incidents/{made['id']}/log_entries").json()["log_entries"]
    return [entry["user"]["id"] for entry in log if entry["type"] == "notify_log_entry"]


def test_nobody_is_paged_while_it_is_open(pagerduty: Ask) -> None:
    made = add(pagerduty, window())
    assert made.status_code == 201
    assert made.json()["maintenance_window"]["created_by"]["id"] == "PUSER1"
    service = pagerduty("GET", "/services/PSVC001").json()["service"]
    assert service["status"] == "maintenance"
    assert notified(pagerduty, "PSVC001") == []
    assert notified(pagerduty, "PSVC003") == ["PUSER1"]


def test_events_do_nothing_while_it_is_open(sim: Simulator, pagerduty: Ask, send: Ask) -> None:
    sim.events.delay_ms = 0
    add(pagerduty, window())
    assert send().status_code == 202
    time.sleep(0.1)
    assert sim.pagerduty.state.incidents == {}


def test_one_to_come_changes_nothing_yet(pagerduty: Ask) -> None:
    add(pagerduty, window(NOW + HOUR))
    assert notified(pagerduty, "PSVC001") == ["PUSER1"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["past", "ongoing", "future"]),
        ("filter=open", ["ongoing", "future"]),
        ("filter=ongoing", ["ongoing"]),
        ("filter=future", ["future"]),
        ("filter=past", ["past"]),
        ("filter=all&query=FUT", ["future"]),
        ("service_ids[]=PSVC002", ["future"]),
        ("service_ids[]=PSVC003", []),
    ],
)
def test_windows_are_filtered(
    sim: Simulator, pagerduty: Ask, query: str, expected: list[str]
) -> None:
    both = [{"id": "PSVC001"}, {"id": "PSVC002"}]
    past = add(pagerduty, window(description="past")).json()["maintenance_window"]["id"]
    ended = {"end_time": (NOW - timedelta(minutes=1)).strftime("%FT%TZ")}
    sim.pagerduty.state.maintenance_windows[past] |= ended
    add(pagerduty, window(description="ongoing"))
    add(pagerduty, window(NOW + HOUR, description="future", services=both))
    assert listed(pagerduty, query) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        window(hours=-1),
        window(NOW - 9 * HOUR),
        window(start_time="soon"),
        window(services=[]),
        window(services=[{"id": "PNONE"}]),
    ],
)
def test_a_wrong_window_is_refused(pagerduty: Ask, wrong: dict[str, Any]) -> None:
    answer = add(pagerduty, wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2001)
    assert listed(pagerduty) == []


def test_somebody_must_ask_for_it(pagerduty: Ask) -> None:
    assert add(pagerduty, window(), From=None).json()["error"]["code"] == 2016
    assert pagerduty("GET", "/maintenance_windows?filter=now").status_code == 400
