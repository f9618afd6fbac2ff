"""A run: from the environment to an exit code, nothing sent while inputs are wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from responses import RequestsMock

from front_door import INCIDENTS, PAGE, TOKEN, let_page, with_event
from pd_incident_action.invocation import parse_invocation
from pd_incident_action.redaction import Redactor
from pd_incident_action.run import run
from pd_incident_action.runner import Runner

PORT = "https://api.port.io/v1"


def front_door(
    environment: Mapping[str, str], event: object = None, folder: Path | None = None
) -> int:
    """Walk in with an environment and perhaps an event."""
    if folder is not None:
        environment = with_event(environment, event, folder)
    return run(parse_invocation(environment), environment, Runner(Redactor()), time.monotonic())


def errors(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = capsys.readouterr().out.splitlines()
    return [line.split("::", 2)[2] for line in lines if line.startswith("::error ")]


def sent(api: RequestsMock) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(api.calls[0].request.body or "")["incident"]
    return body


def test_inputs_become_a_page(api: RequestsMock, capsys: pytest.CaptureFixture[str]) -> None:
    let_page(api)
    assert front_door(PAGE) == 0
    assert sent(api)["title"] == "Down"
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "::add-mask::pd-rest-token"
    assert out[-2].startswith("::notice title=Incident::Created incident #42 Down")
    assert out[-1] == "Notified of incident #42 Down: Ada."


def test_the_events_inputs_become_a_page(api: RequestsMock, tmp_path: Path) -> None:
    let_page(api)
    context = json.dumps({"entity": "PSVC123"})
    event = {"inputs": {"title": "Down", "port_context": context, "from": "ada@example.com"}}
    assert front_door(TOKEN, event, tmp_path) == 0
    assert sent(api)["service"] == {"id": "PSVC123", "type": "service_reference"}
    assert api.calls[0].request.headers["From"] == "ada@example.com"


def test_a_re_run_asks_with_the_same_key_and_another_run_with_another(api: RequestsMock) -> None:
    let_page(api)
    github = PAGE | {"GITHUB_REPOSITORY": "octo/shop", "GITHUB_RUN_ID": "1"}
    for change in ({}, {"GITHUB_RUN_ATTEMPT": "2"}, {"GITHUB_RUN_ID": "2"}):
        front_door(github | change)
    pages = [call.request.body for call in api.calls if call.request.method == "POST"]
    keys = [json.loads(body or "")["incident"]["incident_key"] for body in pages]
    assert keys[0] == keys[1] != keys[2]


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_sent(
    api: RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {
        "INPUT_SERVICE": "not\ta name",
        "INPUT_TIMEOUT": "soon",
        "INPUT_FROM": "nobody",
        "INPUT_PORT-CONTEXT": "{broken",
    }
    assert front_door(wrong) == 1
    told = errors(capsys)
    named = [text.split("'")[1] for text in told]
    assert sorted(named) == [
        "from",
        "pagerduty-token",
        "port-context",
        "service",
        "timeout",
        "title",
    ]
    assert all("for example" in text for text in told)
    assert len(api.calls) == 0


def test_a_url_in_the_event_does_not_get_the_token(api: RequestsMock, tmp_path: Path) -> None:
    let_page(api)
    url = "https://evil.example.com"
    event = {"inputs": {"pagerduty_api_url": url, "port_api_url": url}}
    assert front_door(PAGE, event, tmp_path) == 0
    assert all(str(call.request.url).startswith(INCIDENTS) for call in api.calls)


def test_a_refusal_is_an_error_that_does_not_tell_the_token(
    api: RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"error": {"code": 2006, "message": "No account for pd-rest-token"}}
    api.add("POST", INCIDENTS, status=401, json=body)
    assert front_door(PAGE) == 1
    (error,) = errors(capsys)
    assert "No account for ***" in error
    assert "pagerduty-region" in error


PORT_INPUTS = {
    "INPUT_PORT-CLIENT-ID": "the-id",
    "INPUT_PORT-CLIENT-SECRET": "the-secret",
    "INPUT_PORT-RUN-ID": "r_1",
}


def test_port_is_told_of_wrong_inputs(
    api: RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    api.add("POST", f"{PORT}/auth/access_token", json={"accessToken": "port-token"})
    api.add("POST", f"{PORT}/actions/runs/r_1/logs", json={})
    api.add("PATCH", f"{PORT}/actions/runs/r_1", json={})
    assert front_door(TOKEN | PORT_INPUTS | {"INPUT_SERVICE": "P1"}) == 1
    assert errors(capsys)[0].startswith("Input 'title' is missing")
    changes = [json.loads(c.request.body or "") for c in api.calls if c.request.method == "PATCH"]
    assert "Input 'title' is missing" in changes[0]["summary"]
    assert changes[1]["status"] == "FAILURE"


@pytest.mark.parametrize(
    ("environment", "bundle"),
    [
        ({}, True),
        ({"SSL_CERT_FILE": "/c.pem"}, "/c.pem"),
        ({"REQUESTS_CA_BUNDLE": "/a.pem", "SSL_CERT_FILE": "/c.pem"}, "/a.pem"),
        ({"CURL_CA_BUNDLE": "/b.pem", "SSL_CERT_FILE": "/c.pem"}, "/b.pem"),
        ({"REQUESTS_CA_BUNDLE": "", "SSL_CERT_FILE": "/c.pem"}, "/c.pem"),
    ],
)
def test_a_companys_certificates_are_found_in_the_usual_variables(
    api: RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    bundle: object,
) -> None:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    let_page(api)
    front_door(PAGE | environment)
    assert api.calls[0].request.req_kwargs["verify"] == bundle  # type: ignore[attr-defined]
