"""Files below the workspace: never outside of it, and owned by whoever owns it.

A container action runs as root, but the job's later steps don't.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Literal

from .text import sanitize_unicode


def write_below(root: Path, name: str, text: str) -> None:
    """Write a file, creating folders as needed.

    Args:
        root: the workspace.
        name: the file's path below it.
        text: the file's text, written as it is in UTF-8.

    Raises:
        OSError: the path leads out of the workspace, or can't be written to.
    """
    _write(root, name, text, "wb")


def append_below(root: Path, name: str, text: str) -> None:
    """Append to a file as `write_below` writes one."""
    _write(root, name, text, "ab")


def path_below(root: Path, name: str) -> Path:
    """Return the real path of a file below the workspace; raises as `write_below` does."""
    try:
        top = root.resolve()
        path = (top / name).resolve()
    except (RuntimeError, ValueError) as error:
        raise OSError(errno.EINVAL, "the path isn't valid") from error
    if path == top or not path.is_relative_to(top):
        raise PermissionError(errno.EPERM, "the path leads out of the workspace")
    return path


def _write(root: Path, name: str, text: str, mode: Literal["wb", "ab"]) -> None:
    path = path_below(root, name)
    new = [path, *(folder for folder in path.parents if not folder.exists())]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode) as file:
        file.write(sanitize_unicode(text).encode())
    for one in new:
        _hand_over(one, root)


def _hand_over(path: Path, root: Path) -> None:
    """Let the workspace's owner own a file; only root can give files away."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    owner = root.stat()
    try:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
    except OSError:
        # Some file systems and user namespaces don't let even root do so; the file is there.
        return
