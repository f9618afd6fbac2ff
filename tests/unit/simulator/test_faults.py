"""Injected faults: which requests they hit, and what the client sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.exchange import Request
from pd_incident_simulator.faults import FaultKind, Faults

Ask = Callable[..., requests.Response]
NEW = {"incident": {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}}
UPDATE = Request("PUT", "/incidents/Q1", {}, {}, b"")


def inject(sim: Simulator, kind: FaultKind, **details: Any) -> None:  # noqa: ANN401 - a Fault's fields
    sim.faults.add(Fault(kind, api="pagerduty", method="POST", path="/incidents", **details))


def test_which_requests_are_hit() -> None:
    cases: list[tuple[dict[str, Any], list[bool]]] = [
        ({}, [True, False, False]),
        ({"count": None}, [True, True, True]),
        ({"skip": 1}, [False, True, False]),
        ({"api": "port", "count": None}, [False, False, False]),
        ({"method": "GET", "count": None}, [False, False, False]),
        ({"path": "/incidents", "count": None}, [False, False, False]),
        ({"path": "/incidents/*", "count": None}, [True, True, True]),
    ]
    for fault, hits in cases:
        faults = Faults()
        faults.add(Fault("reset", **fault))
        assert [faults.next("pagerduty", UPDATE) is not None for _ in hits] == hits
    faults = Faults()
    for kind in ("reset", "hang", "slow"):
        faults.add(Fault(kind))
    found = (faults.next("pagerduty", UPDATE) for _ in range(2))
    assert [fault.kind for fault in found if fault] == ["reset", "hang"]
    faults.clear()
    assert faults.next("pagerduty", UPDATE) is None


@pytest.mark.parametrize("processed", [False, True])
def test_a_request_takes_effect_or_not(sim: Simulator, pagerduty: Ask, *, processed: bool) -> None:
    details = {"status": 503, "body": "Busy", "headers": {"Retry-After": "1"}}
    inject(sim, "status", processed=processed, content_type="text/plain", **details)
    response = pagerduty("POST", "/incidents", NEW)
    assert (response.status_code, response.text) == (503, "Busy")
    assert response.headers["Retry-After"] == "1"
    assert response.headers["Content-Type"] == "text/plain"
    assert len(sim.pagerduty.state.incidents) == int(processed)
    for kind in ("reset", "hang"):
        sim.pagerduty.state.reset()
        inject(sim, kind, processed=processed, seconds=0.01)
        with pytest.raises(requests.ConnectionError):
            pagerduty("POST", "/incidents", NEW)
        assert len(sim.pagerduty.state.incidents) == int(processed)
        exchange = sim.exchanges[-1]
        assert (exchange.status, exchange.response_body, exchange.fault) == (0, b"", kind)
    assert pagerduty("POST", "/incidents", NEW).status_code == 201
    assert [exchange.fault for exchange in sim.exchanges] == ["status", "reset", "hang", None]


def test_a_response_is_late_cut_short_or_another_one(sim: Simulator, pagerduty: Ask) -> None:
    inject(sim, "slow", seconds=0.05)
    response = pagerduty("POST", "/incidents", NEW)
    assert response.status_code == 201
    assert response.elapsed.total_seconds() >= 0.05
    inject(sim, "truncate")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        pagerduty("POST", "/incidents", NEW)
    assert len(sim.pagerduty.state.incidents) == 2
    inject(sim, "garbage")
    response = pagerduty("POST", "/incidents", NEW)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html")
    assert response.text.startswith("<!doctype html>")
    inject(sim, "huge", megabytes=3)
    response = pagerduty("POST", "/incidents", NEW)
    assert (response.status_code, len(response.content)) == (201, 3 * 2**20)
    inject(sim, "content_type", content_type="text/plain")
    response = pagerduty("POST", "/incidents", NEW)
    assert (response.status_code, response.headers["Content-Type"]) == (201, "text/plain")
    assert response.json()["incident"]["title"] == "Down"
    assert response.headers["ratelimit-limit"] == "960", "the rest of the response is unchanged"
    assert len(sim.pagerduty.state.incidents) == 4


def test_echo_repeats_secrets(sim: Simulator, pagerduty: Ask) -> None:
    inject(sim, "echo", status=400)
    response = pagerduty("POST", "/incidents", NEW)
    assert response.status_code == 400
    message = response.json()["error"]["message"]
    assert "pd-account-token" in message
    assert "Down" in message
    assert sim.pagerduty.state.incidents == {}
