"""An incident's life from the first page to the last note, in PagerDuty and in incident.io."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from unittest import mock

import pytest

from demo import harness
from demo.scenario import CONFIG, INCIDENT_IO, PAGERDUTY, Step
from pd_incident_action.main import main
from pd_incident_simulator import Simulator


def run_in_process(
    command: list[str], *, env: Mapping[str, str], **_: object
) -> CompletedProcess[str]:
    """Run the action as the demo does, but for the process, which takes most of the time."""
    log = io.StringIO()
    with mock.patch.dict(os.environ, env, clear=True), redirect_stdout(log):
        code = main(time.monotonic(), watch=lambda *_: None)
    return CompletedProcess(command, code, log.getvalue())


@pytest.mark.parametrize("story", [PAGERDUTY, INCIDENT_IO], ids=["pagerduty", "incident-io"])
def test_each_click_does_what_the_story_says(
    sim: Simulator, tmp_path: Path, story: tuple[Step, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness, "subprocess", SimpleNamespace(run=run_in_process))
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/pd-incident.yml").write_text(CONFIG, encoding="utf-8")
    for step in story:
        runs = sim.port.state.runs
        run_id = list(runs)[-1] if step.again else sim.port.state.start_run()
        result, outputs = harness.run_action(step, run_id, sim, tmp_path)
        assert result.returncode == 0, result.stdout
        assert bool(runs[run_id].logs) is step.reports_to_port, step.headline
        for what, (expected, actual) in step.expect(sim, outputs).items():
            assert actual == expected, (step.headline, what)
