"""``python -m pd_incident_simulator`` serves until it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

SOURCE = Path(__file__).resolve().parents[3] / "src"
COMMAND = [sys.executable, "-m", "pd_incident_simulator"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCE)}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_and_stops_on_a_signal(number: signal.Signals) -> None:
    with subprocess.Popen(  # noqa: S603 - our own module
        COMMAND, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        lines = [line.strip() for line in iter(process.stdout.readline, "ready\n")]
        urls = dict(line.split("=", 1) for line in lines)
        run = requests.post(f"{urls['CONTROL_URL']}/control/runs", json={}, timeout=5)
        event = requests.post(f"{urls['PAGERDUTY_EVENTS_URL']}/enqueue", json={}, timeout=5)
        unsigned = requests.get(f"{urls['PORT_API_URL']}/v1/blueprints", timeout=5)
        unknown = requests.get(f"{urls['PAGERDUTY_API_URL']}/abilities", timeout=5)
        keyless = requests.get(f"{urls['INCIDENT_IO_API_URL']}/v1/identity", timeout=5)
        process.send_signal(number)
        assert process.wait(5) == 0
    assert list(urls) == [
        "PAGERDUTY_API_URL",
        "PAGERDUTY_EVENTS_URL",
        "PORT_API_URL",
        "INCIDENT_IO_API_URL",
        "IDENTITY_URL",
        "PORT_INGEST_URL",
        "CONTROL_URL",
    ]
    answers = (run, event, unsigned, unknown, keyless)
    assert [answer.status_code for answer in answers] == [201, 400, 401, 401, 401]


def test_half_a_certificate_is_refused(tmp_path: Path) -> None:
    arguments = ["--tls-key", str(tmp_path / "key.pem")]
    process = subprocess.run(  # noqa: S603 - our own module
        [*COMMAND, *arguments], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert process.returncode == 2
    assert "belong together" in process.stderr


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_ports_can_be_chosen() -> None:
    # Below the ports that systems give to whoever asks for any: other tests do so all the time.
    bases = range(21_000, 30_000, 7)
    base = next(base for base in bases if all(is_free(base + n) for n in range(7)))
    command = [*COMMAND, "--port-base", str(base)]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"PAGERDUTY_API_URL=http://127.0.0.1:{base}\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
