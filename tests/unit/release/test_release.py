"""A release is made of what was tagged, says what it brings, and runs the image that was built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from release.changelog import ChangelogError, notes, release_notes, sections, version_of
from release.pin_examples import pinned as pinned_examples
from release.pin_image import pinned
from release.rebuild import changes, release

ROOT = Path(__file__).resolve().parents[3]
IMAGE = f"ghcr.io/org/pd-incident-action@sha256:{'0a' * 32}"
CHANGELOG = """\
# Changelog

Words.

## Unreleased

## [1.2.0] - 2026-11-21

### Added

- A thing.

## 1.1.0 – 2026-10-01

- An older thing.
"""
PYPROJECT = '[project]\nname = "x"\nversion = "1.2.0"\n'


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_examples_are_pinned_to_the_release() -> None:
    used = "uses: org/pd-incident-action{}@v1  # zizmor: ignore[unpinned-uses]\n"
    text = "".join(map(used.format, ("", "/composite")))
    for commit, version in (("0" * 40, "v1.2.3"), ("f" * 40, "v1.3.0")):
        text = pinned_examples(text, commit, version)
        assert text == (
            f"uses: org/pd-incident-action@{commit}  # {version}\n"
            f"uses: org/pd-incident-action/composite@{commit}  # {version}\n"
        )
    for path in ("README.md", "examples/scheduled/sync.yml", "scripts/generate/yaml_text.py"):
        assert pinned_examples(read(path), "0" * 40, "v1.2.3") != read(path)


def test_a_moved_base_or_package_is_a_patch_release() -> None:
    released = {
        "Dockerfile": f"FROM a@sha256:{'0' * 64}",
        "requirements/action.txt": "b==1 \\\n  --hash\nc==1\n",
    }
    assert changes(released, dict(released)) == []
    moved = {
        "Dockerfile": f"FROM a@sha256:{'1' * 64}",
        "requirements/action.txt": "b==2\nc==1\nd==1\n",
    }
    reasons = changes(released, moved)
    assert reasons == ["the base image", "b 2", "d 1"]
    version, pyproject, changelog = release(PYPROJECT, CHANGELOG, reasons, "2026-12-01")
    assert version == version_of("release/v1.2.1", pyproject, changelog) == "1.2.1"
    assert notes(changelog, version) == "### Security\n\n- Rebuilt with the base image, b 2, d 1."
    unreleased = CHANGELOG.replace("## Unreleased\n", "## Unreleased\n\n- A feature.\n")
    with pytest.raises(ChangelogError, match="release main: it has unreleased changes, and b 2"):
        release(PYPROJECT, unreleased, ["b 2"], "2026-12-01")


def test_notes_are_the_text_below_the_versions_heading() -> None:
    assert list(sections(CHANGELOG)) == ["unreleased", "1.2.0", "1.1.0"]
    assert notes(CHANGELOG, "1.2.0") == "### Added\n\n- A thing."


def test_a_changelog_that_is_not_ready_is_refused() -> None:
    for changelog, version, problem in [
        (CHANGELOG, "1.1.0", "newest version is 1.2.0, not 1.1.0"),
        (CHANGELOG, "1.3.0", "newest version is 1.2.0, not 1.3.0"),
        ("# Changelog\n", "1.0.0", "newest version is nothing"),
        ("## Unreleased\n- x\n## 1.0.0\n- y\n", "1.0.0", "unreleased changes"),
        ("## 1.0.0\n\n## 0.9.0\n- y\n", "1.0.0", "says nothing about 1.0.0"),
        ("## Next\n- x\n", "1.0.0", "'Next' is no version"),
    ]:
        with pytest.raises(ChangelogError, match=problem):
            notes(changelog, version)


def test_the_repositorys_own_changelog_can_be_read() -> None:
    assert all(text for text in sections(read("CHANGELOG.md")).values())


def test_a_tag_names_the_version_unless_something_disagrees() -> None:
    assert version_of("release/v1.2.0", PYPROJECT, CHANGELOG) == "1.2.0"
    for tag, problem in [
        ("v1.2.0", "no release/vX.Y.Z"),
        ("release/v1.2", "no release/vX.Y.Z"),
        ("release/v1.2.0-rc1", "no release/vX.Y.Z"),
        ("release/v1.1.0", "pyproject.toml says 1.2.0, the tag 1.1.0"),
    ]:
        with pytest.raises(ChangelogError, match=problem):
            version_of(tag, PYPROJECT, CHANGELOG)


def test_the_check_as_a_command_says_why_not() -> None:
    command = [sys.executable, str(ROOT / "scripts/release/changelog.py"), "check", "v0.0.1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("::error title=Not released::'v0.0.1'")


def test_release_notes_say_how_to_verify_the_image() -> None:
    text = release_notes(CHANGELOG, "1.2.0", IMAGE)
    assert text.startswith("### Added\n\n- A thing.\n")
    assert f"gh attestation verify oci://{IMAGE} --repo org/pd-incident-action" in text


def test_the_released_action_differs_from_mains_by_the_image_alone() -> None:
    released = yaml.safe_load(pinned(read("action.yml"), IMAGE))
    assert released["runs"] == {"using": "docker", "image": f"docker://{IMAGE}"}
    main = yaml.safe_load(read("action.yml"))
    assert released | {"runs": None} == main | {"runs": None}


def test_an_image_that_could_change_is_refused() -> None:
    for image in [
        "ghcr.io/org/pd-incident-action:v1",
        "ghcr.io/org/pd-incident-action",
        IMAGE.replace("org", "Org"),
        f"{IMAGE}0",
        f"docker://{IMAGE}",
        IMAGE.replace("@", ":v1@"),
    ]:
        with pytest.raises(ValueError, match="no name@sha256:digest"):
            pinned(read("action.yml"), image)
    with pytest.raises(ValueError, match="once"):
        pinned(pinned(read("action.yml"), IMAGE), IMAGE)
