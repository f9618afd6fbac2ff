"""An incident's life from click to catalog, against the simulator: what ``make demo`` shows.

Starts the simulator, runs ``entrypoint.py`` as a process from event files like Port's, and shows
what the action printed, Port's run log and what came of it; anything unexpected ends it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]

from demo.stage import run_action  # noqa: E402 - only found once the path is set
from demo.story import CONFIG, INCIDENT_IO, PAGERDUTY, Step  # noqa: E402
from pd_incident_simulator import Simulator  # noqa: E402


class UnexpectedError(Exception):
    """Something isn't as the demo promises."""


def main() -> int:
    """Play the whole story.

    Returns:
        The exit code: 1 if anything isn't as it should be.
    """
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
    show(f"\n✓ {steps} steps, and everything is as it should be: nobody was paged twice.")
    return 0


def play(step: Step, simulator: Simulator, workspace: Path) -> None:
    """Play one step, show it, and check what came of it.

    Args:
        step: the click.
        simulator: PagerDuty, incident.io and Port.
        workspace: the repository that the workflow checked out.

    Raises:
        UnexpectedError: something isn't as it should be.
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
    if not log and "dry-run" not in step.given:
        raise UnexpectedError("Port's run log is empty")
    facts = step.expect(simulator, outputs)
    show_block("And so", [f"{what}: {actual}" for what, (_, actual) in facts.items()])
    for what, (expected, actual) in facts.items():
        if actual != expected:
            raise UnexpectedError(f"{what} is {actual!r}, not {expected!r}")


def show_block(headline: str, lines: list[str]) -> None:
    """Show some lines below a headline.

    Args:
        headline: what they are.
        lines: the lines.
    """
    if lines:
        show(f"\n  {headline}:")
    for line in lines:
        show(f"    {line}")


def show(line: str) -> None:
    """Print a line.

    Args:
        line: the line.
    """
    print(line, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
