"""Starts the action, in the container and anywhere else: needs no installation of its own."""

from __future__ import annotations

import gc
import os
import sys
import time
import types
import warnings

_STARTED = time.monotonic()
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib takes 5 ms to load
# The image keeps the requirements in `lib`; elsewhere they come from the virtual environment.
sys.path[:0] = [f"{_HERE}/src", f"{_HERE}/lib"]
# A process that lives for a second needs no garbage collection: 12 ms less while loading modules.
gc.disable()
# Python's warnings are for developers: requests, for one, misses what guesses encodings.
warnings.simplefilter("ignore")
# pydantic looks among the installed packages for plugins, urllib3 for HTTP/2. There are none, and
# what they look with takes 10 ms to load: this stands in for it.
_nothing_installed = types.ModuleType("importlib.metadata")
vars(_nothing_installed).update(entry_points=lambda **_: (), version=str)
sys.modules[_nothing_installed.__name__] = _nothing_installed

from pd_incident_action.network.head_start import begin  # noqa: E402 - found once the path is set

if __name__ == "__main__":
    head_start = begin(os.environ)
    # Only now: what takes long to load is loaded while the connections are being made.
    from pd_incident_action.main import main

    code = main(_STARTED, head_start)
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written and told; taking the interpreter apart in an orderly way takes 30 ms.
    os._exit(code)
