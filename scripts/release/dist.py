"""Build the tree that a release's users check out, with the packages that the action needs.

``dist.py [--complete] FOLDER``. ``--complete`` insists on the bytecode for every Python that is
carried for; ``CARRY_THIS_PYTHON=1`` carries for the one that runs this, too.
"""

from __future__ import annotations

import argparse
import email
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_LOCKED = ROOT / "requirements" / "action.txt"
# What the action runs on; the rest of the repository stays out of a release's archive.
_SHIPPED = (
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "action.yml",
    "composite",
    "entrypoint.py",
    "examples/workflows",
    "port",
    "requirements/action.txt",
    "src/pd_incident_action",
)
# Records of an installation, type stubs, scripts, a package's tests; pydantic's version 1 and its
# plugin for mypy, which nothing of ours imports; and native parts that have a slower twin in
# Python, which is fast enough: PyYAML's would be a sixth of the archive.
_LEFT_OUT = re.compile(
    r".*\.dist-info/(RECORD|WHEEL|entry_points\.txt|top_level\.txt|sboms/.*)|.*\.pyi|.*/py\.typed"
    r"|[^/]*\.data/.*|tests/.*|pydantic/(v1/.*|mypy\.py)|(charset_normalizer|yaml)/.*\.(so|pyd)"
)
# Never checked against its source, and without docstrings, like the container's. It has the name of
# unoptimised bytecode, since few systems have the standard library optimised.
_COMPILE = """
import importlib.util, py_compile, sys
for path in sys.stdin.read().splitlines():
    py_compile.compile(
        path, importlib.util.cache_from_source(path), path, doraise=True, optimize=2,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
"""


@dataclass(frozen=True)
class Target:
    """A Python on a system.

    Attributes:
        minor: minor version of Python 3.
        platforms: what pip calls the system; empty for the one that this runs on.
    """

    minor: int
    platforms: tuple[str, ...]


_LINUX = ("manylinux_2_28_{0}", "manylinux_2_17_{0}")
_X64, _ARM64 = (tuple(one.format(name) for one in _LINUX) for name in ("x86_64", "aarch64"))
CARRIED = (
    *(Target(minor, system) for minor in (12, 14) for system in (_X64, _ARM64)),
    Target(14, ("macosx_11_0_arm64",)),
    Target(12, ("win_amd64",)),
)
THIS = Target(sys.version_info.minor, ())


def download(targets: Iterable[Target], folder: Path) -> None:
    """Download the locked wheels of some targets, checked by hash."""

    def one(target: Target) -> None:
        options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(_LOCKED)]
        options += [word for name in target.platforms for word in ("--platform", name)]
        if target.platforms:
            options += ["--implementation", "cp", "--python-version", f"3.{target.minor}"]
        pip = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check"]
        with tempfile.TemporaryDirectory() as name:
            subprocess.run([*pip, *options, "-d", name], check=True)  # noqa: S603 - fixed words
            for wheel in Path(name).iterdir():
                shutil.copy(wheel, folder)

    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        list(pool.map(one, targets))


def build(wheels: Path, folder: Path, pythons: Iterable[str]) -> None:
    """Build the tree from downloaded wheels alone.

    Args:
        wheels: the folder of the wheels.
        folder: the tree's; whatever is there is replaced.
        pythons: interpreters to compile for.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for path in _SHIPPED:
        _copy(ROOT / path, folder / path)
    found = sorted(wheels.glob("*.whl"))
    for wheel in found:
        _unpack(wheel, folder / "lib")
    bill = json.dumps(bill_of_materials(found), indent=2) + "\n"
    (folder / "lib" / "sbom.cdx.json").write_text(bill, encoding="utf-8")
    (folder / ".gitattributes").write_text(_attributes(), encoding="utf-8")
    sources = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    for python in pythons:
        subprocess.run(  # noqa: S603 - interpreters that we were given
            [python, "-S", "-c", _COMPILE],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            input="\n".join(sources),
            text=True,
            check=True,
        )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)


def _unpack(wheel: Path, folder: Path) -> None:
    """Unpack a wheel that is locked among those of other systems.

    Raises:
        ValueError: it isn't locked, or has other content where another one has the same file.
    """
    if f"--hash=sha256:{sha256(wheel)}" not in _LOCKED.read_text(encoding="utf-8"):
        raise ValueError(f"{wheel.name} isn't in {_LOCKED.name}")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith("/") or _LEFT_OUT.fullmatch(name) or ".." in PurePosixPath(name).parts:
                continue
            # Those for Windows have other line ends.
            content, target = archive.read(name), folder / name
            if not name.endswith((".so", ".pyd")):
                content = content.replace(b"\r\n", b"\n")
            if target.exists() and target.read_bytes() != content:
                raise ValueError(f"{wheel.name} has another {name} than another system's wheel")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def sha256(file: Path) -> str:
    """Return a file's hash."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def bill_of_materials(wheels: Iterable[Path]) -> dict[str, Any]:
    """Describe the packages as a CycloneDX document."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages: dict[str, dict[str, Any]] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            (path,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            metadata = email.message_from_bytes(archive.read(path))
        name, version = metadata["Name"].lower().replace("_", "-"), metadata["Version"]
        licence = metadata["License-Expression"] or metadata["License"]
        package = packages.setdefault(
            name,
            {
                "type": "library",
                "name": name,
                "version": version,
                "purl": f"pkg:pypi/{name}@{version}",
                **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
                "components": [],
            },
        )
        hashes = [{"alg": "SHA-256", "content": sha256(wheel)}]
        package["components"].append({"type": "file", "name": wheel.name, "hashes": hashes})
    described = {"type": "application", "name": project["name"], "version": project["version"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": described},
        "components": [packages[name] for name in sorted(packages)],
    }


def _attributes() -> str:
    """Keep the rest of the repository out of the archive, and every byte as it is."""
    shipped = sorted({f"/{path}" for path in (*_SHIPPED, "lib", "__pycache__")})
    partly = sorted({f"/{path.split('/', 1)[0]}" for path in _SHIPPED if "/" in path})
    lines = ["* -text", "/* export-ignore"]
    lines += [
        f"{line}"
        for path in partly
        for line in (f"{path} -export-ignore", f"{path}/* export-ignore")
    ]
    return "\n".join([*lines, *(f"{path} -export-ignore" for path in shipped)]) + "\n"


def interpreter(minor: int) -> str | None:
    """Find a Python of a minor version: the one that runs this, or one on PATH."""
    if minor == THIS.minor:
        return sys.executable
    python = shutil.which(f"python3.{minor}")
    answers = python and not subprocess.call([python, "-c", ""], stderr=subprocess.DEVNULL)  # noqa: S603 - a Python
    return python if answers else None


def main() -> int:
    """Build what the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--complete", action="store_true")
    options = parser.parse_args()
    targets = [*CARRIED, *([THIS] if os.environ.get("CARRY_THIS_PYTHON") else [])]
    pythons = {minor: interpreter(minor) for minor in {target.minor for target in targets}}
    missing = [f"3.{minor}" for minor, python in pythons.items() if python is None]
    if missing:
        print(f"Without bytecode for Python {' and '.join(missing)}: not found on PATH")
        if options.complete:
            return 1
    with tempfile.TemporaryDirectory() as wheels:
        download(targets, Path(wheels))
        build(Path(wheels), options.folder, filter(None, pythons.values()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
