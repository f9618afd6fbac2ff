"""What GitHub's runner is told: scrubbed, harmless, and never at the page's expense."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pd_incident_action.redaction import Redactor
from pd_incident_action.runner import Runner

SECRET = "s3cret-t0ken"


@pytest.fixture
def runner() -> Runner:
    """Tell the runner's log alone."""
    return Runner(Redactor([SECRET]))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hello", "hello\n"),
        ("::error::x", ": :error::x\n"),
        ("a\n::error::x", "a\\n::error::x\n"),
        (f"token {SECRET}", "token ***\n"),
        ("", "\n"),
    ],
)
def test_a_log_line_is_one_harmless_line(
    runner: Runner, capsys: pytest.CaptureFixture[str], text: str, line: str
) -> None:
    runner.info(text)
    assert capsys.readouterr().out == line


@pytest.mark.parametrize("level", ["notice", "warning", "error"])
def test_an_annotation_is_one_command_with_title_and_message(
    runner: Runner, capsys: pytest.CaptureFixture[str], level: str
) -> None:
    getattr(runner, level)("A title: x, y", f"50 % of {SECRET}\n::error::x")
    out = capsys.readouterr().out
    assert out == f"::{level} title=A title%3A x%2C y::50 %25 of ***\\n::error::x\n"


@pytest.mark.parametrize("level", ["notice", "warning", "error"])
def test_an_annotation_keeps_within_githubs_limit(
    runner: Runner, capsys: pytest.CaptureFixture[str], level: str
) -> None:
    getattr(runner, level)("t", "x" * 5000)
    assert capsys.readouterr().out == f"::{level} title=t::{'x' * 3500}\n"


def test_a_secret_is_masked_and_hidden_from_then_on(capsys: pytest.CaptureFixture[str]) -> None:
    runner = Runner(Redactor())
    runner.mask(SECRET)
    runner.info(f"x{SECRET}")
    assert capsys.readouterr().out == f"::add-mask::{SECRET}\nx***\n"


def test_each_line_of_a_secret_is_masked_on_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    Runner(Redactor()).mask("first-line\n \nsecond-line\n")
    assert capsys.readouterr().out == "::add-mask::first-line\n::add-mask::second-line\n"


@pytest.mark.parametrize("secret", ["", " ", "\n"])
def test_a_blank_secret_is_not_masked(capsys: pytest.CaptureFixture[str], secret: str) -> None:
    Runner(Redactor()).mask(secret)
    assert capsys.readouterr().out == ""


@pytest.fixture
def output_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a file behind GITHUB_OUTPUT."""
    file = tmp_path / "output"
    file.touch()
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    return file


def read_outputs(file: Path) -> dict[str, str]:
    text = file.read_text(encoding="utf-8")
    found = re.findall(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
    return {name: value for name, _, value in found}


def test_outputs_hold_any_text_and_no_secret(output_file: Path) -> None:
    values = {
        "title": "a\nEOF\nurl<<EOF\nb",
        "entity": '{"a":"ü 🔥"}',
        "empty": "",
        "secret": f"x {SECRET}",
        "broken": "\ud800\x00",
    }
    Runner(Redactor([SECRET]), has_outputs=True).outputs(values)
    assert read_outputs(output_file) == values | {"secret": "x ***", "broken": "\ufffd\ufffd"}


def test_each_output_has_a_delimiter_that_nobody_can_guess(output_file: Path) -> None:
    Runner(Redactor(), has_outputs=True).outputs({"a": "x", "b": "y"})
    delimiters = re.findall(r"<<(\S+)", output_file.read_text(encoding="utf-8"))
    assert len(set(delimiters)) == 2
    assert min(map(len, delimiters)) > 20


def test_a_huge_output_is_cut(output_file: Path) -> None:
    Runner(Redactor(), has_outputs=True).outputs({"a": "x" * 500_001})
    assert len(read_outputs(output_file)["a"]) == 500_000


def test_outside_of_github_there_are_no_outputs(
    runner: Runner, output_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.outputs({"a": "x"})
    assert output_file.read_text(encoding="utf-8") == ""
    assert capsys.readouterr().out == ""


def test_an_output_that_cannot_be_written_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "missing"))
    Runner(Redactor(), has_outputs=True).outputs({"incident-id": "Q1", "b": "c"})
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("::warning title=The runner refused a file::output 'incident-id'")
    assert "output 'b' could not be written" in second


def test_a_summary_is_added_to_what_other_steps_wrote(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    file.write_text("before\n", encoding="utf-8")
    Runner(Redactor([SECRET]), summary_file=file).summary(f"### 🔴 {SECRET} \ud800\n")
    assert file.read_text(encoding="utf-8") == "before\n### 🔴 *** \ufffd\n"


def test_a_summary_keeps_within_githubs_limit(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    Runner(Redactor(), summary_file=file).summary("x" * 1_000_001)
    assert file.stat().st_size == 1_000_000


def test_a_summary_that_cannot_be_written_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Runner(Redactor(), summary_file=tmp_path).summary("x")
    assert "the job summary could not be written" in capsys.readouterr().out


def test_outside_of_github_there_is_no_summary(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    runner.summary("x")
    assert capsys.readouterr().out == ""


def test_a_credential_is_masked_and_yet_an_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "output"
    file.touch()
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    runner = Runner(Redactor(), has_outputs=True)
    runner.secrets({"integration-key": SECRET})
    runner.outputs({"response": f"key {SECRET}"})
    assert capsys.readouterr().out == f"::add-mask::{SECRET}\n"
    text = file.read_text(encoding="utf-8")
    assert re.search(rf"integration-key<<(\S+)\n{SECRET}\n\1\n", text)
    assert "key ***" in text


def test_a_credential_is_masked_where_nobody_wants_outputs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Runner(Redactor()).secrets({"integration-key": SECRET})
    assert capsys.readouterr().out == f"::add-mask::{SECRET}\n"
