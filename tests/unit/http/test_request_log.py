"""Every attempt is noted down; bodies are shown to whoever listens, and not kept."""

from __future__ import annotations

from typing import Any

import pytest

from pd_incident_action.http.request_log import Attempt, RequestLog

ATTEMPT = Attempt(
    service="Port",
    method="POST",
    url="https://api.port.io/v1/x",
    action="write 20 entities",
    writes=True,
    number=1,
    began=1.0,
    seconds=0.5,
    status=200,
    headers={"x-ratelimit-remaining": "7", "date": "today", "server": "x" * 1000},
    sent="x" * 1_000_000,
    received="y" * 1_000_000,
)


def test_a_long_run_does_not_hold_all_that_was_said() -> None:
    shown: list[Attempt] = []
    request_log = RequestLog(shown.append)
    request_log.add(ATTEMPT)
    assert shown == [ATTEMPT]
    (kept,) = request_log.attempts
    assert (kept.sent, kept.received) == ("", "")
    assert kept.headers == {"x-ratelimit-remaining": "7", "date": "today"}
    assert (kept.ended, kept.succeeded) == (1.5, True)


@pytest.mark.parametrize(
    ("attempt", "may_have_written"),
    [
        ({"status": 201}, True),
        ({"status": None}, True),
        ({"status": 500}, True),
        ({"service": "Port"}, False),
        ({"status": 400}, False),
        ({"status": 499}, False),
        ({"writes": False}, False),
    ],
)
def test_what_may_have_been_written_is_known(
    attempt: dict[str, Any], *, may_have_written: bool
) -> None:
    request_log = RequestLog()
    request_log.add(ATTEMPT._replace(**{"service": "PagerDuty", **attempt}))
    assert request_log.may_have_written(but_to="Port") is may_have_written
