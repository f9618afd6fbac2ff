"""How fast an API answered, what it still allows and what time it is there: read off responses."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import formatdate

from pd_incident_action.doctor.finding import check_api_health, clock_warnings
from pd_incident_action.http.messages import Attempt


def attempt(
    service: str = "PagerDuty",
    *,
    began: float = 0.0,
    seconds: float = 0.05,
    status: int | None = 200,
    headers: Mapping[str, str] | None = None,
) -> Attempt:
    return Attempt(
        service=service,
        method="GET",
        url="https://example.com",
        action="look",
        writes=False,
        number=1,
        began=began,
        seconds=seconds,
        status=status,
        headers=headers or {},
    )


def limits(left: str, limit: str = "960", prefix: str = "") -> dict[str, str]:
    return {f"{prefix}ratelimit-remaining": left, f"{prefix}ratelimit-limit": limit}


def test_what_is_left_is_what_the_headers_say() -> None:
    for headers, line in [
        (limits("96"), "✓ PagerDuty's API: answers in 50 ms, 96 of 960 requests left"),
        (
            limits("95"),
            (
                "! PagerDuty's API: answers in 50 ms, 95 of 960 requests left – use a separate key "
                "for these workflows: other uses of this one may starve them"
            ),
        ),
        (
            limits("1199", "1200, 1200;window=60", prefix="x-"),
            "✓ PagerDuty's API: answers in 50 ms, 1199 of 1200 requests left",
        ),
        ({}, "✓ PagerDuty's API: answers in 50 ms"),
    ]:
        (finding,) = check_api_health([attempt(headers=headers)])
        assert finding.line == line


def test_the_median_of_all_responses_counts_and_the_least_that_was_left() -> None:
    attempts = [
        attempt(seconds=0.01, headers=limits("500")),
        attempt(seconds=0.03, headers=limits("400")),
        attempt(seconds=9.0, headers=limits("450")),
    ]
    (finding,) = check_api_health(attempts)
    assert finding.line == "✓ PagerDuty's API: answers in 30 ms, 400 of 960 requests left"


def test_an_api_that_is_slow_is_a_warning() -> None:
    (finding,) = check_api_health([attempt(seconds=2.5)])
    assert finding.line == "! PagerDuty's API: answers in 2500 ms – raise timeout if that lasts"


def test_each_api_is_checked_by_itself_and_one_without_responses_is_left_out() -> None:
    attempts = [attempt("Port"), attempt("incident.io", status=None), attempt("PagerDuty")]
    assert [one.what for one in check_api_health(attempts)] == ["PagerDuty's API", "Port's API"]


def test_failed_attempts_are_a_warning() -> None:
    for status in [None, 429, 503]:
        (finding,) = check_api_health([attempt(), attempt(status=status), attempt(status=404)])
        assert finding.line == (
            "! PagerDuty's API: answers in 50 ms; 1 of 3 attempts failed – see its status page if "
            "that lasts"
        )


NOW = 1_800_000_000


def test_a_clock_that_is_minutes_off_is_a_warning() -> None:
    for date, warnings in [
        (formatdate(NOW - 3600, usegmt=True), ["60 minutes ahead of Port's"]),
        (formatdate(NOW + 3600, usegmt=True), ["60 minutes behind Port's"]),
        (formatdate(NOW - 60, usegmt=True), []),
        (formatdate(NOW), []),
        ("nonsense", []),
        ("", []),
    ]:
        headers = {"date": date} if date else {}
        made = attempt("Port", began=time.monotonic(), seconds=0.0, headers=headers)
        found = clock_warnings([made, made], NOW)
        assert [one.split("clock is ")[1].split(":")[0] for one in found] == warnings
