"""The self-test's simulator starts, and containers reach it by another address, over TLS."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from selftest.start import make_certificates

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ROOT / "scripts" / "selftest"
# Another address of loopback, in the place of Docker's bridge.
BRIDGE = "127.0.0.2"


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Path]:
    """Make a job's folder; as a runner does, end what the job left running."""
    (tmp_path / "tools").mkdir()
    yield tmp_path
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        if str(tmp_path / ".selftest").encode() in command.read_bytes():
            os.kill(int(command.parent.name), signal.SIGTERM)


def start(job: Path, *arguments: str, **variables: str) -> dict[str, str]:
    """Run start.py as a step does, and read its outputs."""
    (job / "output").touch()
    environment = {
        "GITHUB_OUTPUT": str(job / "output"),
        "PATH": f"{job}/tools:{os.environ['PATH']}",
    }
    known = {name: value for name, value in os.environ.items() if name != "ACT"}
    subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(SCRIPTS / "start.py"), "--folder", str(job / ".selftest"), *arguments],
        env=known | environment | variables,
        cwd=job,
        check=True,
        capture_output=True,
    )
    lines = (job / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds processes in /proc")
def test_a_job_gets_a_simulator_that_outlives_the_step(job: Path) -> None:
    outputs = start(job)
    assert outputs["ca-bundle"] == ""
    assert json.loads(outputs["port-context"])["run_id"].startswith("r_")
    with urllib.request.urlopen(f"{outputs['control-url']}/control/state", timeout=5) as answer:  # noqa: S310 - our own
        state = json.load(answer)
    assert state["incidents"] == {}
    assert len(state["runs"]) == 1
    for name in ("pagerduty-api-url", "pagerduty-events-url", "port-api-url"):
        assert outputs[name].startswith("http://127.0.0.1:")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds processes in /proc")
@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_containers_reach_it_over_tls_by_the_bridges_address(job: Path) -> None:
    (job / "tools/docker").write_text(f"#!/bin/sh\necho {BRIDGE}\n")
    (job / "tools/docker").chmod(0o755)
    outputs = start(job, "--for-containers")
    assert outputs["ca-bundle"] == "/github/workspace/.selftest/ca.pem"
    trusted = ssl.create_default_context(cafile=str(job / ".selftest/ca.pem"))
    url = outputs["port-api-url"]
    assert url.startswith(f"https://{BRIDGE}:")
    body = json.dumps({"clientId": "port-client-id", "clientSecret": "simulated-port-secret"})
    request = urllib.request.Request(f"{url}/v1/auth/access_token", body.encode())  # noqa: S310 - our own
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=5, context=trusted) as answer:  # noqa: S310 - our own
        assert json.load(answer)["accessToken"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds processes in /proc")
def test_act_shares_the_machines_loopback(job: Path) -> None:
    outputs = start(job, "--for-containers", ACT="true")
    assert outputs["pagerduty-api-url"].startswith("http://127.0.0.1:")
    assert outputs["ca-bundle"] == ""


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_certificates_are_for_the_address_alone(tmp_path: Path) -> None:
    make_certificates(tmp_path, BRIDGE)
    openssl = shutil.which("openssl") or "openssl"
    for address, good in ((BRIDGE, True), ("127.0.0.3", False)):
        command = [openssl, "verify", "-CAfile", "ca.pem", "-verify_ip", address, "server.pem"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)  # noqa: S603 - our own
        assert (done.returncode == 0) is good
