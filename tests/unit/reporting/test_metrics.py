"""How a run went, in figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.messages import Attempt, RequestLog
from pd_incident_action.identity import RunIdentity
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.redaction import Redactor
from pd_incident_action.reporting.outputs import Metrics, metrics_of
from pd_incident_action.reporting.publish import RunContext, write_metrics
from pd_incident_action.runner import Runner


def attempt(**changes: Any) -> Attempt:  # noqa: ANN401 - members of Attempt
    values: dict[str, Any] = {
        "service": "PagerDuty",
        "method": "POST",
        "url": "https://api.pagerduty.com/incidents",
        "action": "create the incident",
        "writes": True,
        "number": 1,
        "began": 10.1,
        "seconds": 0.1,
        "status": 201,
    }
    return Attempt(**(values | changes))


PORT = attempt(service="Port", began=10.0, seconds=0.01)
READ = attempt(method="GET", writes=False, status=200, began=10.0, seconds=0.01)
FAILED = attempt(status=503, seconds=0.02)
NO_ANSWER = attempt(status=None, problem="the connection broke")


def test_nothing_sent_is_no_page() -> None:
    assert metrics_of([], 10.0) == Metrics()
    assert Metrics().as_outputs() == {
        "api-calls": "0",
        "retries": "0",
        "rate-limit-remaining": "",
        "time-to-page-ms": "",
    }


def test_the_page_is_the_first_change_that_the_provider_took() -> None:
    for earlier in [[], [PORT], [READ], [FAILED], [NO_ANSWER]]:
        again = attempt(number=len(earlier) + 1)
        metrics = metrics_of([*earlier, again, attempt(began=11.0)], 10.0)
        assert metrics.time_to_page == pytest.approx(0.2)
        assert metrics.as_outputs()["time-to-page-ms"] == "200"
        assert (metrics.api_calls, metrics.retries) == (len(earlier) + 2, len(earlier))


def test_the_rate_limit_is_the_providers_last_word() -> None:
    for headers, left in [
        ({"ratelimit-remaining": "959"}, "959"),
        ({"x-ratelimit-remaining": " 7 "}, "7"),
        ({"ratelimit-remaining": "many"}, ""),
        ({}, ""),
    ]:
        before = attempt(headers={"ratelimit-remaining": "many"})
        port = attempt(service="Port", headers={"x-ratelimit-remaining": "1"})
        assert metrics_of([before, attempt(headers=headers), port], 0).rate_limit_remaining == left


@pytest.fixture
def stage(tmp_path: Path) -> RunContext:
    request_log = RequestLog()
    request_log.add(attempt(headers={"ratelimit-remaining": "9"}))
    identity = RunIdentity(
        repository="octo/shop", workflow="Page", run_id="7", workspace=str(tmp_path)
    )
    return RunContext(
        settings=Settings.model_validate({"metrics_file": "metrics/runs.jsonl"}),
        blueprint="b",
        identity=identity,
        runner=Runner(Redactor()),
        port=None,
        started=10.0,
        request_log=request_log,
        deadline=Deadline(60),
        pages=True,
    )


def test_a_line_is_appended_for_each_run(stage: RunContext, tmp_path: Path) -> None:
    for code in (0, 1):
        write_metrics(stage, code)
    first, second = (tmp_path / "metrics/runs.jsonl").read_text(encoding="utf-8").splitlines()
    record = json.loads(first)
    assert record.pop("at").endswith("+00:00")
    assert record.pop("seconds") > 0
    assert record == {
        "operation": "create",
        "provider": "pagerduty",
        "repository": "octo/shop",
        "workflow": "Page",
        "run_id": "7",
        "exit_code": 0,
        "time_to_page_ms": 200,
        "api_calls": 1,
        "retries": 0,
        "rate_limit_remaining": 9,
    }
    assert json.loads(second)["exit_code"] == 1
