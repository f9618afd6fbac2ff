"""Starts the action, in the container and anywhere else: needs no installation of its own."""

# No newer syntax than Python 3.6's: outside of the container, composite/run.py imports this before
# it looks for a newer Python.
import gc
import os
import sys
import time

# The module `signal` takes 5 ms to load, in which one may come already.
from _signal import SIGINT, SIGTERM, signal  # type: ignore[import-not-found]

TYPE_CHECKING = False  # typing itself takes 10 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

_STARTED = time.monotonic()
_NAMES = {SIGINT: "SIGINT", SIGTERM: "SIGTERM"}
_HERE = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - pathlib takes 5 ms


def _end(number: int, _frame: object) -> None:
    """End a run that hasn't begun, whatever is just being imported."""
    text = f"Nobody was paged: The job was cancelled ({_NAMES[number]}) before anything was sent."
    try:
        os.write(1, f"::error title=Cancelled::{text}\n".encode())
    finally:
        os._exit(1)


for _number in _NAMES:
    signal(_number, _end)


def run(requirements: str, environment: "Mapping[str, str]") -> "NoReturn":
    """Run the action with the packages in a folder, and end the process."""
    sys.path[:0] = [f"{_HERE}/src", requirements]
    from pd_incident_action.process import open_streams, watch  # noqa: PLC0415 - needs the path

    open_streams()

    from pd_incident_action.main import main  # noqa: PLC0415 - as above

    # A process that lives for a second needs no garbage collection: it would take 12 ms.
    gc.disable()
    code = main(_STARTED, environment, watch=watch)
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written: an orderly shutdown of the interpreter would take 30 ms.
    os._exit(code)


if __name__ == "__main__":
    run(f"{_HERE}/lib", os.environ)
