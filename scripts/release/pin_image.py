"""Writes the image's digest into ``action.yml``: ``pin_image.py ghcr.io/org/name@sha256:…``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_IMAGE = re.compile(r"[a-z0-9.-]+(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}")
_BUILT = "  image: Dockerfile\n"


def pinned(action: str, image: str) -> str:
    """Let the action run a built image instead of building its own.

    Args:
        action: the text of ``action.yml``.
        image: name and digest, without a tag.

    Returns:
        The text with the image in place of the Dockerfile.

    Raises:
        ValueError: the image has no digest, or the action doesn't build one.
    """
    if not _IMAGE.fullmatch(image):
        msg = f"'{image}' is no name@sha256:digest in lower case"
        raise ValueError(msg)
    if action.count(_BUILT) != 1:
        msg = f"action.yml doesn't say '{_BUILT.strip()}' once"
        raise ValueError(msg)
    return action.replace(_BUILT, f"  image: docker://{image}\n")


def main() -> None:
    """Rewrite ``action.yml`` in place."""
    path = ROOT / "action.yml"
    path.write_text(pinned(path.read_text(encoding="utf-8"), sys.argv[1]), encoding="utf-8")


if __name__ == "__main__":
    main()
