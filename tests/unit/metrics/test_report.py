"""Figures, sentences, tables and files of a report."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.metrics.lifecycle import IncidentLifecycle, Targets
from pd_incident_action.metrics.render import details, headline, tables
from pd_incident_action.metrics.report import (
    COLUMNS,
    DurationStats,
    IncidentReport,
    calculate_stats,
    group_by,
)
from pd_incident_action.metrics.timeline import Event
from pd_incident_action.models import Incident

START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = START + timedelta(days=1)
MINUTE = timedelta(minutes=1)
TARGETS = Targets("SEV-1", 5 * MINUTE, 60 * MINUTE)


def lifecycle(
    number: int,
    acknowledged: float | None = None,
    resolved: float | None = None,
    targets: Targets = TARGETS,
    **members: Any,  # noqa: ANN401 - members of an incident
) -> IncidentLifecycle:
    """Build a lifecycle, in minutes; each is created a minute after the one before."""
    created = START + number * MINUTE
    status = "resolved" if resolved else "acknowledged" if acknowledged else "triggered"
    given: dict[str, Any] = {"service": "Shop", "urgency": "high", "title": "Down", **members}
    incident = Incident(id=f"Q{number}", status=status, number=number, **given)
    taken, done = (created + m * MINUTE if m else None for m in (acknowledged, resolved))
    return IncidentLifecycle(incident, created, taken, done, targets=targets)


def report(*lifecycles: IncidentLifecycle, now: datetime = NOW) -> IncidentReport:
    return IncidentReport(Interval(START, NOW), lifecycles, now)


DAY = report(
    lifecycle(1, 1, 10),
    lifecycle(2, 2, 20),
    lifecycle(3, 9, 90),
    lifecycle(4, 4, service="Pay"),
    lifecycle(5, service="Pay", urgency="low", targets=Targets()),
)
PERIOD = "from 2026-11-01T00:00:00Z until 2026-11-02T00:00:00Z (1 d)"


def test_stats_are_of_what_happened() -> None:
    stats = calculate_stats(DAY.lifecycles)
    assert (stats.count, stats.to_acknowledge) == (5, DurationStats(240, 180))
    assert stats.to_resolve == DurationStats(2400, 1200)
    assert calculate_stats([]).to_resolve == DurationStats(None, None)


def test_groups_come_largest_first_then_by_name() -> None:
    lifecycles = [lifecycle(n, service=name) for n, name in enumerate(["b", "a", "C", "C"])]
    assert list(group_by(lifecycles, lambda one: one.service)) == ["C", "a", "b"]


def test_targets_are_counted() -> None:
    counts = [{"met": 3, "breached": 1, "pending": 0}, {"met": 2, "breached": 2, "pending": 0}]
    assert list(DAY.target_counts(DAY.lifecycles)) == counts
    early = replace(DAY, now=START + 20 * MINUTE)
    assert early.target_counts(DAY.lifecycles[3:])[1] == {"met": 0, "breached": 0, "pending": 1}


def test_the_headline_leaves_out_what_never_happened() -> None:
    for shown, sentence in [
        (
            DAY,
            (
                f"5 incidents {PERIOD}; acknowledged after 4 min on average (median 3 min); "
                "resolved after 40 min on average (median 20 min)."
            ),
        ),
        (report(lifecycle(1)), f"1 incident {PERIOD}."),
        (report(), f"No incidents {PERIOD}."),
    ]:
        assert headline(shown) == sentence


def test_levels_come_in_their_order() -> None:
    kinds = ["assign", *["escalate"] * 10]
    events = tuple(Event(START, kind, ("Ada",)) for kind in kinds)
    levels = report(replace(lifecycle(1), events=events)).by_level()
    assert list(levels) == [str(level) for level in range(1, 12)]


def test_details_are_a_line_each() -> None:
    assert details(DAY) == (
        "By status: 3 resolved, 1 acknowledged, 1 triggered",
        "By service: Shop 3, Pay 2",
        "SLA targets of SEV-1: acknowledged in time 3 of 4 (75 %), resolved in time 2 of 4 (50 %)",
    )
    assert (details(report()), tables(report())) == ((), ())
    pending = report(lifecycle(1, 2), now=START + 10 * MINUTE)
    assert details(pending)[-1].endswith("in time 1 of 1 (100 %), resolved in time 1 pending")


def test_tables_show_groups_targets_and_what_is_open_for_longest() -> None:
    shown = {table.title: table for table in tables(DAY)}
    every = ["By status", "All incidents", "By service", "By urgency"]
    assert list(shown) == [*every, "SLA targets", "Longest open"]
    assert shown["By service"].rows == (
        ("Shop", "3", "4 min", "2 min", "40 min", "20 min"),
        ("Pay", "2", "4 min", "4 min", "–", "–"),
    )
    targets = shown["SLA targets"]
    assert targets.rows == (("SEV-1", "5 min", "3 of 4 (75 %)", "1 h", "2 of 4 (50 %)"),)
    assert shown["Longest open"].rows == (
        ("#4 Down", "acknowledged", "Pay", "2026-11-01T00:04:00Z", "23 h 56 min"),
        ("#5 Down", "triggered", "Pay", "2026-11-01T00:05:00Z", "23 h 55 min"),
    )
    for table in shown.values():
        assert all(len(row) == len(table.columns) for row in table.rows)
    without = tables(report(lifecycle(1, 1, 2, Targets())))
    assert [table.title for table in without] == every


def test_a_target_that_a_severity_lacks_is_a_dash() -> None:
    only_resolve = report(lifecycle(1, targets=Targets("SEV-2", None, 60 * MINUTE)))
    (table,) = [one for one in tables(only_resolve) if one.title == "SLA targets"]
    assert table.rows == (("SEV-2", "–", "–", "1 h", "0 of 1 (0 %)"),)


def test_of_very_many_services_the_busiest_are_shown() -> None:
    shown = {
        t.title: t.rows
        for t in tables(report(*(lifecycle(n, service=f"S{n}") for n in range(1, 26))))
    }
    assert len(shown["By service: the 20 with the most, of 25"]) == 20
    longest = [row[0] for row in shown["Longest open"]]
    assert longest == [f"#{n} Down" for n in range(1, 11)]


def test_the_json_has_figures_and_incidents() -> None:
    whole = json.loads(report(lifecycle(1, 1, 90)).to_json())
    assert (whole["since"], whole["generated_at"]) == (
        "2026-11-01T00:00:00Z",
        "2026-11-02T00:00:00Z",
    )
    assert whole["all"] == {
        "count": 1,
        "to_acknowledge": {"mean": 60, "median": 60},
        "to_resolve": {"mean": 5400, "median": 5400},
    }
    resolve = whole["targets_by_severity"]["SEV-1"]["resolve"]
    assert resolve == {"met": 0, "breached": 1, "pending": 0}
    (incident,) = whole["incidents"]
    assert tuple(incident) == (*COLUMNS, "timeline")
    assert (incident["seconds_to_acknowledge"], incident["acknowledge_target"]) == (60, "met")
    assert (incident["resolved_at"], incident["resolve_target"]) == (
        "2026-11-01T01:31:00Z",
        "breached",
    )


def rows(*lifecycles: IncidentLifecycle) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(report(*lifecycles).to_csv(), newline="")))


def test_the_csv_has_a_line_for_each_incident() -> None:
    first, second = rows(lifecycle(1, 1, 10), lifecycle(2))
    assert (first["number"], first["seconds_to_resolve"], first["resolve_target"]) == (
        "1",
        "600",
        "met",
    )
    assert (second["acknowledged_at"], second["seconds_to_resolve"]) == ("", "")


def test_no_cell_is_a_formula() -> None:
    for title in [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =HYPERLINK(1)",
        "\uff1d1",
        '=cmd|"/c"!A1',
    ]:
        assert rows(lifecycle(1, title=title))[0]["title"] == f"'{title}"


def test_other_text_is_kept_as_it_is() -> None:
    for title in ["a=b", 'say "no", now', "two\nlines", "ünï"]:
        assert rows(lifecycle(1, title=title))[0]["title"] == title
