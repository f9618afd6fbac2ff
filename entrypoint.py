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
# Four modules that libraries load serve nothing here; to stand in for them takes 15 ms less.
_STAND_INS: dict[str, dict[str, object]] = {
    # pydantic looks among the installed packages for plugins, urllib3 for HTTP/2. There are none.
    "importlib.metadata": {"entry_points": lambda **_: (), "version": str},
    # uuid asks where it runs, to find a network card.
    "platform": {"system": lambda: "Linux"},
    # pydantic compares secrets with each other in constant time. We compare none.
    "secrets": {},
    # pydantic has a type for time zones, which no input has.
    "zoneinfo": {"ZoneInfo": type("ZoneInfo", (), {}), "ZoneInfoNotFoundError": KeyError},
}
for _name, _contents in _STAND_INS.items():
    sys.modules[_name] = types.ModuleType(_name)
    vars(sys.modules[_name]).update(_contents)

from pd_incident_action.http.preconnect import begin  # noqa: E402 - found once the path is set

if __name__ == "__main__":
    head_start = begin(os.environ)
    # Only now: what takes long to load is loaded while the connections are being made.
    from pd_incident_action.main import main

    code = main(_STARTED, head_start)
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written and told; taking the interpreter apart in an orderly way takes 30 ms.
    os._exit(code)
