"""Serve the simulator: ``python -m pd_incident_simulator``."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
from pathlib import Path

from .incident_io.objects import API_KEY
from .pagerduty.seed import ACCOUNT_TOKEN, ROUTING_KEYS
from .port.objects import CLIENT_ID, CLIENT_SECRET
from .server import Tls
from .simulator import Simulator

_ENTRYPOINT = Path(__file__).resolve().parents[2] / "entrypoint.py"


def main() -> int:
    """Serve until SIGINT or SIGTERM; return the exit code."""
    arguments = _arguments()
    files = (arguments.tls_certificate, arguments.tls_key)
    tls = Tls(*files) if all(files) else None
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with Simulator(tls, arguments.latency_ms) as simulator:
        addresses = {
            "PAGERDUTY_API_URL": simulator.pagerduty.url,
            "PAGERDUTY_EVENTS_URL": f"{simulator.events.url}/v2",
            "PORT_API_URL": simulator.port.url,
            "INCIDENT_IO_API_URL": simulator.incident_io.url,
            "GITHUB_API_URL": simulator.github.url,
            "IDENTITY_URL": simulator.identity.url,
            "PORT_INGEST_URL": simulator.ingest.url,
            "CONTROL_URL": simulator.control.url,
        }
        print(*(f"{name}={url}" for name, url in addresses.items()), "ready", sep="\n")
        print(_introduction(simulator), flush=True)
        stopped.wait()
    return 0


def _introduction(simulator: Simulator) -> str:
    """Explain what a person can do with the simulator."""
    inputs = {
        "pagerduty-token": ACCOUNT_TOKEN,
        "routing-key": next(iter(ROUTING_KEYS)),
        "port-client-id": CLIENT_ID,
        "port-client-secret": CLIENT_SECRET,
        "incident-io-token": API_KEY,
    }
    page = {
        "operation": "create",
        "title": "Checkout answers 502",
        "service": "Checkout",
        "from": "ada@example.com",
        "pagerduty-token": ACCOUNT_TOKEN,
        "pagerduty-api-url": simulator.pagerduty.url,
    }
    given = [shlex.quote(f"INPUT_{name.upper()}={value}") for name, value in page.items()]
    command = ["env", *given, sys.executable, str(_ENTRYPOINT)]
    return "\n".join(
        (
            f"\nOpen {simulator.control.url}/ to watch it. Its credentials:",
            *(f"  {name}: {value}" for name, value in inputs.items()),
            f"\nTo page somebody, copy this into another terminal:\n{' '.join(command)}\n",
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pd_incident_simulator", description=__doc__)
    parser.add_argument("--latency-ms", type=float, default=0, help="one round trip")
    parser.add_argument("--tls-certificate", type=Path, help="PEM file, to serve https")
    parser.add_argument("--tls-key", type=Path, help="PEM file with the private key")
    arguments = parser.parse_args()
    if bool(arguments.tls_certificate) != bool(arguments.tls_key):
        parser.error("--tls-certificate and --tls-key belong together")
    return arguments


if __name__ == "__main__":
    raise SystemExit(main())
