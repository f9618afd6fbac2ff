"""``make selftest`` says why it doesn't run where it can't, and doesn't fail for that."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "selftest" / "run.sh"


def write_script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def run(folder: Path, *, docker: str, script: Path = SCRIPT) -> tuple[int, str]:
    """Run the script where docker does what is given, and podman's scripts are in the folder."""
    write_script(folder / "docker", docker)
    variables = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "SELFTEST_PODMAN": str(folder / "podman"),
    }
    done = subprocess.run(  # noqa: S603 - our own script
        [str(script)], env=os.environ | variables, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_without_docker_and_podmans_scripts_it_is_skipped(tmp_path: Path) -> None:
    for docker in ["exit 1", "echo no daemon >&2; exit 125"]:
        code, said = run(tmp_path, docker=docker)
        assert code == 0
        assert said == f"Self-test skipped: there is neither Docker nor {tmp_path / 'podman'}\n"


def test_where_podman_cannot_be_installed_it_is_skipped(tmp_path: Path) -> None:
    for name, code in (("setup.sh", 100), ("act-docker.sh", 1)):
        write_script(tmp_path / "podman" / name, f"exit {code}")
    assert run(tmp_path, docker="exit 1") == (
        0,
        "Self-test skipped: podman could not be installed\n",
    )


JOB = "echo '🏁  Job succeeded'; " + "echo 'Summary - ### Paged: 🔴 /incidents/'; " * 3


@pytest.mark.parametrize(
    ("docker", "composite", "code", "said"),
    [
        (JOB, JOB, 0, "Self-test passed"),
        ("exit 2", JOB, 1, "Self-test failed: act ended with 2, 1 of 2 jobs"),
        (JOB, "exit 2", 1, "Self-test failed: act ended with 2, 1 of 2 jobs"),
        (JOB, "exit 0", 1, "Self-test failed: act ended with 0, 1 of 2 jobs"),
    ],
)
def test_both_jobs_have_to_succeed(
    tmp_path: Path, docker: str, composite: str, code: int, said: str
) -> None:
    root = tmp_path / "root"
    write_script(root / ".venv/bin/python", "exit 0")
    write_script(root / "Dockerfile", "")
    for name, text in (("setup", "exit 0"), ("act-docker", docker), ("act-host", composite)):
        write_script(tmp_path / f"podman/{name}.sh", text)
    script = root / "scripts/selftest/run.sh"
    script.parent.mkdir(parents=True)
    shutil.copy(SCRIPT, script)
    ended, output = run(tmp_path, docker="exit 1", script=script)
    assert ended == code
    assert said in output.splitlines()[-1]
