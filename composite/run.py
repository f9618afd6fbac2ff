"""Runs the action where there is no Docker: on macOS, Windows and in clusters.

It takes Python's standard library only. The requirements go into a virtual environment of their
own, outside of the workspace; where a runner keeps its tools (``RUNNER_TOOL_CACHE``), the next
run finds it ready.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_INPUTS = "INPUTS_JSON"
_PREFIX = "INPUT_"
_ON_WINDOWS = os.name == "nt"
_HASH_DIGITS = 16


def main(environment: Mapping[str, str]) -> int:
    """Make the virtual environment unless it is there, and run the action in it.

    Args:
        environment: the process's environment, with the inputs in ``INPUTS_JSON``.

    Returns:
        The exit code: the action's own, or 1 if the requirements can't be installed. Where
        processes can replace each other, it doesn't return at all.
    """
    try:
        python = prepared(ROOT / "requirements" / "action.txt", environment)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"::error title=Not installed::{_sentence(error)}", flush=True)
        return 1
    # -I keeps the workspace and PYTHON* variables out; UTF-8 isn't Windows' own choice.
    command = [str(python), "-I", "-X", "utf8", str(ROOT / "entrypoint.py")]
    variables = as_in_container(environment)
    if not _ON_WINDOWS:
        # Replacing this process hands cancellation's signals to the action itself.
        os.execve(python, command, variables)  # noqa: S606 - our own entry point
    # On Windows the console tells both processes; the action ends both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command, env=variables)  # noqa: S603 - likewise


def as_in_container(environment: Mapping[str, str]) -> dict[str, str]:
    """Pass the inputs on as the runner passes them to a container.

    The step itself sets ``INPUTS_JSON``, which nobody else can then; any ``INPUT_*`` is somebody
    else's.
    """
    others = {
        name: value
        for name, value in environment.items()
        if name != _INPUTS and not name.startswith(_PREFIX)
    }
    inputs = json.loads(environment[_INPUTS])
    return others | {f"{_PREFIX}{name.upper()}": str(value) for name, value in inputs.items()}


def prepared(requirements: Path, environment: Mapping[str, str]) -> Path:
    """Find or make the virtual environment of some requirements.

    Args:
        requirements: a file with versions and hashes.
        environment: the process's environment.

    Returns:
        The path of its Python.

    Raises:
        OSError: nothing can be written anywhere.
        subprocess.SubprocessError: pip failed.
    """
    python = f"{sys.version} {sysconfig.get_platform()} {sys.base_prefix}"
    key = hashlib.sha256(python.encode() + requirements.read_bytes())
    folder = cache(environment) / key.hexdigest()[:_HASH_DIGITS]
    if not _python(folder).exists():
        # Its Python may have been uninstalled since.
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder, requirements, environment)
    return _python(folder)


def cache(environment: Mapping[str, str]) -> Path:
    """Choose the folder that holds the virtual environments.

    Args:
        environment: the process's environment.

    Returns:
        A folder that exists and can be written to, outlasting the job where possible.

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


def _make(folder: Path, requirements: Path, environment: Mapping[str, str]) -> None:
    """Install next to the final place and move it there: jobs side by side never see a half."""
    started = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    try:
        venv.create(started, with_pip=True, symlinks=not _ON_WINDOWS)
        options = ["--disable-pip-version-check", "--quiet", "--no-deps", "--require-hashes"]
        # -I: a pip.py in the workspace isn't pip. What installs has no use for the secrets.
        command = [str(_python(started)), "-I", "-m", "pip", "install", *options]
        without_secrets = {k: v for k, v in environment.items() if k != _INPUTS}
        subprocess.run(  # noqa: S603 - our own words
            [*command, "-r", str(requirements)],
            env=without_secrets,
            check=True,
        )
        _move(started, folder)
    finally:
        shutil.rmtree(started, ignore_errors=True)


def _move(started: Path, folder: Path) -> None:
    try:
        started.rename(folder)
    except OSError:
        # Another job was first: what it made is the same.
        if not _python(folder).exists():
            raise


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if _ON_WINDOWS else "bin/python")


def _sentence(error: Exception) -> str:
    text = (
        f"The action's Python packages could not be installed: {error}. pip's own words are above. "
        "Check that the runner reaches its package index, or set PIP_INDEX_URL to a mirror."
    )
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _end(number: int, _frame: object) -> None:
    """End before the action itself is there to do so."""
    text = f"The job was cancelled ({signal.Signals(number).name}) before anything was sent"
    try:
        os.write(1, f"::error title=Cancelled::{text}: nobody was paged.\n".encode())
    finally:
        os._exit(1)


if __name__ == "__main__":
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, _end)
    raise SystemExit(main(os.environ))
