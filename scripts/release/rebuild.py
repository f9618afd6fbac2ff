"""Prepares a patch release once the base image or a package has moved on: ``rebuild.py DIGEST``.

Takes the digest that the base image's tag has now, changes the files of a release, and prints its
version; or prints nothing where the last release is as good as a new one.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from release.changelog import ChangelogError, sections  # noqa: E402 - found once the path is set

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PACKAGE = re.compile(r"^([\w-]+)==(\S+)", re.MULTILINE)
_PACKAGES = "requirements/action.txt"
_FILES = ("Dockerfile", _PACKAGES)


def changes(released: dict[str, str], current: dict[str, str]) -> list[str]:
    """Describe what a new image would hold in another version than the released one.

    Args:
        released: texts of the Dockerfile and of the requirements, by path, in the last release.
        current: the same as they are now.
    """
    texts = (released[_PACKAGES], current[_PACKAGES])
    before, now = (dict(_PACKAGE.findall(text)) for text in texts)
    found = [f"{name} {now[name]}" for name in now if now[name] != before.get(name)]
    is_moved = _DIGEST.findall(released["Dockerfile"]) != _DIGEST.findall(current["Dockerfile"])
    return [*(["the base image"] if is_moved else []), *found]


def release(pyproject: str, changelog: str, reasons: list[str], day: str) -> tuple[str, str, str]:
    """Write the files of a patch release.

    Returns:
        The version, and the new texts of ``pyproject.toml`` and ``CHANGELOG.md``.

    Raises:
        ChangelogError: something else is to be released first.
    """
    if sections(changelog).get("unreleased"):
        raise ChangelogError(f"release main: it has unreleased changes, and {', '.join(reasons)}")
    old = tomllib.loads(pyproject)["project"]["version"]
    major, minor, patch = old.split(".")
    version = f"{major}.{minor}.{int(patch) + 1}"
    entry = f"## {version} – {day}\n\n### Security\n\n- Rebuilt with {', '.join(reasons)}.\n\n"
    changelog = re.sub(r"^(?=## +\[?v?\d)", entry, changelog, count=1, flags=re.MULTILINE)
    return version, pyproject.replace(f'version = "{old}"', f'version = "{version}"', 1), changelog


def main(digest: str) -> None:
    """Prepare the release in place; raises `ChangelogError`."""
    if not _DIGEST.fullmatch(digest):
        raise ChangelogError(f"the base image has the digest '{digest}'")
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    current = {path: (ROOT / path).read_text("utf-8") for path in _FILES}
    current["Dockerfile"] = _DIGEST.sub(digest, current["Dockerfile"])
    tag = f"v{tomllib.loads(pyproject)['project']['version']}"
    reasons = changes({path: _show(tag, path) for path in _FILES}, current)
    if not reasons:
        return
    day = datetime.now(UTC).date().isoformat()
    version, pyproject, changelog = release(pyproject, changelog, reasons, day)
    (ROOT / "Dockerfile").write_text(current["Dockerfile"], encoding="utf-8")
    (ROOT / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    (ROOT / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    print(version)


def _show(tag: str, path: str) -> str:
    command = ["git", "show", f"{tag}:{path}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603 - git


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except ChangelogError as problem:
        sys.exit(f"::error title=A release is due::{problem}")
