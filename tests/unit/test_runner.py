"""What is written to GitHub: redacted, harmless, and never at the page's expense."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pd_incident_action.redaction import Redactor
from pd_incident_action.runner import Runner

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


@pytest.mark.parametrize("level", ["notice", "warning", "error"])
def test_an_annotation_is_one_command_within_githubs_limit(level: str, capsys: Capture) -> None:
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
