"""Run the action as GitHub's runner would, against the simulator."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.scenario import Step
    from pd_incident_simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
_OUTPUT = re.compile(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", re.MULTILINE | re.DOTALL)


def run_action(
    step: Step, run_id: str, simulator: Simulator, workspace: Path
) -> tuple[subprocess.CompletedProcess[str], Mapping[str, str]]:
    """Run ``entrypoint.py`` in a separate process; return that process and the step's outputs."""
    entity = step.entity if isinstance(step.entity, str) else step.entity(simulator)
    context = {"blueprint": step.blueprint, "entity": entity or None, "run_id": run_id}
    click = {} if step.foreign else {"port_context": json.dumps(context)}
    event = {"inputs": {**step.filled_in, **click}}
    for name in ("output", "summary"):
        (workspace / name).write_text("")
    (workspace / "event.json").write_text(json.dumps(event))
    result = subprocess.run(  # noqa: S603 - our own entry point
        [sys.executable, str(ROOT / "entrypoint.py")],
        env=os.environ | _github(workspace) | _given(step, simulator),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    written = (workspace / "output").read_text(encoding="utf-8")
    return result, {name: value for name, _, value in _OUTPUT.findall(written)}


def _github(workspace: Path) -> dict[str, str]:
    return {
        "GITHUB_EVENT_PATH": str(workspace / "event.json"),
        "GITHUB_OUTPUT": str(workspace / "output"),
        "GITHUB_STEP_SUMMARY": str(workspace / "summary"),
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_RUN_ID": "4711",
        "GITHUB_JOB": "page",
    }


def _given(step: Step, simulator: Simulator) -> dict[str, str]:
    inputs = {
        "operation": step.operation,
        "pagerduty-token": "pd-account-token",
        "incident-io-token": "inc-api-key",
        "port-client-id": "port-client-id",
        "port-client-secret": "simulated-port-secret",
        "pagerduty-api-url": simulator.pagerduty.url,
        "pagerduty-events-url": f"{simulator.events.url}/v2",
        "incident-io-api-url": simulator.incident_io.url,
        "port-api-url": simulator.port.url,
        **step.given,
    }
    return {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
