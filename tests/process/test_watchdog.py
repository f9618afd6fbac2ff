"""A process that hangs in spite of everything is ended in time, with a sentence."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from harness import ROOT

HANGING = """
import ctypes, os, signal, sys
sys.path.insert(0, {src!r})
from pd_incident_action import process
process._SECONDS_AFTER_SIGNAL = 0.3
names = []
process.watch(names.append, {seconds})
{body}
# Unlike time.sleep, it doesn't let signals' handlers run in between.
libc = ctypes.CDLL(None)
libc.sleep(1)
{check}
while True:
    libc.sleep(60)
"""


def run(body: str = "", check: str = "", seconds: float = 30) -> subprocess.CompletedProcess[str]:
    code = HANGING.format(src=str(ROOT / "src"), body=body, check=check, seconds=seconds)
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - our own code


@pytest.mark.parametrize(
    ("seconds", "body"), [(0.2, ""), (30, "os.kill(os.getpid(), signal.SIGTERM)")]
)
def test_a_run_that_hangs_is_ended(seconds: float, body: str) -> None:
    began = time.monotonic()
    done = run(body, seconds=seconds)
    assert time.monotonic() - began < 10
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("\n::error title=Bug in pd-incident-action::The run did not end")
    assert "Somebody may have been paged" in done.stdout


def test_a_signal_cancels_once_whatever_the_main_thread_does() -> None:
    send = "for one in (signal.SIGINT, signal.SIGTERM): os.kill(os.getpid(), one)"
    slow = f"process._SECONDS_AFTER_SIGNAL = 9\n{send}"
    done = run(slow, "print(names, flush=True); os._exit(7)")
    assert (done.returncode, done.stdout, done.stderr) == (7, "['SIGINT']\n", "")


def test_what_can_be_written_to_nobody_ends_all_the_same() -> None:
    body = "r, w = os.pipe(); os.dup2(w, 1); os.write(1, bytes(65536))"
    assert run(body, seconds=0.2).returncode == 1
