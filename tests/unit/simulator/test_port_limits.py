"""How many requests the accounts of Port and PagerDuty may make."""

from __future__ import annotations

import time
from collections.abc import Callable

import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]


def test_port_says_how_much_is_left_and_refuses_one_too_many(sim: Simulator, port: Ask) -> None:
    sim.port.state.rate_limit = (2, 60)
    answers = [port("GET", "/v1/blueprints") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    headers = [answer.headers for answer in answers]
    assert [found["x-ratelimit-remaining"] for found in headers] == ["1", "0", "0"]
    assert {found["x-ratelimit-limit"] for found in headers} == {"2"}
    assert {found["x-ratelimit-period"] for found in headers} == {"60"}
    assert 0 < int(headers[-1]["x-ratelimit-reset"]) - time.time() <= 61, "seconds since 1970"
    assert answers[-1].json()["error"] == "too_many_requests"
    assert headers[-1]["x-trace-id"]
    assert sim.exchanges[-1].fault is None


def test_ports_next_window_begins_afresh(sim: Simulator, port: Ask) -> None:
    sim.port.state.rate_limit = (1, 0.2)
    assert [port("GET", "/v1/blueprints").status_code for _ in range(2)] == [200, 429]
    time.sleep(0.2)
    assert port("GET", "/v1/blueprints").status_code == 200


def test_what_is_refused_for_the_limit_has_no_effect(sim: Simulator, port: Ask) -> None:
    sim.port.state.rate_limit = (0, 60)
    path = "/v1/blueprints/pagerdutyIncident/entities"
    assert port("POST", path, {"identifier": "Q1"}).status_code == 429
    assert sim.port.state.entities["pagerdutyIncident"] == {}


def test_without_a_limit_nothing_is_refused(sim: Simulator, port: Ask) -> None:
    first, second = (port("GET", "/v1/organization").headers for _ in range(2))
    left = [int(headers["x-ratelimit-remaining"]) for headers in (first, second)]
    assert left[0] - left[1] == 1
    sim.port.state.rate_limit = (1, 60)
    sim.port.state.reset()
    assert [port("GET", "/v1/organization").status_code for _ in range(3)] == [200] * 3


def test_pagerduty_says_how_much_is_left_and_refuses_one_too_many(
    sim: Simulator, pagerduty: Ask
) -> None:
    sim.pagerduty.state.rate_limit = (1, 60)
    fine, refused = (pagerduty("GET", "/abilities") for _ in range(2))
    assert (fine.status_code, refused.status_code) == (200, 429)
    assert refused.json() == {"error": {"message": "Rate Limit Exceeded", "code": 2020}}
    assert (fine.headers["ratelimit-limit"], fine.headers["ratelimit-remaining"]) == ("1", "0")
    assert 0 < int(refused.headers["ratelimit-reset"]) <= 60, "seconds from now"
