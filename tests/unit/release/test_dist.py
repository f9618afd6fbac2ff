"""A release carries what is locked, byte for byte the same from each build."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from composite import shared_folder, wheels_for_this_python
from release import dist

ROOT = Path(__file__).resolve().parents[3]
LOCKED = (ROOT / "requirements/action.txt").read_text(encoding="utf-8")
PACKAGES = sorted(re.findall(r"^([\w-]+)==", LOCKED, re.MULTILINE))


@pytest.fixture
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels_for_this_python(shared_folder(tmp_path_factory))


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_two_builds_are_the_same_and_hold_what_an_archive_of_the_commit_does(
    wheels: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "elsewhere" / "second"
    for folder in (first, second):
        dist.build(wheels, folder, [sys.executable])
    built = contents(first)
    assert built == contents(second)

    assert sum(path.endswith(".pyc") for path in built) == sum(p.endswith(".py") for p in built)
    licences = [path for path in built if re.search(r"\.dist-info/.*(LICEN[CS]E|COPYING)", path)]
    assert len({path.split("-")[0] for path in licences}) == len(PACKAGES)
    bill = json.loads(built["lib/sbom.cdx.json"])
    assert [package["name"] for package in bill["components"]] == PACKAGES
    assert all(package["licenses"] and package["components"] for package in bill["components"])

    # On top of the repository, as publish.sh commits it.
    (first / "tests").mkdir()
    for path in ("tests/test.py", "pyproject.toml", "examples/other.yml", "src/other.py"):
        (first / path).write_text("")
    git = shutil.which("git") or "git"
    for words in (["init", "-q"], ["add", "--force", "."]):
        subprocess.run([git, *words], cwd=first, check=True, capture_output=True)  # noqa: S603 - fixed
    archive = tmp_path / "archive.zip"
    tree = subprocess.check_output([git, "write-tree"], cwd=first, text=True).strip()  # noqa: S603 - likewise
    subprocess.run([git, "archive", "-o", str(archive), tree], cwd=first, check=True)  # noqa: S603 - likewise
    with zipfile.ZipFile(archive) as file:
        archived = {name for name in file.namelist() if not name.endswith("/")}
    assert archived == built.keys() - {".gitattributes"}


def make_wheel(folder: Path, name: str, content: str) -> Path:
    wheel = folder / name
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("package/module.py", content)
        file.writestr("package-1.dist-info/METADATA", "Name: package\nVersion: 1\nLicense: MIT\n")
    return wheel


def test_a_wheel_that_is_not_locked_is_refused(tmp_path: Path) -> None:
    make_wheel(tmp_path, "package-1-py3-none-any.whl", "")
    with pytest.raises(ValueError, match=r"isn't in action\.txt"):
        dist.build(tmp_path, tmp_path / "dist", [])


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ("a = 2\n", pytest.raises(ValueError, match=r"b\.whl has another package/module\.py")),
        ("a = 1\r\n", nullcontext()),
    ],
)
def test_systems_share_a_file_only_if_they_agree_on_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: str,
    outcome: AbstractContextManager[object],
) -> None:
    wheels = [make_wheel(tmp_path, "a.whl", "a = 1\n"), make_wheel(tmp_path, "b.whl", content)]
    locked = tmp_path / "action.txt"
    locked.write_text(" ".join(f"--hash=sha256:{dist.sha256(wheel)}" for wheel in wheels))
    monkeypatch.setattr(dist, "_LOCKED", locked)
    with outcome:
        dist.build(tmp_path, tmp_path / "dist", [])
