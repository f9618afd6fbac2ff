"""README's nightly workflow, run by act on the composite action of a release: it pages and closes.

So ``job.status`` is what the runner makes of it, and the step gets its inputs as from a runner.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from composite import release_for_this_python, shared_folder
from harness import ROOT, ROUTING_KEY
from pd_incident_simulator import Simulator

ACT = Path(sys.executable).parent / "act"


@pytest.mark.skipif(not ACT.is_file(), reason="act isn't installed")
def test_a_night_that_fails_pages_and_the_next_one_closes_it(
    sim: Simulator, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sim.events.delay_ms = 0
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (workflow, *_) = re.findall(r"^```yaml\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    workflow = workflow.replace("run: make nightly", "run: exit $CODE")
    url = f"          pagerduty-events-url: {sim.events.url}/v2\n"
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "nightly.yml").write_text(workflow + url, encoding="utf-8")
    release = release_for_this_python(shared_folder(tmp_path_factory))
    for code, status in ((1, "triggered"), (0, "resolved")):
        ended = run_workflow(folder, code, release)
        assert ended.returncode == code, ended.stdout
        assert [one["status"] for one in sim.pagerduty.state.incidents.values()] == [status]


def run_workflow(folder: Path, code: int, release: Path) -> subprocess.CompletedProcess[str]:
    """Run the workflow on this machine, with nothing of the outside."""
    (folder / "event.json").write_text("{}", encoding="utf-8")
    command = [
        *(str(ACT), "workflow_dispatch", "-W", "nightly.yml", "-e", "event.json"),
        *("-P", "ubuntu-latest=-self-hosted", "--pull=false", "--action-offline-mode"),
        *("--no-cache-server", "--artifact-server-addr", "127.0.0.1"),
        *("--secret", f"PAGERDUTY_ROUTING_KEY={ROUTING_KEY}", "--env", f"CODE={code}"),
        *("--local-repository", f"org/pd-incident-action@v1={release}"),
    ]
    path = os.pathsep.join((str(Path(sys.executable).parent), "/usr/bin", "/bin"))
    # Checking out copies the folder to what act keeps at home.
    home = {"HOME": str(folder.parent), "PATH": path, "ACT_DISABLE_VERSION_CHECK": "1"}
    return subprocess.run(  # noqa: S603 - act, and our own workflow
        command, cwd=folder, env=home, capture_output=True, text=True, check=False, timeout=60
    )
