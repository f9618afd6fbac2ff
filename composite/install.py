"""Installs the packages into the runner's tool cache, where the next run finds them."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

_OPTIONS = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
_HASH_DIGITS = 16


def requirements(locked: Path, environment: Mapping[str, str]) -> Path:
    """Return the folder that holds the locked packages; end the process if there can be none."""
    try:
        return installed(locked, environment)
    except (OSError, subprocess.SubprocessError) as error:
        text = (
            f"The action's Python packages could not be installed: {error}. The installer's own "
            "words are above. Check that this Python has pip, and that the runner reaches its "
            "package index, or set PIP_INDEX_URL to a mirror."
        )
        text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        print(f"::error title=Nobody was paged%3A not installed::{text}", flush=True)
        sys.exit(1)


def installed(locked: Path, environment: Mapping[str, str]) -> Path:
    """Find or make the folder of a lock file's packages.

    Raises:
        OSError: nothing can be written anywhere.
        subprocess.SubprocessError: the installer failed.
    """
    kind = f"{EXTENSION_SUFFIXES[0]} {platform.machine()}"
    key = hashlib.sha256(kind.encode() + locked.read_bytes()).hexdigest()
    folder = cache(environment) / key[:_HASH_DIGITS]
    if not folder.exists():
        version = f"Python {platform.python_version()} on {sys.platform} {platform.machine()}"
        print(f"This release has no packages for {version}: installing them", flush=True)
        _install(folder, locked.resolve(), environment)
    return folder


def cache(environment: Mapping[str, str]) -> Path:
    """Choose a folder that can be written to, and outlasts the job where possible.

    Raises:
        OSError: there is none.
    """
    for name in ("RUNNER_TOOL_CACHE", "RUNNER_TEMP"):
        folder = Path(environment.get(name) or tempfile.gettempdir()) / "pd-incident-action"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise PermissionError("neither RUNNER_TOOL_CACHE nor RUNNER_TEMP can be written to")


def _install(folder: Path, locked: Path, environment: Mapping[str, str]) -> None:
    """Install next to the final place and move it there: jobs side by side never see a half."""
    started = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    # What installs has no use for the secrets. A company's own authorities are the system's.
    variables = {n: v for n, v in environment.items() if n != "INPUTS_JSON"}
    variables.setdefault("UV_NATIVE_TLS", "true")
    target = ["install", *_OPTIONS, "--target", str(started / "lib"), "-r", str(locked)]
    # -I: a pip.py in the workspace isn't pip.
    pip = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", *target]
    uv = shutil.which("uv")
    try:
        # uv takes settings from the current folder, and may not know the mirror that pip does.
        if not uv or subprocess.call(  # noqa: S603 - our own words
            [uv, "pip", *target, "--python", sys.executable], env=variables, cwd=started
        ):
            # pip replaces no half of a package that uv may have left.
            shutil.rmtree(started / "lib", ignore_errors=True)
            subprocess.run([*pip, "--no-compile"], env=variables, check=True)  # noqa: S603 - likewise
        _move(started / "lib", folder)
    finally:
        shutil.rmtree(started, ignore_errors=True)


def _move(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        # Another job was first: what it made is the same.
        if not folder.is_dir():
            raise
