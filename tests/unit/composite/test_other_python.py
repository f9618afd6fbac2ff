"""Another Python of the runner is used where the first one has no packages."""

from __future__ import annotations

import sys
from pathlib import Path

import other_python
import pytest

MINOR = sys.version_info.minor
CARRIED = [
    "__init__.py",
    *(f"_pydantic_core.cpython-3{m}-{a}-linux-gnu.so" for m in (12, 14) for a in ("x86_64", "arm")),
    "_pydantic_core.cpython-314-darwin.so",
    "_pydantic_core.cp312-win_amd64.pyd",
]


def test_what_is_carried_for_a_system(tmp_path: Path) -> None:
    for suffix, minors in [
        (".cpython-36m-x86_64-linux-gnu.so", [14, 12]),
        (".cpython-314t-x86_64-linux-gnu.so", [14, 12]),
        (".cpython-312-x86_64-linux-musl.so", []),
        (".cpython-310-darwin.so", [14]),
        (".cp311-win_amd64.pyd", [12]),
        (".cp312-win_arm64.pyd", []),
        (".so", []),
    ]:
        for name in CARRIED:
            (tmp_path / name).touch()
        assert other_python.carried_for(tmp_path, suffix) == minors
        assert other_python.carried_for(tmp_path / "none", suffix) == []


@pytest.mark.parametrize(
    ("architecture", "path"),
    [("X64", "x64/bin/python3"), ("ARM64", "arm64/bin/python3"), ("X64", "x64/python.exe")],
)
def test_a_python_is_found_in_the_tool_cache(tmp_path: Path, architecture: str, path: str) -> None:
    for version in ("3.5.1", f"3.{MINOR}.2"):
        python = tmp_path / "Python" / version / path
        python.parent.mkdir(parents=True)
        python.symlink_to(Path(sys.executable).resolve())
    runner = {"PATH": "", "RUNNER_TOOL_CACHE": str(tmp_path), "RUNNER_ARCH": architecture}
    assert other_python.find([MINOR + 1, MINOR], runner) == str(python)
    # It is not what its folder says.
    assert other_python.find([5], runner) is None
    assert other_python.find([MINOR], {**runner, "RUNNER_ARCH": "X86"}) is None


def test_a_python_of_the_workspace_is_none_of_the_runners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / f"Python/3.{MINOR}.2/x64/bin/python3"
    python.parent.mkdir(parents=True)
    python.symlink_to(Path(sys.executable).resolve())
    monkeypatch.chdir(tmp_path)
    for runner in ({"PATH": ""}, {"PATH": "", "RUNNER_TOOL_CACHE": ""}):
        assert other_python.find([MINOR], runner) is None
