"""A finding says what is so and what to do; a check that can't be made is a finding itself."""

from __future__ import annotations

import pytest

from pd_incident_action.doctor.finding import (
    Check,
    Finding,
    doubtful,
    fine,
    perform,
    refused,
    wrong,
)
from pd_incident_action.errors import ApiRejected, CheckFailed, NotApplicable


@pytest.mark.parametrize(
    ("finding", "line", "sentence"),
    [
        (fine("service A", "is there"), "✓ service A: is there", "service A: is there."),
        (
            doubtful("from", "isn't set", "set it"),
            "! from: isn't set – set it",
            "from: isn't set; set it.",
        ),
        (
            wrong("service A", "is disabled", "enable it"),
            "✗ service A: is disabled – enable it",
            "service A: is disabled; enable it.",
        ),
    ],
)
def test_a_finding_is_a_line_and_a_sentence(finding: Finding, line: str, sentence: str) -> None:
    assert finding.line == line
    assert finding.sentence == sentence


def test_as_an_error_it_says_that_only_a_check_failed() -> None:
    error = wrong("service A", "is disabled", "enable it").error
    assert isinstance(error, CheckFailed)
    assert error.title == "Doctor found a problem"
    assert str(error) == "service A: is disabled; enable it."


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        (
            ApiRejected("PagerDuty did not find it.", "it is gone", "check the id"),
            wrong("service A", "PagerDuty did not find it (it is gone)", "check the id"),
        ),
        (NotApplicable("There is none"), wrong("service A", "There is none", "")),
    ],
)
def test_what_cannot_be_looked_at_is_wrong(error: ApiRejected, finding: Finding) -> None:
    assert refused("service A", error) == finding


def test_findings_come_in_the_order_of_the_checks_and_one_error_spoils_no_other() -> None:
    def fail() -> list[Finding]:
        what = "It broke"
        raise NotApplicable(what, "", "mend it")

    first, second = fine("a", "1"), fine("a", "2")
    last = fine("c", "3")
    checks = [Check("a", lambda: [first, second]), Check("b", fail), Check("c", lambda: (last,))]
    assert perform(checks) == [first, second, wrong("b", "It broke", "mend it"), last]


def test_there_may_be_nothing_to_look_at() -> None:
    assert perform([]) == []
