"""Says which version a tag asks for, if everything agrees: ``check.py release/v1.2.3``."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from release.changelog import ChangelogError, notes  # noqa: E402 - found once the path is set

_FILES = ("pyproject.toml", "CHANGELOG.md")
_TAG = re.compile(r"release/v(\d+\.\d+\.\d+)")


def version_of(tag: str, pyproject: str, changelog: str) -> str:
    """Find the version that a tag asks for.

    Args:
        tag: the tag's name, such as ``release/v1.2.3``.
        pyproject: the text of ``pyproject.toml``.
        changelog: the text of ``CHANGELOG.md``.

    Returns:
        The version, such as ``1.2.3``.

    Raises:
        ChangelogError: the changelog, or another file, doesn't agree.
    """
    match = _TAG.fullmatch(tag)
    if match is None:
        raise ChangelogError(f"'{tag}' is no release/vX.Y.Z")
    version = match[1]
    declared = tomllib.loads(pyproject)["project"]["version"]
    if declared != version:
        raise ChangelogError(f"pyproject.toml says {declared}, the tag {version}")
    notes(changelog, version)
    return version


def main() -> int:
    """Print the version.

    Returns:
        The exit code: 1 if something doesn't agree.
    """
    texts = [
        (ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "CHANGELOG.md")
    ]
    try:
        print(version_of(sys.argv[1], *texts))
    except ChangelogError as error:
        print(f"::error title=Not released::{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
