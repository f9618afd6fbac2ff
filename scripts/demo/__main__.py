"""An incident's life from click to catalog, against the simulator: ``make demo``.

Start the simulator, run ``entrypoint.py`` as a process with event files like Port's, and show what
the action printed, Port's run log and the results. The demo fails at the first unexpected result.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]

from demo.harness import run_action  # noqa: E402 - only found once the path is set
from demo.scenario import CONFIG, INCIDENT_IO, PAGERDUTY, Step  # noqa: E402
from pd_incident_simulator import Simulator  # noqa: E402


class UnexpectedError(Exception):
    """A result isn't the expected one."""


def main() -> int:
    """Play the whole scenario; return the exit code."""
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        (workspace / ".github").mkdir()
        (workspace / ".github/pd-incident.yml").write_text(CONFIG, encoding="utf-8")
        try:
            for step in (*PAGERDUTY, *INCIDENT_IO):
                play(step, simulator, workspace)
        except UnexpectedError as error:
            show(f"\n✗ {error}")
            return 1
    steps = len(PAGERDUTY) + len(INCIDENT_IO)
    show(f"\n✓ All {steps} steps passed: every page went out exactly once.")
    return 0


def play(step: Step, simulator: Simulator, workspace: Path) -> None:
    """Play one step, show it, and check the results.

    Args:
        step: the step.
        simulator: PagerDuty, incident.io and Port.
        workspace: the checked-out repository.

    Raises:
        UnexpectedError: a result isn't the expected one.
    """
    show(f"\n━━ {step.headline} " + "━" * max(3, 90 - len(step.headline)))
    state = simulator.port.state
    run_id = list(state.runs)[-1] if step.again else state.start_run()
    result, outputs = run_action(step, run_id, simulator, workspace)
    show_block(f"The action ({step.operation}) printed", result.stdout.splitlines())
    if result.returncode != 0:
        raise UnexpectedError(f"the action failed: {result.stdout} {result.stderr}")
    log = "\n".join(state.runs[run_id].logs).splitlines()
    show_block(f"Port's log of run {run_id}", log)
    if step.reports_to_port and not log:
        raise UnexpectedError("Port's run log is empty")
    results = step.expect(simulator, outputs)
    show_block("Checked", [f"{what}: {actual}" for what, (_, actual) in results.items()])
    for what, (expected, actual) in results.items():
        if actual != expected:
            raise UnexpectedError(f"{what} is {actual!r}, not {expected!r}")


def show_block(headline: str, lines: list[str]) -> None:
    """Print lines below a headline, unless there are none."""
    if lines:
        show(f"\n  {headline}:")
    for line in lines:
        show(f"    {line}")


def show(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
