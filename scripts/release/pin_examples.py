"""Pins the action in all examples to a release: ``pin_examples.py COMMIT v1.2.3``.

A release can't name its own commit, so the examples on ``main`` get it afterwards.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PLACES = ("README.md", "docs/*.md", "examples/*/*.yml", "scripts/generate/yaml_text.py")
_USED = re.compile(
    r"(org/pd-incident-action(?:/composite)?)@(?:v\d+|[0-9a-f]{40})  # "
    r"(?:zizmor: ignore\[unpinned-uses\]|v[\d.]+)"
)


def pinned(text: str, commit: str, version: str) -> str:
    """Replace the version of the action wherever an example uses it.

    Args:
        text: a page, a workflow, or the generator's constant.
        commit: the release's commit.
        version: its tag, such as ``v1.2.3``.
    """
    return _USED.sub(rf"\1@{commit}  # {version}", text)


def main() -> None:
    """Rewrite the examples in place."""
    commit, version = sys.argv[1:3]
    if not re.fullmatch(r"[0-9a-f]{40}", commit) or not re.fullmatch(r"v\d+\.\d+\.\d+", version):
        sys.exit(__doc__)
    for path in (path for place in _PLACES for path in ROOT.glob(place)):
        path.write_text(pinned(path.read_text(encoding="utf-8"), commit, version), "utf-8")


if __name__ == "__main__":
    main()
