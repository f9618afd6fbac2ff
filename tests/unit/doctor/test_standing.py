"""How fast an API answered and what it still takes is read off the answers there were."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pd_incident_action.doctor.api_health import check_api_health
from pd_incident_action.http.request_log import Attempt


def attempt(
    service: str = "PagerDuty",
    *,
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
        began=0.0,
        seconds=seconds,
        status=status,
        headers=headers or {},
    )


def limits(left: str, limit: str = "960", prefix: str = "") -> dict[str, str]:
    return {f"{prefix}ratelimit-remaining": left, f"{prefix}ratelimit-limit": limit}


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        (limits("955"), "✓ PagerDuty's API: answers in 50 ms, 955 of 960 requests left"),
        (limits("96"), "✓ PagerDuty's API: answers in 50 ms, 96 of 960 requests left"),
        (
            limits("95"),
            (
                "! PagerDuty's API: answers in 50 ms, 95 of 960 requests left – give these "
                "workflows a key of their own: other uses of this one may starve them"
            ),
        ),
        (
            limits("1199", "1200, 1200;window=60", prefix="x-"),
            "✓ PagerDuty's API: answers in 50 ms, 1199 of 1200 requests left",
        ),
        (limits("many"), "✓ PagerDuty's API: answers in 50 ms"),
        ({}, "✓ PagerDuty's API: answers in 50 ms"),
    ],
)
def test_what_is_left_is_what_the_headers_say(headers: dict[str, str], line: str) -> None:
    (finding,) = check_api_health([attempt(headers=headers)])
    assert finding.line == line


def test_the_middle_of_all_answers_counts_and_the_least_that_was_left() -> None:
    attempts = [
        attempt(seconds=0.01, headers=limits("500")),
        attempt(seconds=0.03, headers=limits("400")),
        attempt(seconds=9.0, headers=limits("450")),
    ]
    (finding,) = check_api_health(attempts)
    assert finding.line == "✓ PagerDuty's API: answers in 30 ms, 400 of 960 requests left"


def test_an_api_that_is_slow_is_told() -> None:
    (finding,) = check_api_health([attempt(seconds=2.5)])
    assert finding.line == "! PagerDuty's API: answers in 2500 ms – raise timeout if that lasts"


def test_each_api_stands_for_itself_and_one_without_answers_is_left_out() -> None:
    attempts = [attempt("Port"), attempt("incident.io", status=None), attempt("PagerDuty")]
    assert [one.what for one in check_api_health(attempts)] == ["PagerDuty's API", "Port's API"]


@pytest.mark.parametrize("status", [None, 429, 503])
def test_what_had_to_be_tried_again_is_told(status: int | None) -> None:
    (finding,) = check_api_health([attempt(), attempt(status=status), attempt(status=404)])
    assert finding.line == (
        "! PagerDuty's API: answers in 50 ms; 1 of 3 attempts failed – see its status page if "
        "that lasts"
    )
