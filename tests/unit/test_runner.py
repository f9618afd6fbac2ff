"""What is written to GitHub: redacted, harmless, and never at the page's expense."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from pd_incident_action.redaction import Redactor
from pd_incident_action.runner import Runner, write_below

SECRET = "s3cret-t0ken"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def output_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the file behind GITHUB_OUTPUT."""
    file = tmp_path / "output"
    file.touch()
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    return file


def read_outputs(file: Path) -> dict[str, str]:
    text = file.read_text(encoding="utf-8")
    found = re.findall(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
    return {name: value for name, _, value in found}


def test_a_text_is_one_harmless_log_line(capsys: Capture) -> None:
    for text in ("hello", "::error::x", "a\n::error::x", f"token {SECRET}", ""):
        Runner(Redactor([SECRET])).info(text)
    lines = ["hello", ": :error::x", "a\\n::error::x", "token ***", ""]
    assert capsys.readouterr().out.splitlines() == lines


def test_an_annotation_is_one_command_within_githubs_limit(capsys: Capture) -> None:
    for level in ("notice", "warning", "error"):
        annotate = getattr(Runner(Redactor([SECRET])), level)
        annotate("A title: x, y", f"50 % of {SECRET}\n::error::x")
        annotate("t", "x" * 5000)
        assert capsys.readouterr().out == (
            f"::{level} title=A title%3A x%2C y::50 %25 of ***\\n::error::x\n"
            f"::{level} title=t::{'x' * 3500}\n"
        )


def test_a_group_keeps_lines_and_nothing_in_it_is_a_command(capsys: Capture) -> None:
    Runner(Redactor([SECRET])).group("t", [f"a\n::error::{SECRET}", "b"])
    expected = ["::group::t", "a", ": :error::***", "b", "::endgroup::"]
    assert capsys.readouterr().out.splitlines() == expected


def test_each_line_of_a_secret_is_masked_and_redacted_from_then_on(capsys: Capture) -> None:
    runner = Runner(Redactor())
    for _ in range(2):
        runner.mask(SECRET)
    runner.info(f"x{SECRET}")
    runner.mask("first-line\n \nabc\nsecond-line\n")
    for short in ("", " ", "\n", "abc", " abc "):
        runner.mask(short)
    masks = [f"::add-mask::{text}" for text in (SECRET, "first-line", "second-line")]
    assert capsys.readouterr().out.splitlines() == [masks[0], "x***", *masks[1:]]


def test_outputs_have_any_text_and_no_secret(output_file: Path) -> None:
    values = {
        "title": "a\nEOF\nurl<<EOF\nb",
        "entity": '{"a":"ü 🔥"}',
        "empty": "",
        "secret": f"x {SECRET}",
        "broken": "\ud800\x00",
        "huge": "x" * 500_001,
    }
    Runner(Redactor([SECRET]), has_outputs=True).outputs(values)
    expected = {"secret": "x ***", "broken": "\ufffd\ufffd", "huge": "x" * 500_000}
    assert read_outputs(output_file) == values | expected
    delimiters = re.findall(r"<<(ghadelimiter_\S+)", output_file.read_text(encoding="utf-8"))
    assert len(set(delimiters)) == len(values)


def test_a_credential_is_masked_and_yet_an_output(output_file: Path, capsys: Capture) -> None:
    runner = Runner(Redactor(), has_outputs=True)
    runner.secrets({"integration-key": SECRET})
    runner.outputs({"response": f"key {SECRET}"})
    assert capsys.readouterr().out == f"::add-mask::{SECRET}\n"
    assert read_outputs(output_file) == {"integration-key": SECRET, "response": "key ***"}


def test_outside_of_github_nothing_is_written_but_the_log(
    output_file: Path, capsys: Capture
) -> None:
    runner = Runner(Redactor())
    runner.outputs({"a": "x"})
    runner.summary("x")
    runner.secrets({"integration-key": SECRET})
    assert output_file.read_text(encoding="utf-8") == ""
    assert capsys.readouterr().out == f"::add-mask::{SECRET}\n"


def test_a_summary_is_appended_within_githubs_limit(tmp_path: Path) -> None:
    file, full = tmp_path / "summary", tmp_path / "full"
    file.write_text("before\n", encoding="utf-8")
    Runner(Redactor([SECRET]), summary_file=file).summary(f"### 🔴 {SECRET} \ud800\n")
    assert file.read_text(encoding="utf-8") == "before\n### 🔴 *** \ufffd\n"
    Runner(Redactor(), summary_file=full).summary("x" * 1_000_001)
    assert full.stat().st_size == 1_000_000


def test_a_file_that_cannot_be_written_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "missing"))
    runner = Runner(Redactor(), has_outputs=True, summary_file=tmp_path)
    runner.outputs({"incident-id": "Q1", "b": "c"})
    runner.summary("x")
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith("::warning title=The runner refused a file::output 'incident-id'")
    assert "output 'b' could not be written" in second
    assert "the job summary could not be written" in third


def test_files_are_written_and_appended_to(tmp_path: Path) -> None:
    write_below(tmp_path, "a/b/x.txt", "1\n")
    write_below(tmp_path, "./a/b/x.txt", "ü\udc80\n")
    write_below(tmp_path, "a/b/x.txt", "2\n", "ab")
    assert (tmp_path / "a/b/x.txt").read_bytes() == "ü\ufffd\n2\n".encode()


def test_nothing_is_written_outside_of_the_workspace(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "linked").symlink_to(outside)
    (root / "linked.txt").symlink_to(outside / "x")
    (root / "loop").symlink_to(root / "loop")
    for name in ("../x", "/etc/x", ".", "a/../../x", "linked/x", "linked.txt"):
        with pytest.raises(OSError, match="leads out of the workspace"):
            write_below(root, name, "1")
    for name in ("linked.txt/x", "loop/x", "a\x00b"):
        with pytest.raises(OSError, match=r"."):
            write_below(root, name, "1")
    assert list(outside.iterdir()) == []
    assert set(tmp_path.iterdir()) == {root, outside}


def test_what_root_writes_belongs_to_the_owner_of_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, int]] = []

    def chown(path: Path, uid: int, _gid: int, *, follow_symlinks: bool) -> None:
        assert not follow_symlinks
        given.append((path.relative_to(tmp_path).as_posix(), uid))
        raise PermissionError

    monkeypatch.setattr(os, "chown", chown)
    (tmp_path / "a").mkdir()
    for user in (1000, 0):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        write_below(tmp_path, f"a/{user}/c/x.txt", "1")
    owner = tmp_path.stat().st_uid
    assert given == [("a/0/c/x.txt", owner), ("a/0/c", owner), ("a/0", owner)]
