"""How fast incidents are copied into the catalog: ``make bench-sync``.

Copies more and more incidents of the simulator, as `sync` does and with one request for each
entity, and writes a section of ``docs/performance.md``.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]

import requests  # noqa: E402 - found once the path is set

from pd_incident_simulator import Simulator  # noqa: E402 - likewise
from pd_incident_simulator.pagerduty.seed_history import seed_incidents  # noqa: E402 - likewise

from .contestants import TOKEN, assemble  # noqa: E402 - likewise
from .report import describe, publish  # noqa: E402 - likewise

COUNTS = (200, 2_000, 20_000)
# One request for each entity takes so long that more of them are worked out.
MOST_ONE_BY_ONE = 2_000
_PAGE = 100
_NO_LIMIT = (10**6, 60.0)
_INTRODUCTION = """\
## Syncing incidents to the catalog

`sync` of open incidents, with a round trip of {latency} ms to both APIs, until the process has
ended. *Within limits*: PagerDuty allows 960 requests a minute, and Port 35,000 bulk writes in five
minutes, a tenth of them at once; `sync` leaves a tenth of each to others. *Without limits*: no
rate limits. In both, most of the time is the simulator's, which runs on the same machine. *CPU* is
what `sync` itself takes. *One by one*: the same pages are read, and each entity is written with
its own POST, one after another, without regard to limits. Of each written incident, `sync` keeps
only the id in memory.

PagerDuty lists 100 incidents a page, and Port takes 20 entities a request: 20,000 incidents are 200
requests to PagerDuty and 1,000 to Port, and neither delays them. The next limit is PagerDuty's, at
about 86,000 incidents a minute.

