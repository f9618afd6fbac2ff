"""The front door: exit codes, bugs and signals of a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from pd_incident_action.main import main


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Lend the test this process's variables."""
    for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


@pytest.mark.usefixtures("api")
def test_a_bug_of_ours_says_so_and_where_to_report_it(
    process: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def parse(_environment: object) -> None:
        raise ZeroDivisionError

    process.setattr("pd_incident_action.invocation.parse_invocation", parse)
    process.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    assert main(0.0) == 1
    assert "The action hit a bug" in (tmp_path / "summary").read_text(encoding="utf-8")
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("::error title=Bug in pd-incident-action::Nobody was paged: The action")
    assert "(ZeroDivisionError); please report it" in first
    assert "/issues" in first
    assert "ZeroDivisionError" in rest[-2]
