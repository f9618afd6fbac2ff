"""The report on the incidents of a period: its figures, as sentences, tables, JSON and CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property
from io import StringIO
from statistics import fmean, median
from typing import TypeVar

from pd_incident_action.inputs.intervals import (
    DailyPeriod,
    Interval,
    humanize,
    to_iso,
)
from pd_incident_action.models import Table
from pd_incident_action.text import counted

from .lifecycle import IncidentLifecycle, PersonPage, TargetStatus

COLUMNS: Mapping[str, Callable[[IncidentLifecycle], object]] = {
    "number": lambda one: one.incident.number,
    "id": lambda one: one.incident.id,
    "title": lambda one: one.incident.title,
    "status": lambda one: one.status,
    "urgency": lambda one: one.incident.urgency,
    "priority": lambda one: one.incident.priority,
    "service": lambda one: one.incident.service,
    "severity": lambda one: one.targets.severity,
    "created_at": lambda one: to_iso(one.created_at),
    "acknowledged_at": lambda one: _iso(one.acknowledged_at),
    "resolved_at": lambda one: _iso(one.resolved_at),
    "seconds_to_acknowledge": lambda one: _seconds(one.time_to_acknowledge),
    "seconds_to_resolve": lambda one: _seconds(one.time_to_resolve),
    "acknowledge_target": lambda one: one.acknowledge_status,
    "resolve_target": lambda one: one.resolve_status,
    "url": lambda one: one.incident.url,
}
"""What an incident's row holds in the files."""

Item = TypeVar("Item")
Stats = TypeVar("Stats")
TargetCounts = dict[TargetStatus, int]
"""How many incidents met an SLA target, breached it, or have time left."""

_MAX_GROUPS = 20
_MAX_OPEN = 10
# Spreadsheets take a cell that begins with one of these for a formula, and run it.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True)
class DurationStats:
    """How long something took, in seconds; None if it never happened."""

    mean: int | None
    median: int | None


@dataclass(frozen=True)
class IncidentStats:
    """Figures of some incidents."""

    count: int
    to_acknowledge: DurationStats
    to_resolve: DurationStats


@dataclass(frozen=True)
class TargetStats:
    """How the SLA targets of some incidents went."""

    acknowledge: TargetCounts
    resolve: TargetCounts


@dataclass(frozen=True)
class PageStats:
    """Figures of the pages that somebody got, or that went out on a level.

    Attributes:
        at_night: how many at night; those of low urgency wake nobody, and don't count.
        acknowledge: how the targets to acknowledge went, counted from the page.
    """

    pages: int
    at_night: int
    acknowledge: TargetCounts
    to_acknowledge: DurationStats


@dataclass(frozen=True)
class Figures:
    """All figures, by their names in the JSON file; the largest groups come first."""

    since: str
    until: str
    generated_at: str
    incidents_by_status: dict[str, int]
    all: IncidentStats
    by_service: dict[str, IncidentStats]
    by_urgency: dict[str, IncidentStats]
    targets_by_severity: dict[str, TargetStats]
    by_person: dict[str, PageStats]
    by_level: dict[str, PageStats]

    @property
    def pages(self) -> int:
        """How often somebody was paged."""
        return sum(one.pages for one in self.by_person.values())

    @property
    def pages_at_night(self) -> int:
        """How many of the pages may have woken somebody."""
        return sum(one.at_night for one in self.by_person.values())


