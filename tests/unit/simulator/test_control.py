"""The control API, its page, and ``python -m pd_incident_simulator``."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
NEW = {"incident": {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}}
COPY = "To page somebody, copy this into another terminal:"
COMMAND = [sys.executable, "-m", "pd_incident_simulator"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3] / "src")}


@pytest.fixture
def control(sim: Simulator) -> Ask:
    def ask(method: str, path: str, body: object = None) -> requests.Response:
        return requests.request(method, sim.control.url + path, json=body, timeout=5)

    return ask


def test_exchanges_and_the_state_are_shown_and_runs_started(
    sim: Simulator, incident: str, control: Ask
) -> None:
    (listed,) = control("GET", "/control/exchanges").json()
    assert (listed["api"], listed["path"], listed["status"]) == ("pagerduty", "/incidents", 201)
    assert '"title": "Down"' in listed["body"]
    assert '"incident_number"' in listed["response_body"]
    assert control("DELETE", "/control/exchanges").status_code == 204
    assert sim.exchanges == []
    run_id = control("POST", "/control/runs", {}).json()["run_id"]
    state = control("GET", "/control/state").json()
    assert list(state["incidents"]) == [incident.rsplit("/", 1)[-1]]
    assert state["runs"][run_id]["status"] == "IN_PROGRESS"
    assert state["entities"]["pagerdutyService"]["PSVC002"]["title"] == "Payments"


def test_the_page_shows_everything_escaped(
    sim: Simulator, pagerduty: Ask, port: Ask, control: Ask
) -> None:
    assert control("GET", "/").text.count("Nothing yet") == 3
    title = "<script>alert(1)</script>"
    body = {"incident": NEW["incident"] | {"title": title}}
    incident = pagerduty("POST", "/incidents", body).json()["incident"]
    note = {"note": {"content": title}}
    pagerduty("POST", f"/incidents/{incident['id']}/notes", note)
    port("POST", f"/v1/actions/runs/{sim.port.state.start_run()}/logs", {"message": title})
    entity = {"identifier": "Q1", "title": title, "properties": {"escalation_policy": title}}
    port("POST", "/v1/blueprints/pagerdutyIncident/entities", entity)
    headers = {"Authorization": "Bearer inc-api-key"}
    severity = next(iter(sim.incident_io.state.severities))
    new = {
        "idempotency_key": "k",
        "visibility": "public",
        "severity_id": severity,
        "name": title,
    }
    requests.post(f"{sim.incident_io.url}/v2/incidents", json=new, headers=headers, timeout=5)
    page = control("GET", "/").text
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 6
    assert f"<td>{incident['service']['summary']}</td><td>triggered, high" in page
    for text in (incident["created_at"], "Ada Lovelace", "Platform", "r_simulated0001", "INC-1"):
        assert text in page


def test_the_command_prints_urls_and_stops_on_a_signal() -> None:
    for number in [signal.SIGINT, signal.SIGTERM]:
        with subprocess.Popen(  # noqa: S603 - our own module
            COMMAND, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
        ) as process:
            assert process.stdout is not None
            lines = [line.strip() for line in iter(process.stdout.readline, "ready\n")]
            told = "".join(iter(process.stdout.readline, f"{COPY}\n"))
            command = shlex.split(process.stdout.readline())
            urls = dict(line.split("=", 1) for line in lines)
            statuses = [
                requests.request(method, urls[name] + path, timeout=5).status_code
                for name, method, path in (
                    ("CONTROL_URL", "POST", "/control/runs"),
                    ("PAGERDUTY_EVENTS_URL", "POST", "/enqueue"),
                    ("PORT_API_URL", "GET", "/v1/actions"),
                    ("PAGERDUTY_API_URL", "GET", "/users"),
                    ("INCIDENT_IO_API_URL", "GET", "/v1/identity"),
                    ("GITHUB_API_URL", "GET", "/repos/octo/shop"),
                    ("IDENTITY_URL", "POST", "/oauth/token"),
                    ("PORT_INGEST_URL", "POST", "/none"),
                )
            ]
            if number == signal.SIGTERM:
                paged = subprocess.run(  # noqa: S603 - as it is printed
                    command, capture_output=True, text=True, env=ENVIRONMENT, check=False
                )
                assert "Created incident #1234 Checkout answers 502" in paged.stdout
            process.send_signal(number)
            assert process.wait(20) == 0
        assert statuses == [201, 400, 401, 401, 401, 401, 400, 404]
        assert f"Open {urls['CONTROL_URL']}/ to watch it" in told
        assert "port-client-secret: simulated-port-secret" in told


def test_the_command_needs_certificate_and_key() -> None:
    command = [*COMMAND, "--tls-key", "key.pem"]
    process = subprocess.run(  # noqa: S603 - our own module
        command, capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert process.returncode == 2
    assert "belong together" in process.stderr
