"""The report on a period as people read it: sentences and tables."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pd_incident_action.inputs.intervals import humanize, to_iso
from pd_incident_action.models import Table

from .lifecycle import Timeline
from .report import service_of
from .stats import DurationStats, Figures, Kept, figures_of, kept_targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .report import IncidentReport

_MOST_GROUPS = 20
_MOST_OPEN = 10
_COLUMNS = (
    "Incidents",
    "Mean time to acknowledge",
    "Median time to acknowledge",
    "Mean time to resolve",
    "Median time to resolve",
)


def headline(report: IncidentReport) -> str:
    """Say the most important figures in one sentence.

    Args:
        report: what happened.

    Returns:
        The sentence.
    """
    figures = figures_of(report.timelines)
    if not figures.count:
        return f"No incidents {report.period}."
    parts = [
        f"{figures.count} incident{'s' if figures.count > 1 else ''} {report.period}",
        _said("acknowledged", figures.to_acknowledge),
        _said("resolved", figures.to_resolve),
    ]
    return "; ".join(filter(None, parts)) + "."


def details(report: IncidentReport) -> tuple[str, ...]:
    """Say the rest of the figures, a line for each kind.

    Args:
        report: what happened.

    Returns:
        The lines; none without incidents.
    """
    counts = ", ".join(f"{number} {status}" for status, number in report.by_status().items())
    services = {name: len(group) for name, group in report.by_service().items()}
    busiest = ", ".join(f"{name} {number}" for name, number in list(services.items())[:_MOST_OPEN])
    lines = [f"By status: {counts}", f"By service: {busiest}"] if counts else []
    for severity, group in report.by_severity().items():
        lines.append(f"Targets of {severity}: {_targets_in_words(group, report)}")
    return tuple(lines)


def tables(report: IncidentReport) -> tuple[Table, ...]:
    """Lay the figures out.

    Args:
        report: what happened.

    Returns:
        The tables that have rows.
    """
    shown = (
        _statuses(report),
        _times("All incidents", "", {"all": report.timelines}),
        _times("By service", "Service", report.by_service()),
        _times("By urgency", "Urgency", report.by_urgency()),
        _kept(report),
        _longest_open(report),
    )
    return tuple(table for table in shown if table.rows) if report.timelines else ()


def _said(what: str, times: DurationStats) -> str:
    if times.mean is None:
        return ""
    return f"{what} after {_duration(times.mean)} on average (median {_duration(times.median)})"


def _statuses(report: IncidentReport) -> Table:
    rows = tuple((status, str(number)) for status, number in report.by_status().items())
    return Table("By status", ("Status", "Incidents"), rows)


def _times(title: str, heading: str, groups: Mapping[str, Sequence[Timeline]]) -> Table:
    rows = [(name, *_cells(figures_of(group))) for name, group in groups.items()]
    if len(rows) > _MOST_GROUPS:
        title = f"{title}: the {_MOST_GROUPS} with the most, of {len(rows)}"
    return Table(title, (heading, *_COLUMNS), tuple(rows[:_MOST_GROUPS]))


def _cells(figures: Figures) -> tuple[str, ...]:
    times = (figures.to_acknowledge, figures.to_resolve)
    durations = [_duration(seconds) for one in times for seconds in (one.mean, one.median)]
    return (str(figures.count), *durations)


def _kept(report: IncidentReport) -> Table:
    rows = []
    for severity, group in report.by_severity().items():
        targets, (acknowledge, resolve) = group[0].targets, _verdicts(group, report)
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
    return Table("Targets", columns, tuple(rows))


def _longest_open(report: IncidentReport) -> Table:
    rows = tuple(
        (
            one.incident.name or one.incident.id,
            one.status,
            service_of(one),
            to_iso(one.began),
            humanize(one.age(report.now)),
        )
        for one in report.longest_open(_MOST_OPEN)
    )
    return Table("Open for longest", ("Incident", "Status", "Service", "Since", "For"), rows)


def _targets_in_words(group: Sequence[Timeline], report: IncidentReport) -> str:
    acknowledge, resolve = _verdicts(group, report)
    return f"acknowledged in time {_share(acknowledge)}, resolved in time {_share(resolve)}"


def _verdicts(group: Sequence[Timeline], report: IncidentReport) -> tuple[Kept, Kept]:
    return (
        kept_targets(group, Timeline.acknowledge_verdict, report.now),
        kept_targets(group, Timeline.resolve_verdict, report.now),
    )


def _share(kept: Kept) -> str:
    """For example ``9 of 10 (90 %), 1 pending``."""
    judged = kept.kept + kept.missed
    share = f"{kept.kept} of {judged} ({100 * kept.kept // judged} %)" if judged else ""
    pending = f"{kept.pending} pending" if kept.pending else ""
    return ", ".join(filter(None, (share, pending))) or "–"


def _target(target: timedelta | None) -> str:
    return humanize(target) if target else "–"


def _duration(seconds: int | None) -> str:
    return "–" if seconds is None else humanize(timedelta(seconds=seconds))
