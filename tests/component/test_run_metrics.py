"""Figures about a run: outputs, the timeline in the job summary, a file, and debug output."""

from __future__ import annotations

import json
from pathlib import Path

from harness import ACCOUNT_TOKEN, CLIENT_SECRET, ROUTING_KEY, Action, from_port
from pd_incident_simulator import Fault, Simulator


def test_calls_retries_and_the_time_to_page_are_outputs_and_in_the_summary(
    sim: Simulator, act: Action
) -> None:
    sim.faults.add(Fault("status", api="pagerduty", method="POST", status=503, count=1))
    result = act(event=from_port(sim, "PSVC001", title="Down"))
    assert result.code == 0, result.log
    assert int(result.outputs["retries"]) == 1
    assert 2 <= int(result.outputs["api-calls"]) <= len(sim.exchanges)
    assert 0 < int(result.outputs["time-to-page-ms"]) < result.seconds * 1000
    assert result.outputs["rate-limit-remaining"].isdigit()
    assert "```mermaid\ngantt" in result.summary
    assert "create the incident (503) :crit" in result.summary
    assert "create the incident (201) :" in result.summary
    assert "section Port" in result.summary
    assert "Time to page" in result.summary


def test_a_failure_shows_its_calls_as_well(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", api="pagerduty", method="POST", status=401))
    result = act(title="Down", service="PSVC001")
    assert result.code == 1
    assert "create the incident (401) :crit" in result.summary
    assert "::group::" not in result.log, "nobody debugs"


def test_a_line_about_each_run_is_appended_to_a_file(act: Action, tmp_path: Path) -> None:
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path)
    for title in ("Down", None):
        act(title=title, service="PSVC001", metrics_file="figures/runs.jsonl", port_client_id=None)
    lines = (tmp_path / "figures/runs.jsonl").read_text(encoding="utf-8").splitlines()
    paged, refused = map(json.loads, lines)
    assert (refused["exit_code"], refused["api_calls"], refused["time_to_page_ms"]) == (1, 0, None)
    assert refused["rate_limit_remaining"] is None
    assert paged.pop("at").endswith("+00:00")
    assert 0 < paged.pop("time_to_page_ms") < paged.pop("seconds") * 1000
    assert (paged.pop("api_calls"), paged.pop("rate_limit_remaining")) > (1, 0)
    assert paged == {
        "operation": "create",
        "provider": "pagerduty",
        "repository": "octo/shop",
        "workflow": "Page",
        "run_id": "4711",
        "exit_code": 0,
        "retries": 0,
    }


def test_a_file_that_cannot_be_written_is_a_warning(
    sim: Simulator, act: Action, tmp_path: Path
) -> None:
    act.environment["GITHUB_WORKSPACE"] = str(tmp_path / "workspace")
    result = act(title="Down", service="PSVC001", metrics_file="../runs.jsonl")
    assert result.code == 0, result.log
    assert "metrics-file could not be written" in result.annotations("warning")[0]
    assert not (tmp_path / "runs.jsonl").exists()
    assert len(sim.pagerduty.state.incidents) == 1


def test_debugging_shows_every_call_in_full_and_no_secret(sim: Simulator, act: Action) -> None:
    act.environment["RUNNER_DEBUG"] = "1"
    event = from_port(sim, "PSVC001", title="Down ::error::x", details="a\n::notice::b")
    result = act(event=event)
    assert result.code == 0, result.log
    assert result.log.count("::group::") == result.log.count("::endgroup::") == len(sim.exchanges)
    assert f"::group::PagerDuty: POST {sim.pagerduty.url}/incidents → 201 in " in result.log
    assert '"incident_key": "pdia-' in result.log
    assert '"accessToken": "***"' in result.log
    for secret in (ACCOUNT_TOKEN, ROUTING_KEY, CLIENT_SECRET, "port-access-token-1"):
        assert secret not in result.everything
    assert result.annotations("error") == []
