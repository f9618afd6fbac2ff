"""Figures, sentences, tables and files of a report."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from pd_incident_action.inputs.intervals import Interval, parse_daily_period
from pd_incident_action.metrics.lifecycle import Event, IncidentLifecycle, Targets
from pd_incident_action.metrics.report import (
    COLUMNS,
    DurationStats,
    IncidentReport,
    details,
    headline,
    tables,
)
from pd_incident_action.metrics.runs import read_runs, runs_table
from pd_incident_action.models import Incident

NIGHT = parse_daily_period("22:00-07:00 UTC")
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
    return IncidentLifecycle(incident, created, NOW, taken, done, targets=targets)


def report(*lifecycles: IncidentLifecycle) -> IncidentReport:
    return IncidentReport(Interval(START, NOW), lifecycles, NOW, NIGHT)


DAY = report(
    lifecycle(1, 1, 10),
    lifecycle(2, 2, 20),
    lifecycle(3, 9, 90),
    lifecycle(4, 4, service="Pay"),
    lifecycle(5, service="Pay", urgency="low", targets=Targets("SEV-5")),
)
PERIOD = "from 2026-11-01T00:00:00Z until 2026-11-02T00:00:00Z (1 d)"


def test_figures_are_of_what_happened() -> None:
    stats = DAY.figures.all
    assert (stats.count, stats.to_acknowledge) == (5, DurationStats(240, 180))
    assert stats.to_resolve == DurationStats(2400, 1200)
    assert report().figures.all.to_resolve == DurationStats(None, None)
    unsorted = report(*(lifecycle(n, service=name) for n, name in enumerate("baCC")))
    assert list(unsorted.figures.by_service) == ["C", "a", "b"]
    kinds = ["assign", *["escalate"] * 10]
    events = tuple(Event(START, kind, ("Ada",)) for kind in kinds)
    levels = report(replace(lifecycle(1), events=events)).figures.by_level
    assert list(levels) == [str(level) for level in range(1, 12)]


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


def test_details_are_a_line_each() -> None:
    assert details(DAY) == (
        "By status: 3 resolved, 1 acknowledged, 1 triggered",
        "By service: Shop 3, Pay 2",
        "SLA targets of SEV-1: acknowledged in time 3 of 4 (75 %), resolved in time 2 of 4 (50 %)",
    )
    assert (details(report()), tables(report())) == ((), ())
    pending = report(replace(lifecycle(1, 2), now=START + 10 * MINUTE))
    assert details(pending)[-1].endswith("in time 1 of 1 (100 %), resolved in time 1 pending")


def test_tables_show_groups_targets_and_what_is_open_for_longest() -> None:
    shown = {table.title: table for table in tables(DAY) if table.rows}
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
    only_resolve = Targets("SEV-2", None, 60 * MINUTE)
    many = report(*(lifecycle(n, targets=only_resolve, service=f"S{n}") for n in range(1, 26)))
    shown = {table.title: table for table in tables(many)}
    assert shown["SLA targets"].rows == (("SEV-2", "–", "–", "1 h", "0 of 25 (0 %)"),)
    assert len(shown["By service: the 20 with the most, of 25"].rows) == 20
    assert [row[0] for row in shown["Longest open"].rows] == [f"#{n} Down" for n in range(1, 11)]


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


def test_the_csv_has_a_line_for_each_incident_and_no_cell_is_a_formula() -> None:
    first, second = rows(lifecycle(1, 1, 10), lifecycle(2))
    assert (first["number"], first["seconds_to_resolve"], first["resolve_target"]) == (
        "1",
        "600",
        "met",
    )
    assert (second["acknowledged_at"], second["seconds_to_resolve"]) == ("", "")
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =HYPERLINK(1)", "\uff1d1"]
    texts = ["a=b", 'say "no", now', "two\nlines", "ünï"]
    shown = rows(*(lifecycle(1, title=title) for title in [*formulas, *texts]))
    assert [row["title"] for row in shown] == [*(f"'{one}" for one in formulas), *texts]


def test_lines_that_metrics_file_cannot_have_written_are_no_runs(tmp_path: Path) -> None:
    good = '{"at": "2026-11-01T03:00:00Z", "operation": "create", "exit_code": 0, "seconds": 1'
    names = ("seconds", "time_to_page_ms", "retries", "rate_limit_remaining")
    numbers = ("1e300", "1" + "0" * 400, "-1", "true", '"1"')
    bad = [f'{good}, "{name}": {number}}}' for name in names for number in numbers]
    bad += ["[" * 100_000, good, good.replace("Z", "") + "}"]
    failed = good.replace("0, ", "1, ") + '49, "time_to_page_ms": 1500, "retries": 2}'
    (tmp_path / "runs.jsonl").write_text("\n".join([*bad, "", f"{good}}}", failed]))
    runs, unknown = read_runs(tmp_path, "runs.jsonl", Interval(START, NOW))
    assert unknown == len(bad)
    assert runs_table(runs).rows == (
        ("create", "2", "1 of 2 (50 %)", "1 min 15 s", "1.5 s", "2", "–"),
    )
    assert runs_table(runs[:1]).rows[0][3:] == ("1.0 s", "–", "0", "–")
