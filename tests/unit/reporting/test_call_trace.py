"""What was sent when, as a table and a chart that GitHub draws, and in full for debugging."""

from __future__ import annotations

import json
from typing import Any

from pd_incident_action.http.messages import Attempt
from pd_incident_action.reporting.call_trace import (
    attempt_lines,
    attempt_title,
    chart_of,
    redact_credentials,
    render,
    table_of,
)


def attempt(**changes: Any) -> Attempt:  # noqa: ANN401 - members of Attempt
    values: dict[str, Any] = {
        "service": "PagerDuty",
        "method": "POST",
        "url": "https://api.pagerduty.com/incidents",
        "action": "create the incident",
        "writes": True,
        "number": 1,
        "began": 10.1,
        "seconds": 0.045,
        "status": 201,
    }
    return Attempt(**(values | changes))


FAILED = attempt(began=10.05, seconds=0.02, status=503)
BROKEN = attempt(began=10.0, status=None, problem="the connection broke", number=2)


def test_calls_are_listed_with_their_times_and_answers() -> None:
    rows = table_of([BROKEN, FAILED, attempt()], 10.0).rows
    assert [row[0] for row in rows] == ["0.00 s", "0.05 s", "0.10 s"]
    assert rows[0][3:] == ("the connection broke", "45 ms", "2")
    assert rows[2] == ("0.10 s", "PagerDuty", "create the incident", "201", "45 ms", "1")


def test_calls_are_shown_in_the_order_in_which_they_began() -> None:
    text = render([attempt(), FAILED, BROKEN], 10.0)
    assert text.startswith("<details><summary>API calls (3)</summary>")
    assert text.index("0.00 s") < text.index("0.05 s") < text.index("0.10 s")


def test_the_chart_has_a_section_for_each_api() -> None:
    port = attempt(service="Port", action="sign in", began=10.2, status=200)
    assert chart_of([FAILED, attempt(), port], 10.0) == (
        "gantt\n"
        "  dateFormat x\n"
        "  axisFormat %S.%L s\n"
        "  section PagerDuty\n"
        "  create the incident (503) :crit, 50, 70\n"
        "  create the incident (201) :100, 145\n"
        "  section Port\n"
        "  sign in (200) :200, 245"
    )


def test_no_name_can_break_out_of_the_chart() -> None:
    for action in ["x\n```\n<script>", "a: b; c # d", "`${x}`", ":::"]:
        text = render([attempt(action=action, service=action)], 10.0)
        assert "<script>" not in text
        chart = text.split("```mermaid\n")[1].split("\n```\n")[0]
        assert len(chart.splitlines()) == 5
        bar = chart.strip().splitlines()[-1]
        assert bar.count(":") == 1


def test_very_many_calls_are_cut() -> None:
    text = render([attempt(began=10 + n) for n in range(100)], 10.0)
    assert "API calls (40 of 100)" in text
    assert text.count("<tr>") == 41
    assert not render([], 10.0)


SIGN_IN = attempt(
    service="Port",
    url="https://api.port.io/v1/auth/access_token",
    action="sign in",
    writes=False,
    number=2,
    status=200,
    headers={"x-trace-id": "t-1", "Set-Cookie": "session"},
    sent='{"clientId": "id", "clientSecret": "s3cret"}',
    received='{"accessToken": "t0ken", "ok": true}',
)


def test_a_call_is_shown_in_full_but_for_credentials() -> None:
    assert attempt_title(SIGN_IN) == (
        "Port: POST https://api.port.io/v1/auth/access_token → 200 in 45 ms, try 2"
    )
    text = "\n".join(attempt_lines(SIGN_IN))
    assert '"clientId": "id"' in text
    assert "t-1" in text
    for hidden in ("s3cret", "t0ken", "session"):
        assert hidden not in text


def test_what_is_no_json_is_shown_as_it_is_and_cut() -> None:
    broken = SIGN_IN._replace(number=1, status=None, headers={}, received="<html>" + "x" * 20_000)
    text = "\n".join(attempt_lines(broken))
    assert "<html>xxx" in text
    assert text.endswith("… (cut)")
    assert attempt_title(broken).endswith("/access_token → no answer in 45 ms")


def test_credentials_are_hidden_wherever_they_are() -> None:
    for name in ["accessToken", "access_token", "client_secret", "routing_key", "integration_key"]:
        shown = json.dumps(redact_credentials({"a": [{name: "s3cret"}], "incident_key": "k"}))
        assert "s3cret" not in shown
        assert '"incident_key": "k"' in shown
