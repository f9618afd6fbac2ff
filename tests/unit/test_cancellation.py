"""A signal becomes an exception, once, and never in the middle of an import."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness import ROOT

SIGNALLED = """
import os, signal, sys, threading, time
sys.path[:0] = [{src!r}, {folder!r}]
from pd_incident_action.cancellation import raise_on_cancellation
from pd_incident_action.errors import Cancelled
try:
    with raise_on_cancellation():
        {body}
        time.sleep(10)
except Cancelled as error:
    os.kill(os.getpid(), signal.SIGTERM)
    print(str(error), "half" in sys.modules and sys.modules["half"].WHOLE)
"""
SIGNAL = "os.kill(os.getpid(), signal.{})"


def run(folder: Path, body: str) -> str:
    code = SIGNALLED.format(src=str(ROOT / "src"), folder=str(folder), body=body)
    command = [sys.executable, "-c", code]
    return subprocess.check_output(command, text=True, timeout=20).strip()  # noqa: S603 - our own code


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_is_raised_where_it_arrives_and_only_once(tmp_path: Path, name: str) -> None:
    said = run(tmp_path, SIGNAL.format(name))
    assert f"The job was cancelled ({name})" in said


def test_an_import_is_finished_first(tmp_path: Path) -> None:
    lines = ["import os, signal, time", SIGNAL.format("SIGTERM"), "time.sleep(0.1)", "WHOLE = True"]
    (tmp_path / "half.py").write_text("\n".join(lines))
    assert run(tmp_path, "import half").endswith(" True")


def test_a_signal_that_interrupts_nothing_is_noticed_all_the_same(tmp_path: Path) -> None:
    """It arrives on another thread here, as if just before the main thread began to wait."""
    elsewhere = "threading.Timer(0.3, signal.raise_signal, [signal.SIGTERM]).start()"
    began = time.monotonic()
    said = run(tmp_path, elsewhere)
    assert "The job was cancelled (SIGTERM)" in said
    assert time.monotonic() - began < 5
