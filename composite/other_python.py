"""What comes instead where a release carries nothing for the runner's first Python.

Another Python of the runner that it carries something for, or else an installation.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OLDEST = 11
_NEWEST = 30
_HANDED_OVER = "--handed-over"
_NATIVE = re.compile(r"_pydantic_core\.(?:cpython-|cp)3(\d+)\w*-(.+)")
_TOO_OLD = (
    "::error title=Nobody was paged%3A Python is too old::The action needs Python 3.{} or later, "
    "and this runner has only {}.{}. Install a newer one on the runner, or use "
    "actions/setup-python in a step before this one."
)


def requirements(root: str) -> str:
    """Return the folder of packages that this Python can load, or hand over to another Python."""
    is_old = sys.version_info < (3, _OLDEST)
    if _HANDED_OVER not in sys.argv:
        minors = carried_for(Path(root, "lib", "pydantic_core"), EXTENSION_SUFFIXES[0])
        if is_old:
            minors += range(_NEWEST, _OLDEST - 1, -1)
        python = find(minors, os.environ)
        if python:
            _hand_over([python, "-I", "-S", "-X", "utf8", f"{root}/composite/run.py", _HANDED_OVER])
    if is_old:
        print(_TOO_OLD.format(_OLDEST, *sys.version_info[:2]), flush=True)
        sys.exit(1)
    import install  # noqa: PLC0415 - it has newer syntax

    return str(install.requirements(Path(root, "requirements", "action.txt"), os.environ))


def carried_for(folder: Path, suffix: str) -> "list[int]":
    """List the minor versions of Python 3 that a folder has native files for, on this system."""
    this = _NATIVE.fullmatch(f"_pydantic_core{suffix}")
    if not this or not folder.is_dir():
        return []
    found = (_NATIVE.fullmatch(path.name) for path in folder.iterdir())
    minors = [int(one.group(1)) for one in found if one and one.group(2) == this.group(2)]
    return sorted(minors, reverse=True)


def find(minors: "Iterable[int]", environment: "Mapping[str, str]") -> "str | None":
    """Find the first of some versions of Python 3 that is on PATH or in the runner's tool cache."""
    cache = Path(environment.get("RUNNER_TOOL_CACHE") or "/", "Python")
    architecture = environment.get("RUNNER_ARCH", "x64").lower()
    for minor in minors:
        on_path = shutil.which(f"python3.{minor}", path=environment.get("PATH"))
        versions = f"3.{minor}.*/{architecture}"
        cached = [*cache.glob(f"{versions}/bin/python3"), *cache.glob(f"{versions}/python.exe")]
        for python in [*([on_path] if on_path else []), *map(str, cached)]:
            if _is_version(python, minor):
                return python
    return None


def _is_version(python: str, minor: int) -> bool:
    """Ask, since it may be a stub that leads to none."""
    code = f"import sys; sys.exit(sys.version_info[:2] != (3, {minor}))"
    command = [python, "-I", "-S", "-c", code]
    try:
        return subprocess.call(command, stderr=subprocess.DEVNULL) == 0  # noqa: S603 - fixed words
    except OSError:
        return False


def _hand_over(command: "list[str]") -> None:
    if os.name != "nt":
        os.execv(command[0], command)  # noqa: S606 - our own script
    # Windows can't replace a process. Its console tells both of a signal; the action ends both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(command))  # noqa: S603 - likewise
