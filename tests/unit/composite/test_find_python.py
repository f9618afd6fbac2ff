"""``find_python.sh`` finds a Python that will do, and isn't fooled by one that won't."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "composite" / "find_python.sh"
GOOD = f'exec {sys.executable} "$@"'
SHOP = "echo 'Python was not found; run without arguments to install'; exit 9009"


def find(folder: Path, commands: dict[str, str]) -> str:
    """Run the script where just these commands are on the path."""
    for name, body in commands.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    bash = shutil.which("bash") or "bash"
    variables = os.environ | {"PATH": str(folder), "GITHUB_OUTPUT": str(folder / "output")}
    (folder / "output").touch()
    subprocess.run([bash, str(SCRIPT)], env=variables, check=True, capture_output=True)  # noqa: S603 - our own
    return (folder / "output").read_text()


@pytest.mark.parametrize("name", ["python3", "python", "python3.11", "python3.13"])
def test_any_usual_name_will_do(tmp_path: Path, name: str) -> None:
    assert find(tmp_path, {name: GOOD}) == f"python={tmp_path / name}\n"


@pytest.mark.parametrize("useless", [SHOP, "exit 1"])
def test_what_does_not_answer_is_passed_over(tmp_path: Path, useless: str) -> None:
    found = find(tmp_path, {"python3": useless, "python": GOOD})
    assert found == f"python={tmp_path / 'python'}\n"


def test_one_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    # Runs what it is asked with an older version's number.
    old = (
        f'exec {sys.executable} -c "import sys; sys.version_info = (3, 9); exec(sys.argv[3])" "$@"'
    )
    assert find(tmp_path, {"python3": old}) == ""
    new = old.replace("(3, 9)", "(3, 12)")
    assert find(tmp_path, {"python3": new}) == f"python={tmp_path / 'python3'}\n"


def test_where_there_is_none_it_says_nothing(tmp_path: Path) -> None:
    assert find(tmp_path, {}) == ""
