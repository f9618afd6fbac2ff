"""The report as people read it: sentences, tables and charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from pd_incident_action.inputs.intervals import Interval, humanize, to_iso
from pd_incident_action.models import Table
from pd_incident_action.text import counted, shorten

from .lifecycle import IncidentLifecycle
from .report import DurationStats, IncidentReport, PageStats, TargetCounts, calculate_stats

_MAX_GROUPS = 20
_MAX_OPEN = 10
_COLUMNS = (
    "Incidents",
    "Mean time to acknowledge",
    "Median time to acknowledge",
    "Mean time to resolve",
    "Median time to resolve",
)

Unit = Literal["day", "week", "month"]
_MAX_SLICES = 8
_MAX_BARS = 31
_MAX_LABEL = 40
# Replaces whatever ends a label, begins a directive, makes an entity, or is HTML.
_HARMLESS = str.maketrans('"`<>{};\\', "''()(),/")


def headline(report: IncidentReport) -> str:
    """Return the most important figures in one sentence."""
    stats = calculate_stats(report.lifecycles)
    if not stats.count:
        return f"No incidents {report.period}."
    parts = [
        f"{counted(stats.count, 'incident')} {report.period}",
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
    at_night = sum(report.is_at_night(*one) for one in report.pages)
    lines += [f"Pages: {len(report.pages)}, {at_night} of them at night"] if report.pages else []
    return tuple(lines)


def tables(report: IncidentReport) -> tuple[Table, ...]:
    """Return the figures as tables, leaving out empty ones."""
    shown = (
        _statuses(report),
        _durations("All incidents", "", {"all": report.lifecycles}),
        _durations("By service", "Service", report.by_service()),
        _durations("By urgency", "Urgency", report.by_urgency()),
        _targets(report),
        _pages("Pages by person", "Person", report.by_person()),
        _pages("Pages by level of the escalation policy", "Level", report.by_level()),
        _longest_open(report),
    )
    return tuple(table for table in shown if table.rows) if report.lifecycles else ()


def _average(what: str, stats: DurationStats) -> str:
    if stats.mean is None:
        return ""
    mean, middle = humanize_seconds(stats.mean), humanize_seconds(stats.median)
    return f"{what} after {mean} on average (median {middle})"


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
    return (str(stats.count), *map(humanize_seconds, seconds))


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


def _pages(title: str, heading: str, groups: Mapping[str, PageStats]) -> Table:
    rows = [
        (
            name,
            str(one.pages),
            str(one.at_night),
            _share(one.acknowledge),
            humanize_seconds(one.to_acknowledge.mean),
        )
        for name, one in groups.items()
    ]
    columns = (heading, "Pages", "At night", "Acknowledged in time", "Mean time to acknowledge")
    return Table(title, columns, tuple(rows[:_MAX_GROUPS]))


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
    return Table("Longest open", ("Incident", "Status", "Service", "Since", "For"), rows)


def _share(counts: TargetCounts) -> str:
    """For example ``9 of 10 (90 %), 1 pending``."""
    met, breached, left = counts.values()
    decided = met + breached
    share = f"{met} of {decided} ({100 * met // decided} %)" if decided else ""
    pending = f"{left} pending" if left else ""
    return ", ".join(filter(None, (share, pending))) or "–"


def _target(target: timedelta | None) -> str:
    return humanize(target) if target else "–"


def humanize_seconds(seconds: int | None) -> str:
    """Format a duration as `humanize` does; a dash for None."""
    return "–" if seconds is None else humanize(timedelta(seconds=seconds))


def pie(title: str, slices: Mapping[str, int]) -> str:
    """Draw a pie chart; small slices are put together.

    Returns:
        Mermaid's source; empty if there is nothing to show.
    """
    shown = [(name, number) for name, number in slices.items() if number > 0]
    if len(shown) > _MAX_SLICES:
        rest = sum(number for _, number in shown[_MAX_SLICES - 1 :])
        shown = [*shown[: _MAX_SLICES - 1], ("others", rest)]
    lines = [f'    "{label(name)}" : {number}' for name, number in shown]
    return "\n".join([f"pie showData title {title}", *lines]) if lines else ""


def bars(title: str, heights: Mapping[str, int]) -> str:
    """Draw a bar chart.

    Returns:
        Mermaid's source; empty if all bars are empty.
    """
    highest = max(heights.values(), default=0)
    if highest <= 0:
        return ""
    labels = ", ".join(f'"{label(name)}"' for name in heights)
    numbers = ", ".join(map(str, heights.values()))
    return "\n".join(
        [
            "xychart-beta",
            f'    title "{title}"',
            f"    x-axis [{labels}]",
            f'    y-axis "Incidents" 0 --> {highest}',
            f"    bar [{numbers}]",
        ]
    )


def incidents_over_time(lifecycles: Iterable[IncidentLifecycle], period: Interval) -> str:
    """Draw how many incidents were created on each day, or in each week or month.

    Returns:
        Mermaid's source; empty if there are none.
    """
    unit, heights = counts_over_time(lifecycles, period)
    return bars(f"Incidents per {unit} (UTC)", heights)


def counts_over_time(
    lifecycles: Iterable[IncidentLifecycle], period: Interval
) -> tuple[Unit, dict[str, int]]:
    """Count the incidents that were created on each day, or in each week or month."""
    unit = _unit(period)
    heights: dict[str, int] = {}
    day = period.start.date()
    while day <= (period.end - timedelta(microseconds=1)).date():
        heights.setdefault(_bar(day, unit), 0)
        day += timedelta(days=1)
    for one in lifecycles:
        name = _bar(one.created_at.date(), unit)
        heights[name] = heights.get(name, 0) + 1
    return unit, heights


def label(text: str) -> str:
    """Return any text as one short line that Mermaid shows between double quotes."""
    line = " ".join(text.split()).translate(_HARMLESS)
    return shorten("".join(c for c in line if c.isprintable()), _MAX_LABEL) or "(no name)"


def _unit(period: Interval) -> Unit:
    if period.length <= timedelta(days=_MAX_BARS):
        return "day"
    return "week" if period.length <= timedelta(weeks=_MAX_BARS) else "month"


def _bar(day: date, unit: Unit) -> str:
    """Return the label of the bar that a day belongs to; of a week its Monday."""
    if unit == "month":
        return f"{day:%Y-%m}"
    return f"{day - timedelta(days=day.weekday()) if unit == 'week' else day:%m-%d}"
