"""An incident's life from the first page to the last note, as the demo tells it."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from html import escape
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from unittest import mock

import pytest

from demo import harness
from demo.__main__ import play_all
from demo.scenario import SCENES
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


def test_each_scene_goes_as_the_demo_says(
    sim: Simulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(harness, "subprocess", SimpleNamespace(run=run_in_process))
    monkeypatch.delenv("VERBOSE", raising=False)
    play_all(sim, tmp_path, tmp_path / "page.html")
    told = capsys.readouterr().out
    assert len(told.splitlines()) <= 115
    assert "::add-mask" not in told
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(f"<header>{escape(one.headline)}</header>" in page for one in SCENES)
