"""The report as people read it: sentences and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pd_incident_action.inputs.intervals import humanize, to_iso
from pd_incident_action.models import Table

from .lifecycle import IncidentLifecycle
from .report import DurationStats, IncidentReport, TargetCounts, calculate_stats

_MAX_GROUPS = 20
_MAX_OPEN = 10
_COLUMNS = (
    "Incidents",
    "Mean time to acknowledge",
    "Median time to acknowledge",
    "Mean time to resolve",
    "Median time to resolve",
)


def headline(report: IncidentReport) -> str:
    """Return the most important figures in one sentence."""
    stats = calculate_stats(report.lifecycles)
    if not stats.count:
        return f"No incidents {report.period}."
    parts = [
        f"{stats.count} incident{'s' if stats.count > 1 else ''} {report.period}",
        _average("acknowledged", stats.to_acknowledge),
        _average("resolved", stats.to_resolve),
    ]
    return "; ".join(filter(None, parts)) + "."


def details(report: IncidentReport) -> tuple[str, ...]:
    """Return the other figures, a line for each kind; none without incidents."""
    counts = ", ".join(f"{number} {status}" for status, number in report.by_status().items())
    services = {name: len(group) for name, group in report.by_service().items()}
    busiest = ", ".join(f"{name} {number}" for name, number in list(services.items())[:_MAX_OPEN])
    lines = [f"By status: {counts}", f"By service: {busiest}"] if counts else []
    for severity, group in report.by_severity().items():
        acknowledge, resolve = map(_share, report.target_counts(group))
        lines.append(
            f"SLA targets of {severity}: acknowledged in time {acknowledge}, resolved in time "
            f"{resolve}"
        )
    return tuple(lines)


def tables(report: IncidentReport) -> tuple[Table, ...]:
    """Return the figures as tables, leaving out empty ones."""
    shown = (
        _statuses(report),
        _durations("All incidents", "", {"all": report.lifecycles}),
        _durations("By service", "Service", report.by_service()),
        _durations("By urgency", "Urgency", report.by_urgency()),
        _targets(report),
        _longest_open(report),
    )
    return tuple(table for table in shown if table.rows) if report.lifecycles else ()


def _average(what: str, stats: DurationStats) -> str:
    if stats.mean is None:
        return ""
    return f"{what} after {_duration(stats.mean)} on average (median {_duration(stats.median)})"


def _statuses(report: IncidentReport) -> Table:
    rows = tuple((status, str(number)) for status, number in report.by_status().items())
    return Table("By status", ("Status", "Incidents"), rows)


def _durations(
    title: str, heading: str, groups: Mapping[str, Sequence[IncidentLifecycle]]
) -> Table:
    rows = [(name, *_cells(group)) for name, group in groups.items()]
    if len(rows) > _MAX_GROUPS:
        title = f"{title}: the {_MAX_GROUPS} with the most, of {len(rows)}"
    return Table(title, (heading, *_COLUMNS), tuple(rows[:_MAX_GROUPS]))


def _cells(group: Sequence[IncidentLifecycle]) -> tuple[str, ...]:
    stats = calculate_stats(group)
    seconds = (
        stats.to_acknowledge.mean,
        stats.to_acknowledge.median,
        stats.to_resolve.mean,
        stats.to_resolve.median,
    )
    return (str(stats.count), *map(_duration, seconds))


def _targets(report: IncidentReport) -> Table:
    rows = []
    for severity, group in report.by_severity().items():
        targets, (acknowledge, resolve) = group[0].targets, report.target_counts(group)
        rows.append(
            (
                severity,
                _target(targets.acknowledge_within),
                _share(acknowledge),
                _target(targets.resolve_within),
                _share(resolve),
            )
        )
    columns = ("Severity", "To acknowledge within", "In time", "To resolve within", "In time")
    return Table("SLA targets", columns, tuple(rows))


def _longest_open(report: IncidentReport) -> Table:
    rows = tuple(
        (
            one.incident.name or one.incident.id,
            one.status,
            one.service,
            to_iso(one.created_at),
            humanize(one.age(report.now)),
        )
        for one in report.longest_open(_MAX_OPEN)
    )
    return Table("Open for longest", ("Incident", "Status", "Service", "Since", "For"), rows)


def _share(counts: TargetCounts) -> str:
    """For example ``9 of 10 (90 %), 1 pending``."""
    decided = counts.met + counts.breached
    share = f"{counts.met} of {decided} ({100 * counts.met // decided} %)" if decided else ""
    pending = f"{counts.pending} pending" if counts.pending else ""
    return ", ".join(filter(None, (share, pending))) or "–"


def _target(target: timedelta | None) -> str:
    return humanize(target) if target else "–"


def _duration(seconds: int | None) -> str:
    return "–" if seconds is None else humanize(timedelta(seconds=seconds))
