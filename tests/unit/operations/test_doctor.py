"""A check-up looks at everything that there are credentials for, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from responses import RequestsMock

from checkups import PORT, PORT_CREDENTIALS, REST, TOKEN, tools_of
from pd_incident_action.config.model import Config
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.doctor import Doctor

KEY = "R0123456789ABCDEF0123456789ABCDE"
ADA = {"id": "PUSER1", "name": "Ada", "email": "ada@example.com"}


def let_in(api: RequestsMock) -> None:
    """Let PagerDuty know the token as Ada's own."""
    limits = {"ratelimit-remaining": "950", "ratelimit-limit": "960"}
    api.add("GET", f"{REST}/users/me", json={"user": ADA}, headers=limits)


def marks(**settings: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - fields of Settings
    outcome = Doctor(Doctor.Inputs(), tools_of(**settings)).run()
    (table,) = outcome.tables
    return [(row[0], row[1]) for row in table.rows]


def test_without_credentials_that_is_what_is_wrong() -> None:
    outcome = Doctor(Doctor.Inputs(), tools_of()).run()
    (error,) = outcome.failures
    assert str(error).startswith("credentials: none is set, so there is nothing to check")
    assert outcome.outputs == {"ok": "false", "problems": "1"}
    assert outcome.message == "Looked at 1 thing: 1 will fail."


def test_when_all_is_well_it_says_so(api: RequestsMock) -> None:
    let_in(api)
    outcome = Doctor(Doctor.Inputs(), tools_of(**TOKEN)).run()
    assert outcome.message == "All is well: 3 things are as they should be."
    assert (outcome.failures, outcome.warnings) == ((), ())
    assert outcome.outputs == {"ok": "true", "problems": "0"}
    assert outcome.lines[:2] == (
        "✓ pagerduty-token: belongs to user Ada <ada@example.com>, region us",
        "✓ from: isn't needed with a user's own token",
    )
    assert outcome.lines[2].endswith("950 of 960 requests left")
    assert not outcome.write_entity
    assert {request.request.method for request in api.calls} == {"GET"}


def test_what_is_wrong_fails_and_what_may_surprise_warns(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/users/me", status=400, json={"error": {"code": 2001}})
    api.add("GET", f"{REST}/services/PGONE1", status=404, json={"error": {"code": 2100}})
    outcome = Doctor(Doctor.Inputs(), tools_of(Config(services={"shop": "PGONE1"}), **TOKEN)).run()
    assert outcome.message == "Looked at 4 things: 1 will fail, 1 may surprise you."
    (error,) = outcome.failures
    (warning,) = outcome.warnings
    assert str(error).startswith("service shop: PagerDuty did not find service PGONE1")
    assert warning.startswith("from: isn't set, and PagerDuty requires it")
    assert outcome.outputs == {"ok": "false", "problems": "1"}
    found = outcome.response["findings"]
    assert [one["mark"] for one in found] == ["✓", "!", "✗", "✓"]
    assert found[2]["remedy"] == "check the id, and pagerduty-region (us or eu)"


def test_the_services_of_the_input_are_looked_at(api: RequestsMock) -> None:
    let_in(api)
    for number in (1, 2):
        api.add(
            "GET",
            f"{REST}/services/PSVC0{number}",
            json={"service": {"id": f"PSVC0{number}", "name": f"Service {number}"}},
        )
    request = Doctor.Inputs.model_validate({"service": "PSVC01, PSVC02"})
    lines = Doctor(request, tools_of(**TOKEN)).run().lines
    assert "✓ service Service 1: is there (PSVC01)" in lines
    assert "✓ service Service 2: is there (PSVC02)" in lines


def test_a_token_that_is_refused_ends_the_look_at_pagerduty(api: RequestsMock) -> None:
    url = "https://proxy.example.com"
    api.add("GET", f"{url}/users/me", status=401, json={})
    assert marks(**TOKEN, pagerduty_api_url=url, from_="ada@example.com", routing_key=KEY) == [
        ("✓", "routing-key"),
        ("✗", "pagerduty-token"),
        ("✓", "PagerDuty's API"),
    ]


def test_a_routing_key_is_looked_at_alone_and_with_a_token(api: RequestsMock) -> None:
    assert marks(routing_key=KEY) == [("✓", "routing-key")]
    assert marks(routing_key=KEY[:-1]) == [("✗", "routing-key")]
    let_in(api)
    api.add("GET", f"{REST}/services", json={"services": []})
    both = marks(**TOKEN, routing_key=KEY)
    assert [one for one in both if one[1] == "routing-key"] == [
        ("✓", "routing-key"),
        ("!", "routing-key"),
    ]
    bad = marks(**TOKEN, routing_key="short")
    assert [one for one in bad if one[1] == "routing-key"] == [("✗", "routing-key")]


def test_trouble_with_one_system_spoils_no_other(api: RequestsMock) -> None:
    let_in(api)
    api.add("POST", f"{PORT}/auth/access_token", body=ConnectionError("no route"))
    outcome = Doctor(Doctor.Inputs(), tools_of(**TOKEN, **PORT_CREDENTIALS)).run()
    (error,) = outcome.failures
    assert str(error).startswith("Port: Port did not sign in")
    assert any(line.startswith("✓ pagerduty-token") for line in outcome.lines)


def test_it_needs_settings_to_check(tools: OperationContext) -> None:
    with pytest.raises(LookupError, match="no settings to check"):
        Doctor(Doctor.Inputs(), tools).run()
