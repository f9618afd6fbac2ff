"""The report on the incidents of a period: figures, and files for programs and spreadsheets."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property
from io import StringIO
from statistics import fmean, median
from typing import Any, TypeVar

from pd_incident_action.inputs.intervals import Interval, to_iso
from pd_incident_action.inputs.time_of_day import DailyPeriod, parse_daily_period

from .lifecycle import IncidentLifecycle, TargetStatus
from .timeline import PersonPage, pages_of

COLUMNS = (
    "number",
    "id",
    "title",
    "status",
    "urgency",
    "priority",
    "service",
    "severity",
    "created_at",
    "acknowledged_at",
    "resolved_at",
    "seconds_to_acknowledge",
    "seconds_to_resolve",
    "acknowledge_target",
    "resolve_target",
    "url",
)
"""The keys of an incident's row, and the columns of the CSV file."""

NIGHT = parse_daily_period("22:00-07:00 UTC")

Item = TypeVar("Item")

TargetCounts = dict[TargetStatus, int]
"""How many incidents met an SLA target, breached it, or have time left."""

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
class IncidentReport:
    """What happened in a period."""

    period: Interval
    lifecycles: Sequence[IncidentLifecycle]
    now: datetime
    night: DailyPeriod = NIGHT

    @cached_property
    def pages(self) -> list[tuple[IncidentLifecycle, PersonPage]]:
        """Whom each incident was given to."""
        return [(one, page) for one in self.lifecycles for page in pages_of(one.events)]

    def by_person(self) -> dict[str, PageStats]:
        """Return the figures of each person's pages, who has the most first."""
        return self._page_stats(lambda page: page.person)

    def by_level(self) -> dict[str, PageStats]:
        """Return the figures of each level's pages, the first level first."""
        stats = self._page_stats(lambda page: str(page.level))
        return dict(sorted(stats.items(), key=lambda one: int(one[0])))

    def _page_stats(self, key: Callable[[PersonPage], str]) -> dict[str, PageStats]:
        groups = group_by(self.pages, lambda pair: key(pair[1]))
        return {name: self._stats_of(group) for name, group in groups.items()}

    def _stats_of(self, group: Sequence[tuple[IncidentLifecycle, PersonPage]]) -> PageStats:
        return PageStats(
            len(group),
            sum(self.is_at_night(one, page) for one, page in group),
            _count(one.page_status(page, self.now) for one, page in group),
            _duration_stats(page.took for _, page in group),
        )

    def is_at_night(self, one: IncidentLifecycle, page: PersonPage) -> bool:
        """Check whether a page may have woken somebody."""
        return one.incident.urgency != "low" and self.night.contains(page.at)

    def by_service(self) -> dict[str, list[IncidentLifecycle]]:
        """Group the incidents by their service's name, the largest group first."""
        return group_by(self.lifecycles, lambda one: one.service)

    def by_urgency(self) -> dict[str, list[IncidentLifecycle]]:
        """Group the incidents by urgency, the largest group first."""
        return group_by(self.lifecycles, lambda one: one.incident.urgency)

    def by_severity(self) -> dict[str, list[IncidentLifecycle]]:
        """Group the incidents that have a target by severity, the largest group first."""
        with_targets = [one for one in self.lifecycles if one.targets]
        return group_by(with_targets, lambda one: one.targets.severity)

    def by_status(self) -> dict[str, int]:
        """Count the incidents by status, the largest number first."""
        groups = group_by(self.lifecycles, lambda one: one.status)
        return {status: len(group) for status, group in groups.items()}

    def longest_open(self, limit: int) -> list[IncidentLifecycle]:
        """Return the oldest incidents that are open."""
        still_open = [one for one in self.lifecycles if one.is_open]
        return sorted(still_open, key=lambda one: one.created_at)[:limit]

    def target_counts(
        self, group: Iterable[IncidentLifecycle]
    ) -> tuple[TargetCounts, TargetCounts]:
        """Count how the targets to acknowledge and to resolve of some incidents went."""
        lifecycles = list(group)
        return (
            _count(one.acknowledge_status(self.now) for one in lifecycles),
            _count(one.resolve_status(self.now) for one in lifecycles),
        )

    def figures(self) -> dict[str, Any]:
        """Return all figures as JSON values, without the incidents themselves."""
        targets = {}
        for severity, group in self.by_severity().items():
            acknowledge, resolve = self.target_counts(group)
            targets[severity] = {"acknowledge": acknowledge, "resolve": resolve}
        return {
            "since": self.period.start_iso,
            "until": self.period.end_iso,
            "generated_at": to_iso(self.now),
            "incidents_by_status": self.by_status(),
            "all": asdict(calculate_stats(self.lifecycles)),
            "by_service": _stats_by_name(self.by_service()),
            "by_urgency": _stats_by_name(self.by_urgency()),
            "targets_by_severity": targets,
            "by_person": {name: asdict(one) for name, one in self.by_person().items()},
            "by_level": {name: asdict(one) for name, one in self.by_level().items()},
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return each incident as JSON values, by the names in `COLUMNS`."""
        return [dict(zip(COLUMNS, self._row(one), strict=True)) for one in self.lifecycles]

    def to_json(self) -> str:
        """Format the figures and all incidents as JSON."""
        incidents = [
            {**row, "timeline": [{"at": to_iso(e.at), "what": str(e)} for e in one.events]}
            for row, one in zip(self.rows(), self.lifecycles, strict=True)
        ]
        whole = {**self.figures(), "incidents": incidents}
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"

    def to_csv(self) -> str:
        """Format all incidents as CSV (RFC 4180), in which no cell is a formula."""
        file = StringIO()
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([_cell(value) for value in row.values()] for row in self.rows())
        return file.getvalue()

    def _row(self, one: IncidentLifecycle) -> tuple[str | int | None, ...]:
        incident = one.incident
        return (
            incident.number,
            incident.id,
            incident.title,
            one.status,
            incident.urgency,
            incident.priority,
            incident.service,
            one.targets.severity,
            to_iso(one.created_at),
            to_iso(one.acknowledged_at) if one.acknowledged_at else None,
            to_iso(one.resolved_at) if one.resolved_at else None,
            _seconds(one.time_to_acknowledge),
            _seconds(one.time_to_resolve),
            one.acknowledge_status(self.now),
            one.resolve_status(self.now),
            incident.url,
        )


def calculate_stats(lifecycles: Sequence[IncidentLifecycle]) -> IncidentStats:
    """Calculate the figures of some incidents."""
    return IncidentStats(
        len(lifecycles),
        _duration_stats(one.time_to_acknowledge for one in lifecycles),
        _duration_stats(one.time_to_resolve for one in lifecycles),
    )


def group_by(items: Iterable[Item], key: Callable[[Item], str]) -> dict[str, list[Item]]:
    """Group items by a key, the largest group first, equal ones by name."""
    groups: dict[str, list[Item]] = {}
    for one in items:
        groups.setdefault(key(one), []).append(one)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0].casefold())))


def _count(statuses: Iterable[TargetStatus]) -> TargetCounts:
    found = list(statuses)
    return {status: found.count(status) for status in TargetStatus if status}


def _duration_stats(durations: Iterable[timedelta | None]) -> DurationStats:
    seconds = [one.total_seconds() for one in durations if one is not None]
    if not seconds:
        return DurationStats(None, None)
    return DurationStats(round(fmean(seconds)), round(median(seconds)))


def _stats_by_name(groups: Mapping[str, Sequence[IncidentLifecycle]]) -> dict[str, Any]:
    return {name: asdict(calculate_stats(group)) for name, group in groups.items()}


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration.total_seconds())


def _cell(value: object) -> object:
    """Quote a text that would be a formula, the way spreadsheets do."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
