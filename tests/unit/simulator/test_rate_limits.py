"""The rate limits of all APIs: headers, 429, and what comes back with time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.rate_limit import FixedWindow, TokenBucket

Ask = Callable[..., requests.Response]


class Clock:
    """A clock that only the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_fixed_window_allows_so_many_and_begins_anew() -> None:
    clock = Clock()
    window = FixedWindow(clock)
    usages = [window.count(2, 60) for _ in range(3)]
    assert [(usage.remaining, usage.is_exceeded) for usage in usages] == [
        (1, False),
        (0, False),
        (0, True),
    ]
    clock.now += 59.5
    assert window.count(2, 60).reset_in == 1
    clock.now += 0.5
    assert window.count(2, 60).remaining == 1
    assert window.count(5, 60).remaining == 4, "another limit begins a new window"


def test_pagerduty_resets_in_seconds_from_now(sim: Simulator, pagerduty: Ask) -> None:
    assert pagerduty("GET", "/users").headers["ratelimit-limit"] == "960"
    sim.pagerduty.state.rate_limit = (1, 60)
    first, second = pagerduty("GET", "/users"), pagerduty("GET", "/users")
    assert (first.status_code, second.status_code) == (200, 429)
    assert second.json()["error"]["code"] == 2020
    assert second.headers["ratelimit-remaining"] == "0"
    assert 0 < int(second.headers["ratelimit-reset"]) <= 60


def test_port_resets_at_an_epoch_time(sim: Simulator, port: Ask) -> None:
    entities = "/v1/blueprints/pagerdutyService/entities"
    for method, path, limit in (
        ("GET", "/v1/actions", 15_000),
        ("GET", "/v1/blueprints/pagerdutyService", 15_000),
        ("GET", f"{entities}/PSVC001", 35_000),
        ("POST", f"{entities}/bulk", 35_000),
        ("POST", entities, 10_000),
    ):
        assert port(method, path, {}).headers["x-ratelimit-limit"] == str(limit), path
    sim.port.state.rate_limit = (1, 60)
    first, second = port("GET", "/v1/actions"), port("GET", "/v1/actions")
    assert (first.status_code, second.status_code) == (200, 429)
    assert second.json()["error"] == "too_many_requests"
    headers = second.headers
    assert (headers["x-ratelimit-remaining"], headers["x-ratelimit-period"]) == ("0", "60")
    assert 0 < int(headers["x-ratelimit-reset"]) - time.time() <= 61


def test_ports_own_limits_can_be_enforced(sim: Simulator, port: Ask) -> None:
    sim.port.state.has_real_limits = True
    # Three seconds bring back one of ten: no machine is as slow as that.
    statuses = [port("POST", "/v1/auth/access_token", {}).status_code for _ in range(50)]
    assert 429 not in statuses[:10]
    assert 429 in statuses
    assert port("GET", "/v1/actions").status_code == 200


def test_a_bucket_fills_again() -> None:
    clock = Clock()
    bucket = TokenBucket(2, 0.5, clock)
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    assert bucket.seconds_to_next == 2
    clock.now += 2
    assert [bucket.take(), bucket.take()] == [True, False]


def test_incident_io_says_when_to_retry(sim: Simulator) -> None:
    sim.incident_io.state.per_minute = 1
    headers = {"Authorization": "Bearer inc-api-key"}
    url = f"{sim.incident_io.url}/v1/identity"
    first, second = (requests.get(url, headers=headers, timeout=5) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 429)
    assert 1 <= int(second.headers["Retry-After"]) <= 60
    limit = second.json()["rate_limit"]
    assert (limit["name"], limit["remaining"]) == ("Incident action", 0)
    assert datetime.fromisoformat(limit["retry_after"]).tzinfo is not None
