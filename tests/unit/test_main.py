"""The front door: exit codes, bugs and signals of a process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from responses import RequestsMock

from main_fixtures import PAGE, let_page
from pd_incident_action.errors import Cancelled
from pd_incident_action.main import main


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Lend the test this process: its variables, and its signals' handlers."""
    for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(variable, raising=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield monkeypatch
    for number, handler in handlers.items():
        signal.signal(number, handler)


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
    process: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def parse(_environment: object) -> None:
        raise ZeroDivisionError

    process.setattr("pd_incident_action.invocation.parse_invocation", parse)
    assert main(0.0) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("::error title=Bug in pd-incident-action::This is our bug")
    assert "/issues" in first
    assert "ZeroDivisionError" in second


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("api", "process")
def test_a_signal_cancels_once(number: signal.Signals) -> None:
    main(0.0)
    with pytest.raises(Cancelled, match=number.name):
        signal.raise_signal(number)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
