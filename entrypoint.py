"""Starts the action, in the container and anywhere else: needs no installation of its own."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# The image keeps the requirements in `lib`; elsewhere they come from the virtual environment.
sys.path[:0] = [str(_HERE / "src"), str(_HERE / "lib")]

from pd_incident_action.main import main  # noqa: E402 - found once the path is set

if __name__ == "__main__":
    raise SystemExit(main())
