"""Files are written below the workspace alone, and belong to its owner."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pd_incident_action.runner import write_below


def test_files_are_written_and_appended_to(tmp_path: Path) -> None:
    write_below(tmp_path, "a/b/x.txt", "1\n")
    write_below(tmp_path, "./a/b/x.txt", "ü\udc80\n")
    write_below(tmp_path, "a/b/x.txt", "2\n", "ab")
    assert (tmp_path / "a/b/x.txt").read_bytes() == "ü\ufffd\n2\n".encode()


@pytest.mark.parametrize("name", ["../x", "/etc/x", ".", "a/../../x", "linked/x", "linked.txt"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "linked").symlink_to(outside)
    (root / "linked.txt").symlink_to(outside / "x")
    with pytest.raises(OSError, match="leads out of the workspace"):
        write_below(root, name, "1")
    assert list(outside.iterdir()) == []
    assert set(tmp_path.iterdir()) == {root, outside}


def test_a_path_that_is_none_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("file/x", "loop/x", "a\x00b"):
        with pytest.raises(OSError, match=r"."):
            write_below(tmp_path, name, "1")


@pytest.mark.parametrize("refused", [False, True])
def test_what_root_writes_belongs_to_the_owner_of_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, refused: bool
) -> None:
    given: list[tuple[str, int]] = []

    def chown(path: Path, uid: int, _gid: int, *, follow_symlinks: bool) -> None:
        assert not follow_symlinks
        given.append((path.relative_to(tmp_path).as_posix(), uid))
        if refused:
            raise PermissionError

    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "a").mkdir()
    write_below(tmp_path, "a/b/c/x.txt", "1")
    owner = tmp_path.stat().st_uid
    assert given == [("a/b/c/x.txt", owner), ("a/b/c", owner), ("a/b", owner)]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    write_below(tmp_path, "y.txt", "1")
    assert len(given) == 3
