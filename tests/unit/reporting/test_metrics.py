"""How a run went, in figures."""

from __future__ import annotations

from typing import Any

from pd_incident_action.http.messages import Attempt
from pd_incident_action.reporting.outputs import as_outputs, metrics_of


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


def test_the_page_is_the_first_change_that_the_provider_took() -> None:
    for earlier in [[], [PORT], [READ], [FAILED], [NO_ANSWER]]:
        again = attempt(number=len(earlier) + 1)
        assert as_outputs(metrics_of([*earlier, again, attempt(began=11.0)], 10.0)) == {
            "api-calls": str(len(earlier) + 2),
            "retries": str(len(earlier)),
            "rate-limit-remaining": "",
            "time-to-page-ms": "200",
        }
    assert metrics_of([attempt()], 10.0, pages=False)["time_to_page_ms"] is None


def test_the_rate_limit_is_the_providers_last_word() -> None:
    for headers, left in [
        ({"ratelimit-remaining": "959"}, 959),
        ({"x-ratelimit-remaining": " 7 "}, 7),
        ({"ratelimit-remaining": "many"}, None),
        ({}, None),
    ]:
        before = attempt(headers={"ratelimit-remaining": "many"})
        port = attempt(service="Port", headers={"x-ratelimit-remaining": "1"})
        metrics = metrics_of([before, attempt(headers=headers), port], 0)
        assert metrics["rate_limit_remaining"] == left