Measured with {machine}.
"""
_HEAD = (
    "| Incidents | within limits | entities/s | CPU | peak memory | without limits | entities/s "
    "| CPU | peak memory | one by one | entities/s |\n"
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
)


@dataclass(frozen=True)
class Run:
    """One way to copy, once.

    Attributes:
        count: how many incidents were copied.
        seconds: how long it took.
        cpu_seconds: the processor's time; 0 where it isn't measured.
        memory_mib: peak resident memory; 0 where it isn't measured.
        worked_out: whether it is what a smaller run would take at this size.
    """

    count: int
    seconds: float
    cpu_seconds: float = 0
    memory_mib: float = 0
    worked_out: bool = False

    @property
    def cells(self) -> list[str]:
        """The time and the speed, as the table shows them."""
        mark = "*" if self.worked_out else ""
        return [f"{self.seconds:,.1f} s{mark}", f"{self.count / self.seconds:,.0f}"]


def serve(count: int, latency_ms: float, *, limits: bool) -> None:
    """Serve the simulator with open incidents until SIGTERM; print where it is.

    Args:
        count: how many incidents.
        latency_ms: one round trip.
        limits: whether the APIs have the usual rate limits.
    """
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with Simulator(latency_ms=latency_ms) as simulator:
        seed_incidents(simulator.pagerduty.state, count, status="triggered", days=300)
        simulator.port.state.has_real_limits = limits
        if not limits:
            simulator.pagerduty.state.rate_limit = _NO_LIMIT
            simulator.port.state.rate_limit = _NO_LIMIT
        print(simulator.pagerduty.url, simulator.port.url, flush=True)
        stopped.wait()
        written = len(simulator.port.state.entities["pagerdutyIncident"])
    print(written, flush=True)


@contextmanager
def simulator_with(count: int, latency_ms: float, *, limits: bool) -> Iterator[tuple[str, str]]:
    """Run `serve` in a process of its own; give the URLs of PagerDuty and Port.

    Raises:
        RuntimeError: in the end not all incidents were in the catalog.
    """
    arguments = ["--serve", str(count), "--latency-ms", str(latency_ms)]
    command = [sys.executable, "-m", "bench.sync", *arguments, *(["--limits"] if limits else [])]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
    try:
        stream = process.stdout or sys.stdin
        pagerduty, port = stream.readline().split()
        yield pagerduty, port
    finally:
        process.send_signal(signal.SIGTERM)
        written, _ = process.communicate(timeout=60)
    if int(written) != count:
        raise RuntimeError(f"{written.strip()} of {count} incidents were copied")


def sync(count: int, latency_ms: float, *, limits: bool) -> Run:
    """Copy with the action.

    Args:
        count: how many incidents.
        latency_ms: one round trip.
        limits: whether the APIs tell the usual rate limits.
    """
    with (
        tempfile.TemporaryDirectory() as name,
        simulator_with(count, latency_ms, limits=limits) as (pagerduty, port),
    ):
        inputs = {
            "operation": "sync",
            "what": "incidents",
            "timeout": "1h",
            "pagerduty-token": TOKEN,
            "port-client-id": "port-client-id",
            "port-client-secret": "simulated-port-secret",
            "pagerduty-api-url": pagerduty,
            "port-api-url": port,
        }
        environment = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        command = [sys.executable, "-I", "-S", "-OO", str(assemble(Path(name), sys.executable))]
        started = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - the action
            command, env={"PATH": os.environ["PATH"], **environment}, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    if status != 0:
        raise RuntimeError("sync failed")
    return Run(count, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def one_by_one(count: int, latency_ms: float) -> Run:
    """Copy with a request for each entity, or work out how long that would take.

    Args:
        count: how many incidents.
        latency_ms: one round trip.
    """
    if count > MOST_ONE_BY_ONE:
        run = one_by_one(MOST_ONE_BY_ONE, latency_ms)
        return Run(count, run.seconds * count / run.count, worked_out=True)
    with simulator_with(count, latency_ms, limits=False) as (pagerduty, port):
        started = time.monotonic()
        _copy_one_by_one(pagerduty, port)
        return Run(count, time.monotonic() - started)


def _copy_one_by_one(pagerduty: str, port: str) -> None:
    session = requests.Session()
    credentials = {"clientId": "port-client-id", "clientSecret": "simulated-port-secret"}
    signed_in = session.post(f"{port}/v1/auth/access_token", json=credentials, timeout=10)
    bearer = {"Authorization": f"Bearer {signed_in.json()['accessToken']}"}
    url = f"{port}/v1/blueprints/pagerdutyIncident/entities?upsert=true&merge=true"
    offset, more = 0, True
    while more:
        query = {"date_range": "all", "limit": str(_PAGE), "offset": str(offset)}
        token = {"Authorization": f"Token token={TOKEN}"}
        page = session.get(f"{pagerduty}/incidents", params=query, headers=token, timeout=10).json()
        for incident in page["incidents"]:
            entity = {
                "identifier": incident["id"],
                "title": incident["title"],
                "properties": {"status": incident["status"], "url": incident["html_url"]},
                "relations": {"pagerdutyService": [incident["service"]["id"]]},
            }
            session.post(url, json=entity, headers=bearer, timeout=10).raise_for_status()
        offset, more = offset + _PAGE, bool(page["more"])


def report(latency_ms: float, machine: str) -> str:
    """Measure everything.

    Args:
        latency_ms: one round trip.
        machine: what it is measured on.

    Returns:
        The section, in Markdown.
    """
    rows = []
    for count in COUNTS:
        within = sync(count, latency_ms, limits=True)
        without = sync(count, latency_ms, limits=False)
        cells = [f"{count:,}"]
        for run in (within, without):
            cells += [*run.cells, f"{run.cpu_seconds:.1f} s", f"{run.memory_mib:.0f} MiB"]
        rows.append(f"| {' | '.join(cells + one_by_one(count, latency_ms).cells)} |\n")
        print(rows[-1], end="", flush=True)
    note = f"\n\\* Extrapolated from {MOST_ONE_BY_ONE:,} incidents.\n"
    introduction = _INTRODUCTION.format(latency=f"{latency_ms:g}", machine=machine)
    return f"{introduction}\n{_HEAD}{''.join(rows)}{note}"


def main() -> int:
    """Measure, and write the section.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-ms", type=float, default=40)
    parser.add_argument("--write", type=Path, help="the page whose section is replaced")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--limits", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        serve(arguments.serve, arguments.latency_ms, limits=arguments.limits)
        return 0
    text = report(arguments.latency_ms, describe(sys.executable))
    publish(text, arguments.write, "sync")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
