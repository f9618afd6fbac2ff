"""Whatever fails on the way to PagerDuty: exactly one page, or one sentence that helps."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import private_ca
from fault_cases import FATAL, HEALING, PAGES, Case
from fault_runs import perform
from harness import Action, credentials, urls_of
from pd_incident_simulator import Simulator

# With a proxy in sight no connection is begun early, so that requests makes all of them.
LATE = {"http_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"}


def _cases(cases: tuple[Case, ...]) -> list[Any]:
    return [
        pytest.param(case, operation, id=f"{operation}: {case.name}")
        for case in cases
        for operation in case.operations
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


@pytest.mark.parametrize(("case", "operation"), _cases(HEALING))
def test_what_can_heal_does_so_without_an_early_connection(
    sim: Simulator, act: Action, case: Case, operation: str
) -> None:
    act.environment |= LATE
    result, pages, _ = perform(case, operation, sim, act)
    assert (result.code, pages) == (0, 1), result.log


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl command")
@pytest.mark.parametrize("case", HEALING, ids=lambda case: case.name)
def test_what_can_heal_does_so_over_tls(tmp_path: Path, case: Case) -> None:
    ca, tls = private_ca.make(tmp_path)
    with Simulator(tls=tls) as sim:
        act = Action(tmp_path, urls_of(sim) | credentials(), {"REQUESTS_CA_BUNDLE": str(ca)})
        result, pages, _ = perform(case, "create", sim, act)
        assert (result.code, pages) == (0, 1), result.log


@pytest.mark.parametrize(("case", "operation"), _cases(FATAL))
def test_what_cannot_heal_is_said_in_one_sentence_everywhere(
    sim: Simulator, act: Action, case: Case, operation: str
) -> None:
    result, pages, run_id = perform(case, operation, sim, act)
    assert result.code == 1
    assert pages == case.pages
    (error,) = result.annotations("error")
    assert error.startswith(PAGES[operation].service)
    for words in case.says:
        assert words in error
    assert error in "\n".join(sim.port.state.runs[run_id].logs)
    assert sim.port.state.runs[run_id].status == "FAILURE"
    assert "Traceback" not in result.everything
    assert result.summary
