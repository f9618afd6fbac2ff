"""Starts the action, in the container and anywhere else: needs no installation of its own."""

from __future__ import annotations

import gc
import os
import sys
import time
import types

_STARTED = time.monotonic()
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib takes 5 ms to load
# The image keeps the requirements in `lib`; elsewhere they come from the virtual environment.
sys.path[:0] = [f"{_HERE}/src", f"{_HERE}/lib"]
# A process that lives for a second needs no garbage collection: 12 ms less while loading modules.
gc.disable()
# pydantic would look through all installed packages for plugins. There are none, and even when it
# is told so, what it would look with takes 10 ms to load: this stands in for it.
_no_plugins = types.ModuleType("pydantic.plugin._loader")
vars(_no_plugins)["get_plugins"] = tuple
sys.modules[_no_plugins.__name__] = _no_plugins

from pd_incident_action.head_start import begin  # noqa: E402 - found once the path is set

if __name__ == "__main__":
    head_start = begin(os.environ)
    # Only now: what takes long to load is loaded while the connections are being made.
    from pd_incident_action.main import main

    code = main(_STARTED, head_start)
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written and told; taking the interpreter apart in an orderly way takes 30 ms.
    os._exit(code)
