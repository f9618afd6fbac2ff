"""Time to page, measured: ``make bench``.

Runs every contestant in turn, round after round, against the simulator over TLS, and writes
``docs/performance.md``.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("src", "tests/support")]

import certifi  # noqa: E402 - found once the path is set
import requests  # noqa: E402 - likewise

import private_ca  # noqa: E402 - found once the path is set

from .contestants import (  # noqa: E402 - likewise
    PAGES,
    TOKEN,
    Bench,
    Contestant,
    Urls,
    assemble,
    create_container,
    curl,
    curl_escalate,
    escalate_steps,
    ours,
    python,
    ten_lines,
    with_port_down,
)
from .report import Measurement, describe, publish, render  # noqa: E402 - likewise


@dataclass(frozen=True)
class Server:
    """The simulator, in a process of its own.

    Attributes:
        urls: where its APIs are.
        control: where it is watched and controlled.
    """

    urls: Urls
    control: str

    def start_run(self) -> str:
        """Start a Port run."""
        answer = requests.post(f"{self.control}/control/runs", json={}, timeout=5)
        return str(answer.json()["run_id"])

    def open_incident(self) -> str:
        """Open an incident whose urgency is still to be raised."""
        incident = {
            "type": "incident",
            "title": "Down",
            "service": {"id": "PSVC001"},
            "urgency": "low",
        }
        answer = requests.post(
            f"{self.urls.pagerduty}/incidents",
            json={"incident": incident},
            headers={"Authorization": f"Token token={TOKEN}", "From": "ada@example.com"},
            verify=str(self.urls.ca),
            timeout=5,
        )
        return str(answer.json()["incident"]["id"])


@contextmanager
def simulator(latency_ms: int, folder: Path) -> Iterator[Server]:
    """Serve the simulator over TLS, with a latency.

    Args:
        latency_ms: one round trip.
        folder: where the certificates go.
    """
    authority, tls = private_ca.make(folder)
    # With the public authorities beside ours: reading all of them is part of what people wait for.
    ca = folder / "bundle.pem"
    ca.write_text(Path(certifi.where()).read_text() + authority.read_text())
    command = [sys.executable, "-m", "pd_incident_simulator", "--latency-ms", str(latency_ms)]
    files = ["--tls-certificate", str(tls.certificate), "--tls-key", str(tls.key)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(  # noqa: S603 - our own module
        [*command, *files], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        lines = iter((process.stdout or sys.stdin).readline, "ready\n")
        found = dict(line.strip().split("=", 1) for line in lines)
        urls = Urls(
            found["PAGERDUTY_API_URL"], found["PAGERDUTY_EVENTS_URL"], found["PORT_API_URL"], ca
        )
        yield Server(urls, found["CONTROL_URL"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def contestants(server: Server, bench: Bench, folder: Path) -> list[Contestant]:
    """Set up one round: everybody gets a Port run and an incident of their own."""
    bare = [curl(server.urls), curl_escalate(server.urls, server.open_incident())]
    listed = [*bare, python(bench), ten_lines(bench)]
    for operation in PAGES:
        for run_id in (None, server.start_run()):
            incident = server.open_incident() if operation == "escalate" else ""
            listed.append(
                ours(bench, operation, folder / f"{operation}-{run_id}", run_id, incident)
            )
    down = ours(bench, "create", folder / "down", server.start_run(), "")
    steps = escalate_steps(server.urls, server.start_run(), server.open_incident())
    guides = [create_container(server.urls, server.start_run()), steps]
    return [*listed, with_port_down(down), *guides]


def measure(contestant: Contestant, server: Server) -> Measurement:
    """Run a contestant once.

    Returns:
        Seconds from its start until the page arrived and until it had ended, its requests and
        connections, and the largest process's peak memory.
    """
    requests.delete(f"{server.control}/control/exchanges", timeout=5)
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own commands
        contestant.command,
        env={"PATH": os.environ["PATH"], **contestant.environment},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    ended = time.monotonic()
    if status != 0:
        raise RuntimeError(f"{contestant.name} failed")
    exchanges = requests.get(f"{server.control}/control/exchanges", timeout=5).json()
    pages = [e for e in exchanges if (e["api"], e["method"], e["path"]) == contestant.page]
    return Measurement(
        to_page=pages[0]["arrived"] - started,
        whole=ended - started,
        requests=len(exchanges),
        connections=len({exchange["connection"] for exchange in exchanges}),
        memory_mib=usage.ru_maxrss / 1024,
    )


def race(latency_ms: int, rounds: int, interpreter: str) -> dict[str, list[Measurement]]:
    """Let everybody run in turn, round after round; the first round only warms up.

    Args:
        latency_ms: one round trip.
        rounds: how many rounds count.
        interpreter: the Python to run.

    Returns:
        Measurements by contestant.
    """
    results: dict[str, list[Measurement]] = {}
    with tempfile.TemporaryDirectory() as name, simulator(latency_ms, Path(name)) as server:
        bench = Bench(interpreter, assemble(Path(name), interpreter), server.urls)
        for number in range(rounds + 1):
            for contestant in contestants(server, bench, Path(name) / str(number)):
                measurement = measure(contestant, server)
                if number:
                    results.setdefault(contestant.name, []).append(measurement)
    return results


def main() -> int:
    """Measure, and write the report.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--latencies", type=int, nargs="*", default=[0, 40, 150])
    parser.add_argument("--python", default=sys.executable, help="the interpreter to run")
    parser.add_argument("--write", type=Path, help="the page to write")
    arguments = parser.parse_args()
    results = {
        latency: race(latency, arguments.rounds, arguments.python)
        for latency in arguments.latencies
    }
    text = render(results, describe(arguments.python), arguments.rounds)
    publish(text, arguments.write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
