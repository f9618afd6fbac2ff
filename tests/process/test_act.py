"""The runner's own ``job.status``, as act evaluates it, pages for a bad job, not for a good one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness import ROOT, ROUTING_KEY
from pd_incident_simulator import Simulator

ACT = Path(sys.executable).parent / "act"
WORKFLOW = """\
on: workflow_dispatch
jobs:
  pipeline:
    runs-on: ubuntu-latest
    steps:
      - run: exit $CODE
      - if: always()
        env:
          INPUT_STATUS: ${{ job.status }}
        run: exec "$PYTHON" -I "$ENTRYPOINT"
"""


@pytest.mark.skipif(not ACT.is_file(), reason="act isn't installed")
def test_the_last_step_of_a_job_knows_how_it_ended(sim: Simulator, tmp_path: Path) -> None:
    sim.events.delay_ms = 0
    (tmp_path / "workflow.yml").write_text(WORKFLOW, encoding="utf-8")
    for code, status in ((1, "triggered"), (0, "resolved")):
        ended = run_job(sim, tmp_path, code)
        assert ended.returncode == code, ended.stdout
        assert [one["status"] for one in sim.pagerduty.state.incidents.values()] == [status]


def run_job(sim: Simulator, folder: Path, code: int) -> subprocess.CompletedProcess[str]:
    """Run the job on this machine, with nothing of the outside."""
    given = {
        "CODE": str(code),
        "PYTHON": sys.executable,
        "ENTRYPOINT": str(ROOT / "entrypoint.py"),
        "INPUT_OPERATION": "follow",
        "INPUT_FOLLOW-KEY": "nightly",
        "INPUT_ROUTING-KEY": ROUTING_KEY,
        "INPUT_PAGERDUTY-EVENTS-URL": f"{sim.events.url}/v2",
    }
    (folder / "event.json").write_text(json.dumps({}), encoding="utf-8")
    command = [
        *(str(ACT), "workflow_dispatch", "-W", "workflow.yml", "-e", "event.json"),
        *("-P", "ubuntu-latest=-self-hosted", "--pull=false", "--action-offline-mode"),
        *("--no-cache-server", "--artifact-server-addr", "127.0.0.1"),
        *(part for name, value in given.items() for part in ("--env", f"{name}={value}")),
    ]
    home = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "ACT_DISABLE_VERSION_CHECK": "1"}
    return subprocess.run(  # noqa: S603 - act, and our own workflow
        command, cwd=folder, env=home, capture_output=True, text=True, check=False, timeout=60
    )
