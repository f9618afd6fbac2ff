"""The check against the APIs' descriptions finds every kind of deviation, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import openapi
from pd_incident_simulator import Exchange

NEW: dict[str, Any] = {
    "type": "incident",
    "title": "Down",
    "service": {"id": "PSVC001", "type": "service_reference"},
}


def exchange(**changes: Any) -> Exchange:  # noqa: ANN401 - an Exchange's fields
    """Make an exchange with PagerDuty that is as it should be, but for the changes."""
    usual = Exchange(
        api="pagerduty",
        method="POST",
        path="/incidents",
        query={},
        headers={
            "accept": "application/vnd.pagerduty+json;version=2",
            "content-type": "application/json",
            "from": "ada@example.com",
        },
        body=json.dumps({"incident": NEW}).encode(),
        arrived=0,
        connection=1,
        status=201,
        response_headers={},
        response_body=json.dumps({"incident": {"type": "incident"}}).encode(),
    )
    return replace(usual, **changes)


def creating(**members: object) -> Exchange:
    return exchange(body=json.dumps({"incident": NEW | members}).encode())


def listing(**query: list[str]) -> Exchange:
    answer = b'{"incidents": []}'
    return exchange(method="GET", query=query, body=b"", status=200, response_body=answer)


def test_no_problem() -> None:
    for valid in [
        exchange(),
        listing(),
        listing(limit=["5"], **{"statuses[]": ["triggered", "resolved"]}),
        exchange(path="/oauth/token", api="identity"),
        exchange(status=503, response_body=b"Busy", fault="status"),
    ]:
        assert openapi.problems(valid) == []


def test_problems() -> None:
    for invalid, words in [
        (exchange(path="/incident"), "no such endpoint"),
        (exchange(method="DELETE"), "no such endpoint"),
        (exchange(headers={"content-type": "application/json"}), "Accept is missing"),
        (exchange(headers={"accept": "x", "content-type": "text/plain"}), "not application/json"),
        (exchange(body=b"{}"), "'incident' is a required property"),
        (creating(urgency="medium"), "'medium' is not one of"),
        (creating(title=None), "None is not of type 'string'"),
        (listing(colour=["red"]), "unknown query parameter colour"),
        (listing(limit=["many"]), "parameter limit"),
        (listing(**{"statuses[]": ["open"]}), "parameter statuses[]"),
        (replace(listing(), body=b"{}"), "takes none"),
        (exchange(status=299), "status 299 is not described"),
        (exchange(response_body=b'{"incident": []}'), "response at incident"),
    ]:
        assert [problem for problem in openapi.problems(invalid) if words in problem], words


def test_a_literal_path_comes_before_a_pattern() -> None:
    found = openapi.contract("pagerduty").find("GET", "/incidents/types")
    assert found is not None
    assert found.parameters == {}
    named = openapi.contract("pagerduty").find("GET", "/incidents/Q%2F1")
    assert named is not None
    assert named.parameters == {"id": "Q/1"}
