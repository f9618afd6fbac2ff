"""Starts the action, in the container and anywhere else: needs no installation of its own."""

from __future__ import annotations

import os
import sys
import time

# The module `signal` takes 5 ms to load, in which one may come already.
from _signal import SIGINT, SIGTERM, signal  # type: ignore[import-not-found]

_STARTED = time.monotonic()
_NAMES = {SIGINT: "SIGINT", SIGTERM: "SIGTERM"}


def _end(number: int, _frame: object) -> None:
    """End a run that hasn't begun, whatever is just being imported."""
    text = f"The job was cancelled ({_NAMES[number]}) before anything was sent: nobody was paged."
    try:
        os.write(1, f"::error title=Cancelled::{text}\n".encode())
    finally:
        os._exit(1)


for _number in _NAMES:
    signal(_number, _end)

_HERE = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - pathlib takes 5 ms
# The image keeps the requirements in `lib`; elsewhere they come from the virtual environment.
sys.path[:0] = [f"{_HERE}/src", f"{_HERE}/lib"]

from pd_incident_action.process import open_streams, watch  # noqa: E402 - found once the path is set

open_streams()

from pd_incident_action.main import main  # noqa: E402 - as above

if __name__ == "__main__":
    import gc

    # A process that lives for a second needs no garbage collection: it would take 12 ms.
    gc.disable()
    code = main(_STARTED, watch=watch)
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written: an orderly shutdown of the interpreter would take 30 ms.
    os._exit(code)
