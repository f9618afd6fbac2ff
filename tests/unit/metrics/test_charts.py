"""Charts show what there is, and no name in them is Mermaid's syntax."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.metrics.lifecycle import IncidentLifecycle
from pd_incident_action.metrics.render import bars, incidents_over_time, label, pie
from pd_incident_action.models import Incident

SINCE = datetime(2026, 10, 30, 18, tzinfo=UTC)


def created(*days: float) -> list[IncidentLifecycle]:
    incident = Incident("Q1", "Down", "triggered")
    return [IncidentLifecycle(incident, SINCE + timedelta(days=day)) for day in days]


def bars_of(source: str) -> dict[str, int]:
    names = re.findall(r'"([^"]*)"', source.splitlines()[2])
    return dict(zip(names, map(int, re.findall(r"\d+", source.splitlines()[4])), strict=True))


def test_a_pie_has_a_slice_for_each_name() -> None:
    assert pie("Incidents by service", {"Shop": 3, "Pay": 1, "Idle": 0}) == (
        'pie showData title Incidents by service\n    "Shop" : 3\n    "Pay" : 1'
    )


def test_small_slices_are_put_together() -> None:
    source = pie("x", {f"S{number}": 20 - number for number in range(12)})
    slices = source.splitlines()[1:]
    assert len(slices) == 8
    assert slices[-1] == f'    "others" : {13 + 12 + 11 + 10 + 9}'


def test_without_incidents_there_is_no_chart() -> None:
    period = Interval(SINCE, SINCE + timedelta(days=3))
    assert (pie("x", {"Idle": 0}), bars("x", {"a": 0}), bars("x", {})) == ("", "", "")
    assert incidents_over_time([], period) == ""


def test_no_name_is_syntax() -> None:
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


def test_usual_names_stay() -> None:
    for text, shown in [
        ("Shop", "Shop"),
        ("C# API & more", "C# API & more"),
        ("", "(no name)"),
        ("\x07", "(no name)"),
    ]:
        assert label(text) == shown


def test_long_names_are_cut() -> None:
    assert label("x" * 60) == "x" * 39 + "…"


def test_each_day_has_a_bar_even_without_incidents() -> None:
    source = incidents_over_time(created(0, 0.1, 2.5), Interval(SINCE, SINCE + timedelta(days=3)))
    assert 'title "Incidents per day (UTC)"' in source
    assert bars_of(source) == {"10-30": 2, "10-31": 0, "11-01": 0, "11-02": 1}
    assert 'y-axis "Incidents" 0 --> 2' in source


def test_a_period_that_ends_at_midnight_has_no_bar_for_the_next_day() -> None:
    midnight = datetime(2026, 10, 31, tzinfo=UTC)
    assert bars_of(incidents_over_time(created(0), Interval(SINCE, midnight))) == {"10-30": 1}


def test_longer_periods_have_wider_bars() -> None:
    for days, unit, first, count in [
        (31, "day", "10-30", 32),
        (32, "week", "10-26", 6),
        (220, "month", "2026-10", 9),
    ]:
        source = incidents_over_time(created(0, 1), Interval(SINCE, SINCE + timedelta(days=days)))
        assert f"Incidents per {unit}" in source
        heights = bars_of(source)
        assert (next(iter(heights)), len(heights)) == (first, count)
        assert sum(heights.values()) == 2
