"""Whatever fails on the way to PagerDuty: exactly one page, or one sentence that helps."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from fault_cases import FATAL, HEALING, PAGES, Case
from fault_runs import perform
from harness import Action
from markdown import plain
from pd_incident_simulator import Simulator


@pytest.fixture(autouse=True)
def _resolver_that_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse names below .invalid at once, which not every machine's resolver does."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as socket has it
        if str(host).rstrip(".").endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def _cases(cases: tuple[Case, ...]) -> list[Any]:
    """Try a fault with each operation if the page may have gone out, and else with one in turn."""
    return [
        pytest.param(case, operation, id=f"{operation}: {case.name}")
        for number, case in enumerate(cases)
        for place, operation in enumerate(case.operations)
        if number % len(case.operations) == place
        or any(fault.processed for fault in case.faults(PAGES[operation]))
    ]


@pytest.mark.parametrize(("case", "operation"), _cases(HEALING))
def test_what_can_heal_ends_in_exactly_one_page(
    sim: Simulator, act: Action, case: Case, operation: str
) -> None:
    result, pages, _ = perform(case, operation, sim, act)
    assert result.code == 0, result.log
    assert pages == 1
    assert result.outputs["incident-status"] == "triggered"
    assert result.annotations("error") == []


@pytest.mark.parametrize(("case", "operation"), _cases(FATAL))
def test_what_cannot_heal_is_said_in_one_sentence_everywhere(
    sim: Simulator, act: Action, case: Case, operation: str
) -> None:
    result, pages, run_id = perform(case, operation, sim, act)
    assert result.code == 1
    assert pages == 0
    (error,) = result.annotations("error")
    known, _, text = error.partition(": ")
    assert known in {"Unknown whether anybody was paged", "Nobody was paged"}
    assert text.startswith(PAGES[operation].service)
    for words in case.says:
        assert words in error
    assert error in plain("\n".join(sim.port.state.runs[run_id].logs))
    assert sim.port.state.runs[run_id].status == "FAILURE"
    assert "Traceback" not in result.everything
    assert result.summary
