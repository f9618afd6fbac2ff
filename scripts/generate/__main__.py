"""Write what is derived from the operations' models: ``python scripts/generate [--check]``."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]

from generate.files import generated_files, stale_files  # noqa: E402 - found once the path is set


def main() -> int:
    """Write the files, or with ``--check`` only list the stale ones; return the exit code."""
    if "--check" in sys.argv[1:]:
        stale = stale_files()
        for path in stale:
            print(f"{path} is stale: run `make generate`")
        return 1 if stale else 0
    for path, text in generated_files().items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
