"""The repository keeps its own rules, and speaks of the product alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib

import yaml

from generate.model import all_operations
from repository import ROOT, read

MADE = frozenset({"dist", ".git", ".venv", ".coverage", ".hypothesis", "__pycache__"})
# Put together from parts, so that this file doesn't hold what no file may hold.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("rubygems", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    )
]
MACHINE_PATHS = [f"/{folder}/" for folder in ("work", "root")]


def walked() -> list[str]:
    """List what isn't made by tools, for where git can't say what that is."""
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [p.as_posix() for p in paths if not any(x in MADE or "_cache" in x for x in p.parts)]


def files() -> list[str]:
    """List what is in the repository, or would be with the next commit."""
    command = [shutil.which("git") or "", "ls-files", "-z"]
    command += ["--cached", "--others", "--exclude-standard"]
    # Without a repository of its own, git would tell of one that the folder happens to be in.
    if not command[0] or not (ROOT / ".git").exists():
        return walked()
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)  # noqa: S603 - fixed words
    if listed.returncode:
        return walked()
    return [path for path in listed.stdout.decode().split("\0") if (ROOT / path).is_file()]


def test_the_files_are_found_with_and_without_git() -> None:
    for lister in [files, walked]:
        found = set(lister())
        assert {"README.md", ".github/workflows/ci.yml", "src/pd_incident_action/main.py"} <= found
        assert not [path for path in found if path.startswith((".venv/", ".git/"))]


def test_no_file_names_a_package_registry_or_a_path_of_a_machine() -> None:
    found = [
        f"{path}: {word}"
        for path in files()
        for text in [(ROOT / path).read_bytes().decode("utf-8", "replace")]
        for word in REGISTRIES + MACHINE_PATHS
        if word in text
    ]
    assert found == []


def test_the_action_gets_its_signals_itself() -> None:
    (entrypoint,) = re.findall(r"^ENTRYPOINT (.+)$", read("Dockerfile"), re.MULTILINE)
    words = json.loads(entrypoint)
    assert words[-1] == "/app/entrypoint.py"
    assert all(isinstance(word, str) for word in words)


def test_only_what_the_runner_knows_has_a_default() -> None:
    inputs = yaml.safe_load(read("action.yml"))["inputs"]
    assert "operation" in inputs
    defaults = {name: one["default"] for name, one in inputs.items() if "default" in one}
    assert defaults == {"github-token": "${{ github.token }}", "matrix": "${{ toJSON(matrix) }}"}


def test_an_operation_has_its_tests() -> None:
    modules = [one.name.replace("-", "_") for one in all_operations()]
    tests = [ROOT / "tests" / "component" / f"test_{module}.py" for module in modules]
    assert [path.name for path in tests if not path.is_file()] == []


def test_mutants_are_made_of_and_judged_by_what_is_there() -> None:
    mutmut = tomllib.loads(read("pyproject.toml"))["tool"]["mutmut"]
    patterns = [*mutmut["only_mutate"], *mutmut["pytest_add_cli_args_test_selection"]]
    assert [one for one in patterns if not any(ROOT.glob(one))] == []
