"""What was sent when, as a table and as a chart that GitHub draws."""

from __future__ import annotations

from typing import Any

from pd_incident_action.http.messages import Attempt
from pd_incident_action.reporting.call_trace import chart_of, render, table_of


def attempt(**changes: Any) -> Attempt:  # noqa: ANN401 - members of Attempt
    values: dict[str, Any] = {
        "service": "PagerDuty",
        "method": "POST",
        "url": "https://api.pagerduty.com/incidents",
        "action": "create the incident",
        "writes": True,
        "number": 1,
        "began": 10.1,
        "seconds": 0.045,
        "status": 201,
    }
    return Attempt(**(values | changes))


FAILED = attempt(began=10.05, seconds=0.02, status=503)
BROKEN = attempt(began=10.0, status=None, problem="the connection broke", number=2)


def test_calls_are_listed_with_their_times_and_answers() -> None:
    rows = table_of([BROKEN, FAILED, attempt()], 10.0).rows
    assert [row[0] for row in rows] == ["0.00 s", "0.05 s", "0.10 s"]
    assert rows[0][3:] == ("the connection broke", "45 ms", "2")
    assert rows[2] == ("0.10 s", "PagerDuty", "create the incident", "201", "45 ms", "1")


def test_they_come_in_the_order_in_which_they_began() -> None:
    text = render([attempt(), FAILED, BROKEN], 10.0)
    assert text.startswith("<details><summary>API calls (3)</summary>")
    assert text.index("0.00 s") < text.index("0.05 s") < text.index("0.10 s")


def test_the_chart_has_a_section_for_each_api() -> None:
    port = attempt(service="Port", action="sign in", began=10.2, status=200)
    assert chart_of([FAILED, attempt(), port], 10.0) == (
        "gantt\n"
        "  dateFormat x\n"
        "  axisFormat %S.%L s\n"
        "  section PagerDuty\n"
        "  create the incident (503) :crit, 50, 70\n"
        "  create the incident (201) :100, 145\n"
        "  section Port\n"
        "  sign in (200) :200, 245"
    )


def test_no_name_can_break_out_of_the_chart() -> None:
    for action in ["x\n```\n<script>", "a: b; c # d", "`${x}`", ":::"]:
        text = render([attempt(action=action, service=action)], 10.0)
        assert "<script>" not in text
        chart = text.split("```mermaid\n")[1].split("\n```\n")[0]
        assert len(chart.splitlines()) == 5
        bar = chart.strip().splitlines()[-1]
        assert bar.count(":") == 1


def test_very_many_calls_are_cut() -> None:
    text = render([attempt(began=10 + n) for n in range(100)], 10.0)
    assert "API calls (40 of 100)" in text
    assert text.count("<tr>") == 41


def test_nothing_sent_is_nothing_to_see() -> None:
    assert not render([], 10.0)
