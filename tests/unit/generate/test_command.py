"""``python scripts/generate`` writes what is derived, or tells what is stale."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what the command needs, so that it writes nothing into the repository."""
    for folder in ("src/pd_incident_action", "scripts/generate"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(ROOT / "README.md", tmp_path)
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs/permissions.md", tmp_path / "docs")
    (tmp_path / ".github/workflows").mkdir(parents=True)
    shutil.copy(ROOT / ".github/workflows/ci.yml", tmp_path / ".github/workflows")
    return tmp_path


def generate(checkout: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, str(checkout / "scripts/generate"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    return done.returncode, done.stdout + done.stderr


def test_what_is_stale_is_told_until_it_is_written(checkout: Path) -> None:
    code, told = generate(checkout, "--check")
    assert (code, "action.yml is stale: run `make generate`" in told) == (1, True)
    assert not (checkout / "action.yml").exists()
    assert generate(checkout) == (0, "")
    assert generate(checkout, "--check") == (0, "")
    for path in (
        "action.yml",
        "composite/action.yml",
        "docs/inputs.md",
        "examples/workflows/create.yml",
    ):
        assert (checkout / path).read_bytes() == (ROOT / path).read_bytes()