@dataclass(frozen=True)
class IncidentReport:
    """What happened in a period."""

    period: Interval
    lifecycles: Sequence[IncidentLifecycle]
    now: datetime
    night: DailyPeriod

    @cached_property
    def pages(self) -> list[PersonPage]:
        """Whom the incidents were given to."""
        return [page for one in self.lifecycles for page in one.pages]

    @cached_property
    def figures(self) -> Figures:
        """All figures, without the incidents themselves."""
        every = self.lifecycles
        with_targets = [one for one in every if one.targets]
        levels = _group(self.pages, lambda page: str(page.level), self._page_stats)
        return Figures(
            since=self.period.start_iso,
            until=self.period.end_iso,
            generated_at=to_iso(self.now),
            incidents_by_status=_group(every, lambda one: one.status, len),
            all=_incident_stats(every),
            by_service=_group(every, lambda one: one.service, _incident_stats),
            by_urgency=_group(every, lambda one: one.incident.urgency, _incident_stats),
            targets_by_severity=_group(
                with_targets, lambda one: one.targets.severity, _target_stats
            ),
            by_person=_group(self.pages, lambda page: page.person, self._page_stats),
            by_level=dict(sorted(levels.items(), key=lambda item: int(item[0]))),
        )

    def to_json(self) -> str:
        """Format the figures and all incidents as JSON."""
        incidents = [
            {
                **_row(one),
                "timeline": [{"at": to_iso(e.at), "what": str(e)} for e in one.events],
            }
            for one in self.lifecycles
        ]
        whole = {**asdict(self.figures), "incidents": incidents}
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"

    def to_csv(self) -> str:
        """Format all incidents as CSV (RFC 4180), in which no cell is a formula."""
        file = StringIO()
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(map(_cell, _row(one).values()) for one in self.lifecycles)
        return file.getvalue()

    def _page_stats(self, group: Sequence[PersonPage]) -> PageStats:
        return PageStats(
            len(group),
            sum(page.is_urgent and self.night.contains(page.at) for page in group),
            _count(page.acknowledge for page in group),
            _duration_stats(page.took for page in group),
        )


def headline(report: IncidentReport) -> str:
    """Return the most important figures in one sentence."""
    stats = report.figures.all
    if not stats.count:
        return f"No incidents {report.period}."
    parts = [f"{counted(stats.count, 'incident')} {report.period}"]
    for what, took in (("acknowledged", stats.to_acknowledge), ("resolved", stats.to_resolve)):
        if took.mean is not None:
            mean, middle = humanize_seconds(took.mean), humanize_seconds(took.median)
            parts.append(f"{what} after {mean} on average (median {middle})")
    return f"{'; '.join(parts)}."


def details(report: IncidentReport) -> tuple[str, ...]:
    """Return the other figures, a line for each kind; none without incidents."""
    figures = report.figures
    if not report.lifecycles:
        return ()
    counts = ", ".join(
        f"{number} {status}" for status, number in figures.incidents_by_status.items()
    )
    services = [f"{name} {one.count}" for name, one in figures.by_service.items()]
    lines = [f"By status: {counts}", f"By service: {', '.join(services[:_MAX_OPEN])}"]
    lines += [
        f"SLA targets of {severity}: acknowledged in time {_share(one.acknowledge)}, "
        f"resolved in time {_share(one.resolve)}"
        for severity, one in figures.targets_by_severity.items()
    ]
    if figures.pages:
        lines.append(f"Pages: {figures.pages}, {figures.pages_at_night} of them at night")
    return tuple(lines)


def tables(report: IncidentReport) -> tuple[Table, ...]:
    """Return the figures as tables; some may be empty, and without incidents there are none."""
    figures = report.figures
    if not report.lifecycles:
        return ()
    return (
        _table("By status", "Status", {"Incidents": str}, figures.incidents_by_status),
        _table("All incidents", "", _DURATIONS, {"all": figures.all}),
        _table("By service", "Service", _DURATIONS, figures.by_service),
        _table("By urgency", "Urgency", _DURATIONS, figures.by_urgency),
        _targets(report),
        _table("Pages by person", "Person", _PAGES, figures.by_person),
        _table("Pages by level of the escalation policy", "Level", _PAGES, figures.by_level),
        _longest_open(report),
    )


def humanize_seconds(seconds: int | None) -> str:
    """Format a duration as `humanize` does; a dash for None."""
    return "–" if seconds is None else humanize(timedelta(seconds=seconds))


