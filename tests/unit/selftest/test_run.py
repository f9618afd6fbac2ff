"""``make selftest`` says why it doesn't run where it can't, and doesn't fail for that."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "selftest" / "run.sh"


def run(folder: Path, *, docker: str) -> tuple[int, str]:
    """Run the script where docker does what is given, and podman's scripts are in the folder."""
    (folder / "docker").write_text(f"#!/bin/sh\n{docker}\n")
    (folder / "docker").chmod(0o755)
    variables = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "SELFTEST_PODMAN": str(folder / "podman"),
    }
    done = subprocess.run(  # noqa: S603 - our own script
        [str(SCRIPT)], env=os.environ | variables, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("docker", ["exit 1", "echo no daemon >&2; exit 125"])
def test_without_docker_and_podmans_scripts_it_is_skipped(tmp_path: Path, docker: str) -> None:
    code, said = run(tmp_path, docker=docker)
    assert code == 0
    assert said == f"Self-test skipped: there is neither Docker nor {tmp_path / 'podman'}\n"


def test_where_podman_cannot_be_installed_it_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "podman").mkdir()
    for name, code in (("setup.sh", 100), ("act-docker.sh", 1)):
        (tmp_path / "podman" / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / "podman" / name).chmod(0o755)
    assert run(tmp_path, docker="exit 1") == (
        0,
        "Self-test skipped: podman could not be installed\n",
    )
