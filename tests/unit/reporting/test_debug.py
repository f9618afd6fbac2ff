"""Requests and answers in full, but for the credentials in them."""

from __future__ import annotations

import json

from pd_incident_action.http.messages import Attempt
from pd_incident_action.reporting.call_trace import attempt_lines, attempt_title, redact_credentials

ATTEMPT = Attempt(
    service="Port",
    method="POST",
    url="https://api.port.io/v1/auth/access_token",
    action="sign in",
    writes=False,
    number=2,
    began=0.0,
    seconds=0.0452,
    status=200,
    headers={"x-trace-id": "t-1", "Set-Cookie": "session"},
    sent='{"clientId": "id", "clientSecret": "s3cret"}',
    received='{"accessToken": "t0ken", "ok": true}',
)


def test_the_title_says_what_was_sent_and_what_came_of_it() -> None:
    assert attempt_title(ATTEMPT) == (
        "Port: POST https://api.port.io/v1/auth/access_token → 200 in 45 ms, try 2"
    )


def test_bodies_and_telling_headers_are_shown_but_no_credentials() -> None:
    text = "\n".join(attempt_lines(ATTEMPT))
    assert '"clientId": "id"' in text
    assert "t-1" in text
    for hidden in ("s3cret", "t0ken", "session"):
        assert hidden not in text


def test_what_is_no_json_is_shown_as_it_is_and_cut() -> None:
    broken = ATTEMPT._replace(number=1, status=None, headers={}, received="<html>" + "x" * 20_000)
    text = "\n".join(attempt_lines(broken))
    assert "<html>xxx" in text
    assert text.endswith("… (cut)")
    assert attempt_title(broken).endswith("/access_token → no answer in 45 ms")


def test_credentials_are_hidden_wherever_they_are() -> None:
    for name in ["accessToken", "access_token", "client_secret", "routing_key", "integration_key"]:
        shown = json.dumps(redact_credentials({"a": [{name: "s3cret"}], "incident_key": "k"}))
        assert "s3cret" not in shown
        assert '"incident_key": "k"' in shown
