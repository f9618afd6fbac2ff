"""What is ordered to go wrong goes wrong like that, to those requests, so many times."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.faults import Faults, ResourceType

Ask = Callable[..., requests.Response]
NEW = {"incident": {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}}


def order(sim: Simulator, kind: ResourceType, **details: Any) -> None:  # noqa: ANN401 - a Fault's fields
    sim.faults.add(Fault(kind, api="pagerduty", method="POST", path="/incidents", **details))


@pytest.mark.parametrize(
    ("fault", "hits"),
    [
        ({}, [True, False, False]),
        ({"count": 2}, [True, True, False]),
        ({"count": None}, [True, True, True]),
        ({"skip": 1}, [False, True, False]),
        ({"skip": 1, "count": None}, [False, True, True]),
        ({"api": "port", "count": None}, [False, False, False]),
        ({"method": "GET", "count": None}, [False, False, False]),
        ({"path": "/incidents", "count": None}, [False, False, False]),
        ({"path": "/incidents/*", "count": None}, [True, True, True]),
    ],
)
def test_which_requests_are_hit(fault: dict[str, Any], hits: list[bool]) -> None:
    faults = Faults()
    faults.add(Fault("reset", **fault))
    found = [faults.next("pagerduty", "PUT", "/incidents/Q1") is not None for _ in hits]
    assert found == hits


def test_faults_come_one_after_the_other_until_they_are_cleared() -> None:
    faults = Faults()
    for kind in ("reset", "hang", "slow"):
        faults.add(Fault(kind))
    kinds = [fault.kind for fault in (faults.next("a", "GET", "/") for _ in range(2)) if fault]
    assert kinds == ["reset", "hang"]
    faults.clear()
    assert faults.next("a", "GET", "/") is None


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind must be one of status, reset"):
        Fault("explode")  # type: ignore[arg-type]


@pytest.mark.parametrize("processed", [False, True])
def test_a_status(sim: Simulator, pagerduty: Ask, processed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    details = {"status": 503, "body": "Busy", "headers": {"Retry-After": "1"}}
    order(sim, "status", processed=processed, content_type="text/plain", **details)
    answer = pagerduty("POST", "/incidents", NEW)
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (503, "Busy", "1")
    assert answer.headers["Content-Type"] == "text/plain"
    assert len(sim.pagerduty.state.incidents) == int(processed)
    assert [exchange.fault for exchange in sim.exchanges] == ["status"]
    assert pagerduty("POST", "/incidents", NEW).status_code == 201


@pytest.mark.parametrize("kind", ["reset", "hang"])
@pytest.mark.parametrize("processed", [False, True])
def test_no_answer(sim: Simulator, pagerduty: Ask, kind: ResourceType, processed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    order(sim, kind, processed=processed, seconds=0.05)
    started = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        pagerduty("POST", "/incidents", NEW)
    assert (time.monotonic() - started >= 0.05) == (kind == "hang")
    assert len(sim.pagerduty.state.incidents) == int(processed)
    (exchange,) = sim.exchanges
    assert (exchange.status, exchange.response_body, exchange.fault) == (0, b"", kind)


def test_a_slow_answer(sim: Simulator, pagerduty: Ask) -> None:
    order(sim, "slow", seconds=0.08)
    started = time.monotonic()
    assert pagerduty("POST", "/incidents", NEW).status_code == 201
    assert time.monotonic() - started >= 0.08


def test_a_body_cut_short(sim: Simulator, pagerduty: Ask) -> None:
    order(sim, "truncate")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        pagerduty("POST", "/incidents", NEW)
    assert len(sim.pagerduty.state.incidents) == 1


def test_garbage_instead_of_json(sim: Simulator, pagerduty: Ask) -> None:
    order(sim, "garbage")
    answer = pagerduty("POST", "/incidents", NEW)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_huge_body(sim: Simulator, pagerduty: Ask) -> None:
    order(sim, "huge", megabytes=3)
    answer = pagerduty("POST", "/incidents", NEW)
    assert (answer.status_code, len(answer.content)) == (201, 3 * 2**20)


def test_the_wrong_content_type(sim: Simulator, pagerduty: Ask) -> None:
    order(sim, "content_type", content_type="text/plain")
    answer = pagerduty("POST", "/incidents", NEW)
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "text/plain")
    assert answer.json()["incident"]["title"] == "Down"
    assert answer.headers["ratelimit-limit"] == "960", "the rest of the answer is as ever"


def test_a_redirect(sim: Simulator) -> None:
    order(sim, "redirect", location="https://attacker.example.com/")
    url = f"{sim.pagerduty.url}/incidents"
    answer = requests.post(url, json=NEW, timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "https://attacker.example.com/",
    )
    assert sim.pagerduty.state.incidents == {}


def test_an_echo_repeats_secrets(sim: Simulator, pagerduty: Ask) -> None:
    order(sim, "echo", status=400)
    answer = pagerduty("POST", "/incidents", NEW)
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    assert "pd-account-token" in message
    assert "Down" in message
    assert sim.pagerduty.state.incidents == {}


def test_a_refused_connection_until_the_listener_is_back(sim: Simulator, pagerduty: Ask) -> None:
    url = sim.pagerduty.url
    sim.pagerduty.stop()
    with pytest.raises(requests.ConnectionError, match="refused"):
        pagerduty("GET", "/abilities")
    sim.pagerduty.start()
    assert sim.pagerduty.url == url
    assert pagerduty("GET", "/abilities").ok
