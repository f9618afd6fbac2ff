"""An incident's life from click to catalog, against the simulator: ``make demo``.

Each scene is a click in Port, or a workflow's own run, for which the action runs as a process. What
it says and what came of it are shown; with ``VERBOSE=1``, all that it printed and Port's run log as
well. The demo fails at the first unexpected result.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]

from demo.harness import run_action  # noqa: E402 - only found once the path is set
from demo.page import render_page  # noqa: E402
from demo.scenario import CONFIG, SCENES, Step  # noqa: E402
from pd_incident_simulator import Simulator  # noqa: E402

_PAGE = ROOT / ".demo" / "summaries.html"
_ANNOTATION = re.compile(r"^::(notice|warning|error)[^:]*::(.*)$", re.MULTILINE)
_SIGNS = {"notice": " ", "warning": "!", "error": "✗"}
_URL = re.compile(r"\s*https?://\S+")
_WIDTH = 90


class UnexpectedError(Exception):
    """A result isn't the expected one."""


def main() -> int:
    """Play the whole scenario; return the exit code."""
    show("An incident's life, against a simulator of PagerDuty, incident.io and Port.")
    try:
        with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
            play_all(simulator, Path(folder), _PAGE)
    except UnexpectedError as error:
        show(f"\n✗ {error}")
        return 1
    show(f"\n✓ All {len(SCENES)} scenes went as expected: every page went out exactly once.")
    show(f"  What GitHub shows of each run: {_PAGE.as_uri()}")
    return 0


def play_all(simulator: Simulator, workspace: Path, page: Path) -> None:
    """Play every scene in a checked-out repository; write the job summaries to an HTML page."""
    summaries = []
    (workspace / ".github").mkdir()
    (workspace / ".github/pd-incident.yml").write_text(CONFIG, encoding="utf-8")
    for number, step in enumerate(SCENES, 1):
        show(f"\n{number:2} {step.headline}")
        play(step, simulator, workspace)
        summaries.append((step.headline, (workspace / "summary").read_text(encoding="utf-8")))
    page.parent.mkdir(exist_ok=True)
    page.write_text(render_page(summaries), encoding="utf-8")


def play(step: Step, simulator: Simulator, workspace: Path) -> None:
    """Play one scene, show it, and check the results; raises `UnexpectedError`."""
    state = simulator.port.state
    run_id = list(state.runs)[-1] if step.again else state.start_run()
    result, outputs = run_action(step, run_id, simulator, workspace)
    if result.returncode != 0:
        raise UnexpectedError(f"the action failed: {result.stdout} {result.stderr}")
    log = "\n".join(state.runs[run_id].logs).splitlines()
    if os.environ.get("VERBOSE"):
        show_block(f"The action ({step.operation}) printed", result.stdout.splitlines())
        show_block(f"Port's log of run {run_id}", log)
    else:
        for level, message in _ANNOTATION.findall(result.stdout):
            show_paragraph(_SIGNS[level], _URL.sub("", message).replace("%25", "%"))
    if step.reports_to_port and not log:
        raise UnexpectedError("Port's run log is empty")
    results = step.expect(simulator, outputs)
    show_paragraph("✓", f"Checked: {', '.join(results)}." if results else "")
    for what, (expected, actual) in results.items():
        if actual != expected:
            raise UnexpectedError(f"{what} is {actual!r}, not {expected!r}")


def show_paragraph(sign: str, text: str) -> None:
    """Print a paragraph with a sign before its first line."""
    for number, line in enumerate(textwrap.wrap(text, _WIDTH)):
        show(f"   {' ' if number else sign} {line}")


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
