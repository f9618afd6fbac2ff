"""Reads ``CHANGELOG.md``.

``changelog.py check release/v1.2.3`` says which version a tag asks for, if everything agrees;
``changelog.py notes 1.2.3 IMAGE@sha256:…`` prints a release's notes.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TAG = re.compile(r"release/v(\d+\.\d+\.\d+)")
_HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_VERSION = re.compile(r"\[?v?(\d+\.\d+\.\d+)\]?(?: .*)?")
_UNRELEASED = "unreleased"
_VERIFY = """
### Verify

The image is `{image}`. It and the archive with the composite action were built by this repository's
release workflow:

```console
$ gh release verify v{version} --repo {repository}
$ gh attestation verify oci://{image} --repo {repository}
$ gh attestation verify pd-incident-action-{version}.tar.gz --repo {repository}
```
"""


class ChangelogError(Exception):
    """The changelog, or what goes with it, doesn't say what it should."""


def sections(changelog: str) -> dict[str, str]:
    """Split a changelog, in the manner of Keep a Changelog, at its second-level headings.

    Returns:
        Each version's text, newest first; what isn't released yet is called ``unreleased``.

    Raises:
        ChangelogError: a heading is neither a version nor *Unreleased*.
    """
    parts = _HEADING.split(changelog)[1:]
    return {_name(h): text.strip() for h, text in zip(parts[::2], parts[1::2], strict=True)}


def _name(heading: str) -> str:
    match = _VERSION.fullmatch(heading)
    if match:
        return match[1]
    name = heading.strip("[]").lower()
    if name != _UNRELEASED:
        raise ChangelogError(f"'{heading}' is no version")
    return name


def notes(changelog: str, version: str) -> str:
    """Return what a release brings: the version's Markdown, without its heading.

    Raises:
        ChangelogError: the version isn't the newest, has no text, or something else is still
            unreleased.
    """
    found = sections(changelog)
    if found.pop(_UNRELEASED, ""):
        raise ChangelogError("CHANGELOG.md has unreleased changes: give them a version")
    newest = next(iter(found), "nothing")
    if newest != version:
        raise ChangelogError(f"CHANGELOG.md's newest version is {newest}, not {version}")
    if not found[version]:
        raise ChangelogError(f"CHANGELOG.md says nothing about {version}")
    return found[version]


def version_of(tag: str, pyproject: str, changelog: str) -> str:
    """Return the version that a tag asks for; raises `ChangelogError` where a file disagrees."""
    match = _TAG.fullmatch(tag)
    if match is None:
        raise ChangelogError(f"'{tag}' is no release/vX.Y.Z")
    version = match[1]
    declared = tomllib.loads(pyproject)["project"]["version"]
    if declared != version:
        raise ChangelogError(f"pyproject.toml says {declared}, the tag {version}")
    notes(changelog, version)
    return version


def release_notes(changelog: str, version: str, image: str) -> str:
    """Write the notes of a release: what it brings, and how to verify its image."""
    repository = image.partition("@")[0].partition("/")[2]
    verify = _VERIFY.format(image=image, repository=repository, version=version)
    return f"{notes(changelog, version)}\n{verify}"


def main(command: str, *arguments: str) -> None:
    """Run a command; raises `ChangelogError`."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    if command == "check":
        pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
        print(version_of(arguments[0], pyproject, changelog))
    else:
        print(release_notes(changelog, *arguments))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ChangelogError as problem:
        sys.exit(f"::error title=Not released::{problem}")
