"""Checks that can't be made are findings themselves; others are read off the APIs' responses."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import formatdate

import pytest

from pd_incident_action.config.model import Config
from pd_incident_action.doctor.account import services_to_check
from pd_incident_action.doctor.finding import (
    Check,
    Finding,
    check_api_health,
    clock_warnings,
    error,
    ok,
    run_checks,
)
from pd_incident_action.doctor.pagerduty import check_routing_key
from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.http.messages import Attempt

NOW = 1_800_000_000


def test_findings_come_in_the_order_of_the_checks_and_one_error_spoils_no_other() -> None:
    def fail() -> list[Finding]:
        raise NotApplicable("It broke.", "badly", "mend it")

    def refuse(status: int) -> list[Finding]:
        reason = ApiRejected("No", status=status)
        raise reason

    first, second, last = ok("a", "1"), ok("a", "2"), ok("e", "3")
    refusals = {402: ("isn't in the plan", "buy it")}
    checks = [
        Check("a", lambda: [first, second]),
        Check("b", fail),
        Check("c", lambda: refuse(402), refusals),
        Check("d", lambda: refuse(403), refusals),
        Check("e", lambda: iter([last])),
    ]
    assert run_checks(checks) == [
        first,
        second,
        error("b", "It broke (badly)", "mend it"),
        error("c", "isn't in the plan", "buy it"),
        error("d", "No", ""),
        last,
    ]


def test_services_of_the_file_and_of_the_input_are_checked_once_each() -> None:
    config = Config(services={"default": "shop", "shop": "PSVC01", "pay": "PSVC02"})
    assert services_to_check(config, ["pay", "PSVC03"]) == {
        "pay": "input 'service'",
        "PSVC03": "input 'service'",
        "shop": "the configuration file's service 'shop'",
    }
    alone = Config(services={"default": "PSVC09"})
    assert services_to_check(alone, []) == {"PSVC09": "the configuration file's default service"}


@pytest.mark.parametrize(
    ("key", "mark"), [("R" * 32, "✓"), ("R" * 31, "✗"), ("R" * 33, "✗"), ("R" * 31 + "-", "✗")]
)
def test_a_routing_key_has_32_letters_and_digits_and_is_not_shown(key: str, mark: str) -> None:
    (finding,) = check_routing_key(key, can_ask=True)
    assert finding.mark == mark
    assert key not in finding.line


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


def limits(left: str, limit: str = "960") -> dict[str, str]:
    return {"ratelimit-remaining": left, "ratelimit-limit": limit}


def test_an_api_is_as_good_as_its_responses() -> None:
    several = [(0.01, "500"), (0.03, "400"), (9.0, "450")]
    failed = "answers in 50 ms; 1 of 3 attempts failed – see its status page if that lasts"
    scarce = "use a separate key for these workflows: other uses of this one may starve them"
    for attempts, line in [
        ([attempt()], "✓ PagerDuty's API: answers in 50 ms"),
        (
            [attempt(headers=limits("96"))],
            "✓ PagerDuty's API: answers in 50 ms, 96 of 960 requests left",
        ),
        (
            [attempt(headers=limits("95"))],
            f"! PagerDuty's API: answers in 50 ms, 95 of 960 requests left – {scarce}",
        ),
        (
            [attempt(seconds=seconds, headers=limits(left)) for seconds, left in several],
            "✓ PagerDuty's API: answers in 30 ms, 400 of 960 requests left",
        ),
        (
            [attempt(seconds=2.5)],
            "! PagerDuty's API: answers in 2500 ms – raise timeout if that lasts",
        ),
        *(
            (
                [attempt(), attempt(status=status), attempt(status=404)],
                f"! PagerDuty's API: {failed}",
            )
            for status in (None, 429, 503)
        ),
    ]:
        assert [one.line for one in check_api_health(attempts)] == [line]
    attempts = [attempt("Port"), attempt("incident.io", status=None), attempt("PagerDuty")]
    assert [one.what for one in check_api_health(attempts)] == ["PagerDuty's API", "Port's API"]


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
