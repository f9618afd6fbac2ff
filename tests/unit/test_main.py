"""The front door: exit codes, bugs and signals of a process."""

from __future__ import annotations

from pathlib import Path

import pytest
from responses import RequestsMock

from main_fixtures import PAGE, let_page
from pd_incident_action.main import main


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Lend the test this process's variables."""
    for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def test_the_process_ends_with_the_runs_exit_code(
    api: RequestsMock, process: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    let_page(api)
    for name, value in PAGE.items():
        process.setenv(name, value)
    process.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    assert main(0.0) == 0
    assert "Created incident" in (tmp_path / "summary").read_text(encoding="utf-8")
    process.delenv("INPUT_TITLE")
    assert main(0.0) == 1


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
