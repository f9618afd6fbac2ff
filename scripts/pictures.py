"""Draw docs/images: what people see of the action, from runs against the simulator.

``make pictures`` installs what this needs from Python. It also needs Chromium, and the fonts of
Debian's packages ``fonts-noto-core`` and ``fonts-noto-color-emoji``.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]

from PIL import Image, ImageChops  # noqa: E402 - found once the path is set

from demo.harness import run_action  # noqa: E402
from demo.page import render_page  # noqa: E402
from demo.scenario import Step  # noqa: E402
from pd_incident_simulator import Simulator  # noqa: E402
from pd_incident_simulator.pagerduty.seed_history import seed_incidents  # noqa: E402

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 120_000
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_WIDTH, _HEIGHT = 716, 720
_MARGIN = 12
_COLOURS = 96
_STYLE = """
html { background: #fff } body { padding: 8px }
section:last-child { margin-bottom: 0 } article > :last-child { margin-bottom: 0 }
"""
# What GitHub folds away until somebody opens it, and what only the runner reads.
_FOLDED = re.compile(r"<details><summary>(.*?)</summary>.*?</details>", re.DOTALL)
_COMMAND = re.compile(r"^::.*\n", re.MULTILINE)

CONFIG = """\
from: ada@example.com
services: {shop: PSVC001, payments: PSVC002, search: PSERCH1}
severities:
  SEV-1: {urgency: high, priority: P1, acknowledge-within: 5m, resolve-within: 4h}
  SEV-2: {urgency: high, acknowledge-within: 15m}
"""
_SERVICE = ("PSVC001", "pagerdutyService")
_PAGE = Step(
    "Create Incident",
    "create",
    *_SERVICE,
    {"title": "Checkout answers 500", "severity": "SEV-1", "from": "ada@example.com"},
)
_REFUSED = Step(
    "Create Incident",
    "create",
    *_SERVICE,
    {"title": "Checkout answers 500", "from": "somebody@example.org"},
)
# Incidents of some services, and in how many days.
_HISTORY = (("PSVC001", 11, 6.5), ("PSVC002", 16, 4.2), ("PSVC003", 6, 2.7))
_REPORT = Step(
    "Report",
    "report",
    "",
    given={"folder": "report", "format": "html", "night": "22:00-07:00 Europe/Berlin"},
)
_DOCTOR = Step("Doctor", "doctor", "", given={"incident-io-token": ""})


def main() -> int:
    """Draw all pictures; return the exit code: 1 if one is too large."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    too_large = 0
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        for name, page, height in pictures(simulator, Path(folder)):
            picture = draw(page, height, Path(folder))
            (IMAGES / f"{name}.png").write_bytes(picture)
            print(f"docs/images/{name}.png: {len(picture):,} bytes")
            too_large += len(picture) >= MOST_BYTES
    return 1 if too_large else 0


def pictures(simulator: Simulator, workspace: Path) -> Iterator[tuple[str, str, int]]:
    """Run the action.

    Args:
        simulator: PagerDuty and Port.
        workspace: the checked-out repository.

    Yields:
        Each picture's name, what it shows, as HTML, and how high it is at most, in pixels.
    """

    def page(*sections: tuple[str, str]) -> str:
        return render_page(sections, _STYLE)

    (workspace / ".github").mkdir()
    (workspace / ".github/pd-incident.yml").write_text(CONFIG, encoding="utf-8")
    paged, refused = (run(step, simulator, workspace) for step in (_PAGE, _REFUSED))
    yield "job-summary", page(("page summary", paged.summary)), _HEIGHT
    yield "port-run-log", page(paged.port, refused.port), _HEIGHT
    yield "doctor", page(("Run doctor", run(_DOCTOR, simulator, workspace).log)), _HEIGHT
    state = simulator.pagerduty.state
    for service, count, days in _HISTORY:
        seed_incidents(state, count, service, days=days)
    run(_REPORT, simulator, workspace)
    # Its first two charts.
    yield "report", (workspace / "report" / "report.html").read_text(encoding="utf-8"), 560


@dataclass(frozen=True)
class Shown:
    """What a run shows, in Markdown.

    Attributes:
        summary: the job summary, as long as nobody opens what is folded.
        log: the step's log.
        port: of Port's run the status and the log.
    """

    summary: str
    log: str
    port: tuple[str, str]


def run(step: Step, simulator: Simulator, workspace: Path) -> Shown:
    """Run the action once, as if a user started it from Port."""
    state = simulator.port.state
    run_id = state.start_run()
    result, _ = run_action(step, run_id, simulator, workspace)
    summary = (workspace / "summary").read_text(encoding="utf-8")
    log = "\n".join(_COMMAND.sub("", result.stdout).splitlines())
    port = state.runs[run_id]
    return Shown(
        _FOLDED.sub(r"<p>▸ \1</p>", summary),
        f"```text\n{log}\n```",
        (
            f"{step.headline} · {port.status_label or 'Run log'}",
            "\n".join(port.logs).replace("\n", "\n\n"),
        ),
    )


def draw(markup: str, height: int, folder: Path) -> bytes:
    """Draw a page.

    Args:
        markup: HTML.
        height: what is below isn't drawn.
        folder: where the browser's files go.

    Returns:
        A PNG of twice the page's size, without the empty space below.
    """
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise SystemExit("Install Chromium to draw the pictures")
    page, file = folder / "page.html", folder / "page.png"
    page.write_text(markup, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=2"]
    command = [
        browser,
        *options,
        f"--window-size={_WIDTH},{height}",
        f"--screenshot={file}",
        str(page),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - our page
    screen = Image.open(file).convert("RGB")
    empty = Image.new("RGB", screen.size, "white")
    _, _, _, bottom = ImageChops.difference(screen, empty).getbbox() or (0, 0, 0, 0)
    packed = io.BytesIO()
    used = screen.crop((0, 0, screen.width, min(bottom + _MARGIN, screen.height)))
    used.quantize(_COLOURS).save(packed, "PNG", optimize=True)
    return packed.getvalue()


if __name__ == "__main__":
    sys.exit(main())