_DURATIONS: Mapping[str, Callable[[IncidentStats], str]] = {
    "Incidents": lambda one: str(one.count),
    "Mean time to acknowledge": lambda one: humanize_seconds(one.to_acknowledge.mean),
    "Median time to acknowledge": lambda one: humanize_seconds(one.to_acknowledge.median),
    "Mean time to resolve": lambda one: humanize_seconds(one.to_resolve.mean),
    "Median time to resolve": lambda one: humanize_seconds(one.to_resolve.median),
}
_PAGES: Mapping[str, Callable[[PageStats], str]] = {
    "Pages": lambda one: str(one.pages),
    "At night": lambda one: str(one.at_night),
    "Acknowledged in time": lambda one: _share(one.acknowledge),
    "Mean time to acknowledge": lambda one: humanize_seconds(one.to_acknowledge.mean),
}


def _table(
    title: str,
    heading: str,
    columns: Mapping[str, Callable[[Stats], str]],
    groups: Mapping[str, Stats],
) -> Table:
    rows = [(name, *(read(one) for read in columns.values())) for name, one in groups.items()]
    if len(rows) > _MAX_GROUPS:
        title = f"{title}: the {_MAX_GROUPS} with the most, of {len(rows)}"
    return Table(title, (heading, *columns), tuple(rows[:_MAX_GROUPS]))


def _targets(report: IncidentReport) -> Table:
    targets = {one.targets.severity: one.targets for one in report.lifecycles}
    rows = [
        (
            severity,
            humanize_seconds(_seconds(targets[severity].acknowledge_within)),
            _share(one.acknowledge),
            humanize_seconds(_seconds(targets[severity].resolve_within)),
            _share(one.resolve),
        )
        for severity, one in report.figures.targets_by_severity.items()
    ]
    columns = ("Severity", "To acknowledge within", "In time", "To resolve within", "In time")
    return Table("SLA targets", columns, tuple(rows))


def _longest_open(report: IncidentReport) -> Table:
    still_open = [one for one in report.lifecycles if one.is_open]
    rows = [
        (
            one.incident.name or one.incident.id,
            one.status,
            one.service,
            to_iso(one.created_at),
            humanize(one.age),
        )
        for one in sorted(still_open, key=lambda one: one.created_at)[:_MAX_OPEN]
    ]
    columns = ("Incident", "Status", "Service", "Since", "For")
    return Table("Longest open", columns, tuple(rows))


def _share(counts: TargetCounts) -> str:
    """For example ``9 of 10 (90 %), 1 pending``."""
    met, breached, left = counts.values()
    decided = met + breached
    share = f"{met} of {decided} ({100 * met // decided} %)" if decided else ""
    pending = f"{left} pending" if left else ""
    return ", ".join(filter(None, (share, pending))) or "–"


def _group(
    items: Iterable[Item], key: Callable[[Item], str], calculate: Callable[[list[Item]], Stats]
) -> dict[str, Stats]:
    """Calculate figures of groups of items, the largest group first, equal ones by name."""
    groups: dict[str, list[Item]] = {}
    for one in items:
        groups.setdefault(key(one), []).append(one)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0].casefold()))
    return {name: calculate(group) for name, group in ordered}


def _incident_stats(lifecycles: Sequence[IncidentLifecycle]) -> IncidentStats:
    return IncidentStats(
        len(lifecycles),
        _duration_stats(one.time_to_acknowledge for one in lifecycles),
        _duration_stats(one.time_to_resolve for one in lifecycles),
    )


def _target_stats(lifecycles: Sequence[IncidentLifecycle]) -> TargetStats:
    return TargetStats(
        _count(one.acknowledge_status for one in lifecycles),
        _count(one.resolve_status for one in lifecycles),
    )


def _count(statuses: Iterable[TargetStatus]) -> TargetCounts:
    found = list(statuses)
    return {status: found.count(status) for status in TargetStatus if status}


def _duration_stats(durations: Iterable[timedelta | None]) -> DurationStats:
    seconds = [one.total_seconds() for one in durations if one is not None]
    if not seconds:
        return DurationStats(None, None)
    return DurationStats(round(fmean(seconds)), round(median(seconds)))


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration.total_seconds())


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else to_iso(moment)


def _row(one: IncidentLifecycle) -> dict[str, object]:
    return {name: read(one) for name, read in COLUMNS.items()}


def _cell(value: object) -> object:
    """Quote a text that would be a formula, the way spreadsheets do."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
