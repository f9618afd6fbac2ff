"""Figures about incidents: how many, and how soon they were acknowledged and resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import TYPE_CHECKING

from .lifecycle import Timeline, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class DurationStats:
    """How long something took, in seconds; None where it never happened."""

    mean: int | None
    median: int | None


@dataclass(frozen=True)
class Figures:
    """Figures about some incidents.

    Attributes:
        count: how many there are.
        to_acknowledge: from opening to the first acknowledgement, of those that were.
        to_resolve: from opening to the resolution, of those that were.
    """

    count: int
    to_acknowledge: DurationStats
    to_resolve: DurationStats


@dataclass(frozen=True)
class Kept:
    """How often a target was kept, was missed, or is still to be kept."""

    kept: int = 0
    missed: int = 0
    pending: int = 0


def figures_of(timelines: Sequence[Timeline]) -> Figures:
    """Work out the figures.

    Args:
        timelines: what became of each incident.

    Returns:
        The figures.
    """
    return Figures(
        len(timelines),
        _times(one.to_acknowledge for one in timelines),
        _times(one.to_resolve for one in timelines),
    )


def grouped(
    timelines: Iterable[Timeline], key: Callable[[Timeline], str]
) -> Mapping[str, list[Timeline]]:
    """Sort incidents into groups.

    Args:
        timelines: what became of each incident.
        key: gives an incident's group.

    Returns:
        Groups by name, the largest first, equal ones by name.
    """
    groups: dict[str, list[Timeline]] = {}
    for timeline in timelines:
        groups.setdefault(key(timeline), []).append(timeline)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0].casefold())))


def kept_targets(
    timelines: Iterable[Timeline], judge: Callable[[Timeline, datetime], Verdict], now: datetime
) -> Kept:
    """Count how often a target was kept.

    Args:
        timelines: what became of each incident.
        judge: judges one by its target, for example `Timeline.resolve_verdict`.
        now: the present.

    Returns:
        The counts; incidents without a target are in none.
    """
    verdicts = [judge(one, now) for one in timelines]
    return Kept(verdicts.count("kept"), verdicts.count("missed"), verdicts.count("pending"))


def _times(durations: Iterable[timedelta | None]) -> DurationStats:
    seconds = [one.total_seconds() for one in durations if one is not None]
    if not seconds:
        return DurationStats(None, None)
    return DurationStats(round(fmean(seconds)), round(median(seconds)))
