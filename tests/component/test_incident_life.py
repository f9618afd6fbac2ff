"""An incident's life from the first page to the last note, in PagerDuty and in incident.io."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.harness import run_action
from demo.scenario import CONFIG, INCIDENT_IO, PAGERDUTY, Step
from pd_incident_simulator import Simulator


@pytest.mark.parametrize("story", [PAGERDUTY, INCIDENT_IO], ids=["pagerduty", "incident-io"])
def test_each_click_does_what_the_story_says(
    sim: Simulator, tmp_path: Path, story: tuple[Step, ...]
) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/pd-incident.yml").write_text(CONFIG, encoding="utf-8")
    for step in story:
        runs = sim.port.state.runs
        run_id = list(runs)[-1] if step.again else sim.port.state.start_run()
        result, outputs = run_action(step, run_id, sim, tmp_path)
        assert result.returncode == 0, result.stdout
        assert bool(runs[run_id].logs) is step.reports_to_port, step.headline
        for what, (expected, actual) in step.expect(sim, outputs).items():
            assert actual == expected, (step.headline, what)
