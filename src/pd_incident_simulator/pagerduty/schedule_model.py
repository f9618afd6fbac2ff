"""Schedules: who is on call when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise

WEEK = timedelta(days=7)
FIRST_HANDOFF = datetime(2025, 1, 6, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Override:
    """Somebody who is temporarily on call instead of another user.

    Attributes:
        id: PagerDuty's id.
        start: when it begins.
        end: when it ends.
        user: id of the user who is on call, or None for nobody (v3 only).
        replaces: id of the only user who is replaced (v3), or None for whoever it is (v2).
    """

    id: str
    start: datetime
    end: datetime
    user: str | None
    replaces: str | None = None


@dataclass(frozen=True)
class Turn:
    """A user's regular turn; the number distinguishes it from the user's other turns."""

    number: int
    user: str


@dataclass(frozen=True)
class Shift:
    """An interval in which one turn or override decides who is on call."""

    start: datetime
    end: datetime
    source: Turn | Override


@dataclass
class Schedule:
    """A schedule with one rotation, whose users take turns around the clock.

    Attributes:
        id: PagerDuty's id.
        name: its name.
        users: ids of the users, in the order of their turns.
        is_v3: whether it is shift-based, and known to the v3 endpoints only.
        overrides: the overrides; later ones win over earlier ones.
        custom_shifts: who is on call in addition (v3 only).
    """

    id: str
    name: str
    users: tuple[str, ...]
    is_v3: bool = False
    overrides: list[Override] = field(default_factory=list)
    custom_shifts: list[Override] = field(default_factory=list)

    @property
    def rotation(self) -> str:
        """Id of the rotation."""
        return f"{self.id}ROTATION"

    def on_call(self, at: datetime) -> str | None:
        """Return the id of the user who is on call at a time, or None for nobody."""
        added = (one.user for one in self.custom_shifts if one.start <= at < one.end)
        return self._source(at).user or next(added, None)

    def end(self, which: list[Override], override: Override, now: datetime) -> None:
        """Remove an override or a custom shift; one that has begun ends now."""
        which.remove(override)
        if override.start < now:
            which.append(replace(override, end=now))

    def shifts(self, since: datetime, until: datetime) -> list[Shift]:
        """List the shifts, in full, that overlap with a range of time, oldest first.

        Args:
            since: start of the range.
            until: end of the range; if it equals the start, the shift at that moment is listed.
        """
        edges = sorted(set(self._edges(since, until)))
        pieces = [Shift(start, end, self._source(start)) for start, end in pairwise(edges)]
        runs = [list(run) for _, run in groupby(pieces, key=lambda piece: piece.source)]
        whole = [Shift(run[0].start, run[-1].end, run[0].source) for run in runs]
        whole += [Shift(one.start, one.end, one) for one in self.custom_shifts]
        last = max(until, since + timedelta(microseconds=1))
        return [shift for shift in whole if shift.start < last and shift.end > since]

    def _source(self, at: datetime) -> Turn | Override:
        number = (at - FIRST_HANDOFF) // WEEK
        turn = Turn(number, self.users[number % len(self.users)])
        overrides = (
            override
            for override in reversed(self.overrides)
            if override.start <= at < override.end and override.replaces in {None, turn.user}
        )
        return next(overrides, turn)

    def _edges(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Return all times at which a shift of the range can begin or end."""
        near = [o for o in self.overrides if o.start <= until and o.end >= since]
        first = min([since, *(override.start for override in near)]) - WEEK
        last = max([until, *(override.end for override in near)]) + WEEK
        for number in range((first - FIRST_HANDOFF) // WEEK, (last - FIRST_HANDOFF) // WEEK + 1):
            yield FIRST_HANDOFF + number * WEEK
        for override in self.overrides:
            yield from (time for time in (override.start, override.end) if first <= time <= last)
