"""The packages are installed once, whole, checked by hash and out of reach of the workspace."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import install
import pytest

COMPOSITE = Path(install.__file__).parent
RUN = """\
import os, pathlib, sys
sys.path[:0] = sys.argv[1:3]
import entrypoint, install
folder = install.requirements(pathlib.Path(sys.argv[3]), os.environ)
sys.path.insert(0, str(folder))
import locked
print(folder, locked.WORD)
"""
UV = """#!/bin/sh
echo "$@" > $RUNNER_TEMP/uv
env > $RUNNER_TEMP/environment
{ending}
"""


def make_wheel(folder: Path) -> Path:
    """Make a package named locked, as small as they get."""
    wheel = folder / "locked-1.0-py3-none-any.whl"
    info = "locked-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("locked.py", "WORD = 'locked'\n")
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: locked\nVersion: 1.0\n")
        tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{info}/WHEEL", tag)
        file.writestr(f"{info}/RECORD", "")
    return wheel


class Runner:
    """A runner that keeps its tools, reaches no package index, and has one tiny locked package."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.locked = folder / "action.txt"
        self.lock(hashlib.sha256(make_wheel(folder).read_bytes()).hexdigest())
        self.cache = folder / "tools/pd-incident-action"
        for name in ("workspace", "bin", "temp"):
            (folder / name).mkdir()
        self.environment = os.environ | {
            "INPUTS_JSON": "secret",
            "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
            "RUNNER_TOOL_CACHE": str(folder / "tools"),
            "RUNNER_TEMP": str(folder / "temp"),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(folder),
        }

    def lock(self, digest: str) -> None:
        self.locked.write_text(f"locked==1.0 --hash=sha256:{digest}\n")

    def add_uv(self, ending: str) -> None:
        uv = self.folder / "bin/uv"
        uv.write_text(UV.format(ending=ending))
        uv.chmod(0o755)

    def start(self) -> subprocess.Popen[str]:
        words = [str(COMPOSITE), str(COMPOSITE.parent), str(self.locked)]
        return subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-I", "-c", RUN, *words],
            cwd=self.folder / "workspace",
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self) -> tuple[int, list[str]]:
        process = self.start()
        said, problems = process.communicate(timeout=60)
        return process.returncode, (said or problems).splitlines()


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_it_installs_once_and_says_so_in_one_line(runner: Runner) -> None:
    code, (told, found) = runner.run()
    assert code == 0
    assert told.startswith("This release has no packages for Python 3.")
    (cached,) = runner.cache.iterdir()
    assert found == f"{cached} locked"
    runner.environment["PIP_FIND_LINKS"] = "/nowhere"
    assert runner.run() == (0, [found])


def test_a_package_with_another_hash_is_not_run(runner: Runner) -> None:
    runner.lock("0" * 64)
    code, said = runner.run()
    assert code == 1
    assert said[1].startswith(
        "::error title=Nobody was paged%3A not installed::The action's Python"
    )
    assert list(runner.cache.iterdir()) == []


@pytest.mark.parametrize(
    ("ending", "uses_pip"),
    [("mkdir lib; echo WORD = 1 > lib/locked.py; exit 2", True), ("mkdir lib", False)],
)
def test_uv_is_asked_first_without_the_inputs(
    runner: Runner, ending: str, *, uses_pip: bool
) -> None:
    runner.add_uv(ending)
    _, said = runner.run()
    assert (said[-1] == f"{next(runner.cache.iterdir())} locked") is uses_pip
    asked = (runner.folder / "temp/uv").read_text()
    assert "--require-hashes --only-binary :all: --target" in asked
    assert "INPUTS_JSON" not in (runner.folder / "temp/environment").read_text()


def test_uv_installs_with_its_own_settings(runner: Runner) -> None:
    uv = Path(sys.executable).with_name("uv")
    (runner.folder / "bin/uv").symlink_to(uv)
    (runner.folder / "workspace/uv.toml").write_text("[pip]\nno-such-setting = 1\n")
    settings = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(runner.folder), "PIP_FIND_LINKS": "/none"}
    runner.environment |= settings
    code, said = runner.run()
    assert (code, said[-1]) == (0, f"{next(runner.cache.iterdir())} locked")


def test_nothing_in_the_workspace_is_run(runner: Runner) -> None:
    for name in ("pip", "install", "locked", "hashlib", "json"):
        (runner.folder / f"workspace/{name}.py").write_text("raise SystemExit(9)\n")
    runner.environment["PYTHONPATH"] = str(runner.folder / "workspace")
    assert runner.run()[0] == 0


def test_the_cache_is_where_tools_are_kept_or_else_temporary(tmp_path: Path) -> None:
    for tool_cache, chosen in [("tools", "tools"), ("file/tools", "temp"), ("", "temp")]:
        (tmp_path / "file").touch()
        places = {
            "RUNNER_TOOL_CACHE": str(tmp_path / tool_cache)
            if tool_cache
            else str(tmp_path / "file"),
            "RUNNER_TEMP": str(tmp_path / "temp"),
        }
        assert install.cache(places) == tmp_path / chosen / "pd-incident-action"


def test_two_jobs_that_install_at_once_both_get_a_whole_one(runner: Runner) -> None:
    started = [runner.start() for _ in range(2)]
    assert [process.communicate()[0].count(" locked\n") for process in started] == [1, 1]
    assert len(list(runner.cache.iterdir())) == 1


def test_cancelled_while_it_installs_it_says_so(runner: Runner) -> None:
    process = runner.start()
    while not (runner.cache.is_dir() and list(runner.cache.iterdir())):
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    said, problems = process.communicate(timeout=30)
    assert (process.returncode, problems) == (1, "")
    assert said.splitlines()[-1].startswith(
        "::error title=Cancelled::Nobody was paged: The job was cancelled (SIG"
    )
