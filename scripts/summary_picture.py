"""Draw docs/images/job-summary.png: what the action leaves in the job summary, as GitHub shows it.

Runs ``entrypoint.py`` against the simulator as the demo does, and renders the Markdown that it
wrote. ``make picture`` installs what this needs from Python; besides, Debian's packages
``libpango-1.0-0``, ``libpangoft2-1.0-0``, ``fonts-noto-core`` and ``fonts-noto-color-emoji``.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops
from weasyprint import HTML

from demo.harness import ROOT, run_action
from demo.page import render_page
from demo.scenario import Step
from pd_incident_simulator import Simulator

PICTURE = ROOT / "docs" / "images" / "job-summary.png"
MOST_BYTES = 150_000
_SCALE = 2.0
_MARGIN = 16
_COLOURS = 128
_SHEET = "@page { size: 760px 2000px; margin: 8px }"
# What GitHub folds away until somebody opens it.
_FOLDED = re.compile(r"<details><summary>(.*?)</summary>.*?</details>", re.DOTALL)
_CLICKS = (
    Step(
        headline="Create incident",
        operation="create",
        entity="PSVC001",
        blueprint="pagerdutyService",
        filled_in={
            "title": "Checkout answers 500",
            "extra_details": "Since 03:10, 40 % of orders fail.",
            "priority": "P1",
            "from": "ada@example.com",
        },
    ),
    Step(
        headline="Create incident, on behalf of nobody",
        operation="create",
        entity="PSVC001",
        blueprint="pagerdutyService",
        filled_in={"title": "Search is down", "from": "nobody@example.com"},
    ),
)


def main() -> int:
    """Draw the picture.

    Returns:
        The exit code: 1 if the picture is too large for a page that opens quickly.
    """
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        summaries = [summary(click, simulator, Path(folder)) for click in _CLICKS]
    folded = [("page summary", _FOLDED.sub(r"<p>▸ \1</p>", text)) for text in summaries]
    picture = draw(render_page(folded, _SHEET))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(picture)
    print(f"{PICTURE.relative_to(ROOT)}: {len(picture):,} bytes")
    return 0 if len(picture) < MOST_BYTES else 1


def summary(click: Step, simulator: Simulator, folder: Path) -> str:
    """Run the action for one click.

    Args:
        click: what the user does in Port.
        simulator: PagerDuty and Port.
        folder: where the run's files go.

    Returns:
        The job summary, in Markdown.
    """
    run_action(click, simulator.port.state.start_run(), simulator, folder)
    return (folder / "summary").read_text(encoding="utf-8")


def draw(markup: str) -> bytes:
    """Draw a page that fits on one sheet.

    Args:
        markup: HTML.

    Returns:
        A PNG without the empty space around it.
    """
    document = pypdfium2.PdfDocument(HTML(string=markup).write_pdf())
    # A CSS pixel is three quarters of a point.
    sheet = document[0].render(scale=_SCALE / 0.75).to_pil().convert("RGB")
    empty = Image.new("RGB", sheet.size, "white")
    left, top, right, bottom = ImageChops.difference(sheet, empty).getbbox() or (0, 0, 1, 1)
    inked = (left - _MARGIN, top - _MARGIN, right + _MARGIN, bottom + _MARGIN)
    file = io.BytesIO()
    sheet.crop(inked).quantize(_COLOURS).save(file, "PNG", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main())
