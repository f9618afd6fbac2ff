"""Charts show what there is, and no name in them is Mermaid's syntax."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pd_incident_action.inputs.intervals import Interval, parse_daily_period
from pd_incident_action.metrics.lifecycle import IncidentLifecycle
from pd_incident_action.metrics.render import bars, label, mermaid_charts, pie
from pd_incident_action.metrics.report import IncidentReport
from pd_incident_action.models import Incident

NIGHT = parse_daily_period("22:00-07:00 UTC")
SINCE = datetime(2026, 10, 30, 18, tzinfo=UTC)


def charts(length: timedelta, *created: float) -> tuple[str, ...]:
    """Draw the charts of incidents on one service, created so many days after the start."""
    incident = Incident("Q1", "Down", "triggered", service="Shop")
    lifecycles = [
        IncidentLifecycle(incident, SINCE + timedelta(days=day), SINCE) for day in created
    ]
    return mermaid_charts(IncidentReport(Interval(SINCE, SINCE + length), lifecycles, SINCE, NIGHT))


def bars_of(source: str) -> dict[str, int]:
    names = re.findall(r'"([^"]*)"', source.splitlines()[2])
    return dict(zip(names, map(int, re.findall(r"\d+", source.splitlines()[4])), strict=True))


def test_small_slices_are_put_together() -> None:
    _, *slices = pie("x", {f"S{number}": 20 - number for number in range(12)}).splitlines()
    assert len(slices) == 8
    assert slices[-1] == f'    "others" : {13 + 12 + 11 + 10 + 9}'


def test_no_name_is_syntax_and_usual_ones_stay() -> None:
    for text in [
        'Shop" : 9',
        "a\n```\n# heading",
        "%%{init: {'theme': 'dark'}}%%",
        "<img src=x onerror=alert(1)>",
        "#quot;#35;",
        "\u202eevil\x07",
        "]\n bar [1]",
    ]:
        shown = label(text)
        assert not set(shown) & set('"`<>{};\n\u202e\x07')
        assert len(pie("x", {text: 1}).splitlines()) == 2
        assert len(bars("x", {text: 1}).splitlines()) == 5
    for text, shown in [
        ("Shop", "Shop"),
        ("C# API & more", "C# API & more"),
        ("", "(no name)"),
        ("\x07", "(no name)"),
        ("x" * 60, "x" * 39 + "…"),
    ]:
        assert label(text) == shown


def test_each_day_of_the_period_has_a_bar_and_longer_periods_have_wider_ones() -> None:
    three_days = timedelta(days=3)
    assert charts(three_days) == ()
    by_service, over_time = charts(three_days, 0, 0.1, 2.5)
    assert by_service == 'pie showData title Incidents by service\n    "Shop" : 3'
    assert 'title "Incidents per day (UTC)"' in over_time
    assert bars_of(over_time) == {"10-30": 2, "10-31": 0, "11-01": 0, "11-02": 1}
    assert 'y-axis "Incidents" 0 --> 2' in over_time
    until_midnight = timedelta(hours=6)
    assert bars_of(charts(until_midnight, 0)[1]) == {"10-30": 1}
    for days, unit, first, count in [
        (31, "day", "10-30", 32),
        (32, "week", "10-26", 6),
        (220, "month", "2026-10", 9),
    ]:
        _, over_time = charts(timedelta(days=days), 0, 1)
        assert f"Incidents per {unit}" in over_time
        heights = bars_of(over_time)
        assert (next(iter(heights)), len(heights)) == (first, count)
        assert sum(heights.values()) == 2
