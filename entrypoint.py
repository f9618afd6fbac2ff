"""Starts the action, in the container and anywhere else: needs no installation of its own."""

from __future__ import annotations

import gc
import os
import sys
import time
from pathlib import Path

_STARTED = time.monotonic()
_HERE = Path(__file__).resolve().parent
# The image keeps the requirements in `lib`; elsewhere they come from the virtual environment.
sys.path[:0] = [str(_HERE / "src"), str(_HERE / "lib")]

from pd_incident_action.main import main  # noqa: E402 - found once the path is set

if __name__ == "__main__":
    # A process that lives for a second needs no garbage collection: it would take 12 ms.
    gc.disable()
    code = main(_STARTED)
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written: an orderly shutdown of the interpreter would take 30 ms.
    os._exit(code)
