"""Starts the action, in the container and anywhere else: needs no installation of its own."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from pd_incident_action.main import main  # noqa: E402 - only found once the path is set

if __name__ == "__main__":
    raise SystemExit(main())
