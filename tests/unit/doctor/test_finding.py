"""A finding is a line, a message or an error; a check that can't be made is a finding itself."""

from __future__ import annotations

from pd_incident_action.config.model import Config
from pd_incident_action.doctor.account import services_to_check
from pd_incident_action.doctor.finding import (
    Check,
    Finding,
    error,
    failed,
    ok,
    run_checks,
    warning,
)
from pd_incident_action.doctor.pagerduty import check_routing_key
from pd_incident_action.errors import ApiRejected, CheckFailed, NotApplicable


def test_a_finding_is_a_line_a_message_and_an_error() -> None:
    for finding, line, message in [
        (ok("service A", "found"), "✓ service A: found", "service A: found."),
        (
            warning("from", "isn't set", "set it"),
            "! from: isn't set – set it",
            "from: isn't set; set it.",
        ),
        (
            error("service A", "is disabled", "enable it"),
            "✗ service A: is disabled – enable it",
            "service A: is disabled; enable it.",
        ),
    ]:
        assert (finding.line, finding.message) == (line, message)
        assert isinstance(finding.error, CheckFailed)
        assert str(finding.error) == message


def test_what_cannot_be_checked_is_an_error() -> None:
    for reason, finding in [
        (
            ApiRejected("PagerDuty failed to find it.", "it is gone", "check the id"),
            error("service A", "PagerDuty failed to find it (it is gone)", "check the id"),
        ),
        (NotApplicable("There is none"), error("service A", "There is none", "")),
    ]:
        assert failed("service A", reason) == finding


def test_findings_come_in_the_order_of_the_checks_and_one_error_spoils_no_other() -> None:
    def fail() -> list[Finding]:
        raise NotApplicable("It broke", "", "mend it")

    first, second = ok("a", "1"), ok("a", "2")
    last = ok("c", "3")
    checks = [Check("a", lambda: [first, second]), Check("b", fail), Check("c", lambda: (last,))]
    assert run_checks(checks) == [first, second, error("b", "It broke", "mend it"), last]
    assert run_checks([]) == []


def test_services_of_the_file_and_of_the_input_are_checked_once_each() -> None:
    config = Config(services={"default": "shop", "shop": "PSVC01", "pay": "PSVC02"})
    assert services_to_check(config, ["pay", "PSVC03"]) == {
        "pay": "input 'service'",
        "PSVC03": "input 'service'",
        "shop": "the configuration file's service 'shop'",
    }
    alone = Config(services={"default": "PSVC09"})
    assert services_to_check(alone, []) == {"PSVC09": "the configuration file's default service"}
    assert services_to_check(Config(), []) == {}


def test_a_routing_key_has_32_letters_and_digits_and_is_not_shown() -> None:
    for key, mark in [
        ("R" * 32, "✓"),
        ("R" * 31, "✗"),
        ("R" * 33, "✗"),
        ("R" * 31 + "-", "✗"),
        ("x", "✗"),
    ]:
        (finding,) = check_routing_key(key)
        assert finding.mark == mark
        assert key not in finding.line.removeprefix("✗ routing-key")
