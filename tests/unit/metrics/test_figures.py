"""Figures, sentences and tables tell what happened, and leave out what didn't."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.metrics.lifecycle import Timeline
from pd_incident_action.metrics.render import details, headline, tables
from pd_incident_action.metrics.report import IncidentReport
from pd_incident_action.metrics.stats import DurationStats, Kept, figures_of, grouped, kept_targets
from pd_incident_action.metrics.targets import Targets
from pd_incident_action.models import Incident

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
NOW = BEGAN + timedelta(days=1)
TARGETS = Targets("SEV-1", timedelta(minutes=5), timedelta(hours=1))


def course(  # noqa: PLR0913 - a table's columns
    number: int,
    acknowledged: float | None = None,
    resolved: float | None = None,
    *,
    service: str = "Shop",
    urgency: str = "high",
    targets: Targets = TARGETS,
) -> Timeline:
    """Make an incident's course, in minutes; each one begins a minute after the one before."""
    began = BEGAN + timedelta(minutes=number)
    status = "resolved" if resolved else "acknowledged" if acknowledged else "triggered"
    incident = Incident(f"Q{number}", "Down", status, urgency, number, service=service)
    taken, done = (
        began + timedelta(minutes=minutes) if minutes else None
        for minutes in (acknowledged, resolved)
    )
    return Timeline(incident, began, taken, done, targets=targets)


def report(*timelines: Timeline) -> IncidentReport:
    return IncidentReport(Interval(BEGAN, NOW), timelines, NOW)


WEEK = report(
    course(1, 1, 10),
    course(2, 2, 20),
    course(3, 9, 90),
    course(4, 4, service="Pay"),
    course(5, service="Pay", urgency="low", targets=Targets()),
)


def test_means_and_medians_count_what_happened() -> None:
    figures = figures_of(WEEK.timelines)
    assert figures.count == 5
    assert figures.to_acknowledge == DurationStats(240, 180)
    assert figures.to_resolve == DurationStats(2400, 1200)
    assert figures_of([]).to_resolve == DurationStats(None, None)


def test_groups_come_largest_first_then_by_name() -> None:
    one = [course(n, service=name) for n, name in enumerate(["b", "a", "C", "C"])]
    assert list(grouped(one, lambda t: t.incident.service)) == ["C", "a", "b"]


def test_targets_are_counted_where_there_are_any() -> None:
    timelines = WEEK.timelines
    assert kept_targets(timelines, Timeline.acknowledge_verdict, NOW) == Kept(3, 1, 0)
    assert kept_targets(timelines, Timeline.resolve_verdict, NOW) == Kept(2, 2, 0)
    early = BEGAN + timedelta(minutes=20)
    assert kept_targets(timelines[3:], Timeline.resolve_verdict, early) == Kept(0, 0, 1)


def test_the_headline_says_the_most_important() -> None:
    assert headline(WEEK) == (
        "5 incidents from 2026-11-01T00:00:00Z until 2026-11-02T00:00:00Z (1 d); acknowledged "
        "after 4 min on average (median 3 min); resolved after 40 min on average (median 20 min)."
    )


@pytest.mark.parametrize(
    ("timelines", "said"),
    [
        ([], "No incidents from 2026-11-01T00:00:00Z until 2026-11-02T00:00:00Z (1 d)."),
        ([course(1)], "1 incident from 2026-11-01T00:00:00Z until 2026-11-02T00:00:00Z (1 d)."),
    ],
)
def test_the_headline_leaves_out_what_never_happened(timelines: list[Timeline], said: str) -> None:
    assert headline(report(*timelines)) == said


def test_the_rest_is_a_line_each() -> None:
    assert details(WEEK) == (
        "By status: 3 resolved, 1 acknowledged, 1 triggered",
        "By service: Shop 3, Pay 2",
        "Targets of SEV-1: acknowledged in time 3 of 4 (75 %), resolved in time 2 of 4 (50 %)",
    )
    assert (details(report()), tables(report())) == ((), ())


def test_tables_show_groups_targets_and_what_is_open_for_longest() -> None:
    shown = {table.title: table for table in tables(WEEK)}
    assert list(shown) == [
        "By status",
        "All incidents",
        "By service",
        "By urgency",
        "Targets",
        "Open for longest",
    ]
    assert shown["By service"].rows == (
        ("Shop", "3", "4 min", "2 min", "40 min", "20 min"),
        ("Pay", "2", "4 min", "4 min", "–", "–"),
    )
    assert shown["Targets"].rows == (("SEV-1", "5 min", "3 of 4 (75 %)", "1 h", "2 of 4 (50 %)"),)
    assert shown["Open for longest"].rows == (
        ("#4 Down", "acknowledged", "Pay", "2026-11-01T00:04:00Z", "23 h 56 min"),
        ("#5 Down", "triggered", "Pay", "2026-11-01T00:05:00Z", "23 h 55 min"),
    )
    for table in shown.values():
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_what_is_still_to_be_kept_is_told_apart() -> None:
    early = IncidentReport(WEEK.period, [course(1, 2)], BEGAN + timedelta(minutes=10))
    assert details(early)[-1] == (
        "Targets of SEV-1: acknowledged in time 1 of 1 (100 %), resolved in time 1 pending"
    )


def test_without_targets_there_is_no_table_of_them() -> None:
    titles = [table.title for table in tables(report(course(1, 1, 2, targets=Targets())))]
    assert titles == ["By status", "All incidents", "By service", "By urgency"]


def test_of_very_many_services_the_busiest_are_shown() -> None:
    many = [course(n, service=f"S{n}") for n in range(1, 26)]
    (table,) = [t for t in tables(report(*many)) if t.title.startswith("By service")]
    assert table.title == "By service: the 20 with the most, of 25"
    assert len(table.rows) == 20
    (longest,) = [t for t in tables(report(*many)) if t.title == "Open for longest"]
    assert [row[0] for row in longest.rows] == [f"#{n} Down" for n in range(1, 11)]


def test_a_service_without_a_name_is_known_by_its_id_or_not_at_all() -> None:
    nameless = course(1, service="")
    assert list(report(nameless).by_service()) == ["(no service)"]
