"""Schedules: who is on call when.

https://developer.pagerduty.com/api-reference/ under Schedules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise

WEEK = timedelta(days=7)
FIRST_HANDOFF = datetime(2025, 1, 6, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Override:
    """Somebody who stands in.

    Attributes:
        id: PagerDuty's id.
        start: when they begin.
        end: when they stop.
        user: id of the user, or None for nobody (v3 only).
        replaces: id of the only user they stand in for (v3), or None for whoever it is (v2).
    """

    id: str
    start: datetime
    end: datetime
    user: str | None
    replaces: str | None = None


@dataclass(frozen=True)
class Turn:
    """Somebody's regular turn.

    Attributes:
        number: how many turns came before since the first handoff.
        user: id of the user.
    """

    number: int
    user: str


@dataclass(frozen=True)
class Shift:
    """A stretch of time in which one source says who is on call.

    Attributes:
        start: its first moment.
        end: the first moment after it.
        source: the turn or the override.
    """

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
        turn: how long each turn is.
        overrides: who stands in; later ones win over earlier ones.
    """

    id: str
    name: str
    users: tuple[str, ...]
    is_v3: bool = False
    turn: timedelta = WEEK
    overrides: list[Override] = field(default_factory=list)

    @property
    def rotation(self) -> str:
        """Id of the rotation."""
        return f"{self.id}ROTATION"

    def on_call(self, at: datetime) -> str | None:
        """Give the id of the user who is on call at a time, or None for nobody."""
        return self._source(at).user

    def shifts(self, since: datetime, until: datetime) -> list[Shift]:
        """List the shifts, whole ones, that are on in a range of time, oldest first.

        Args:
            since: start of the range.
            until: end of the range; where it equals the start, the shift of that moment is given.
        """
        edges = sorted(set(self._edges(since, until)))
        pieces = [Shift(start, end, self._source(start)) for start, end in pairwise(edges)]
        runs = [list(run) for _, run in groupby(pieces, key=lambda piece: piece.source)]
        whole = [Shift(run[0].start, run[-1].end, run[0].source) for run in runs]
        last = max(until, since + timedelta(microseconds=1))
        return [shift for shift in whole if shift.start < last and shift.end > since]

    def clipped(self, since: datetime, until: datetime) -> list[Shift]:
        """List the shifts in a range of time, cut where the range begins and ends."""
        return [
            Shift(max(shift.start, since), min(shift.end, until), shift.source)
            for shift in self.shifts(since, until)
        ]

    def _source(self, at: datetime) -> Turn | Override:
        number = (at - FIRST_HANDOFF) // self.turn
        turn = Turn(number, self.users[number % len(self.users)])
        fitting = (
            override
            for override in reversed(self.overrides)
            if override.start <= at < override.end and override.replaces in {None, turn.user}
        )
        return next(fitting, turn)

    def _edges(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Give all times at which a shift of the range can begin or end."""
        near = [o for o in self.overrides if o.start <= until and o.end >= since]
        first = min([since, *(override.start for override in near)]) - self.turn
        last = max([until, *(override.end for override in near)]) + self.turn
        for number in range(
            (first - FIRST_HANDOFF) // self.turn, (last - FIRST_HANDOFF) // self.turn + 1
        ):
            yield FIRST_HANDOFF + number * self.turn
        for override in self.overrides:
            yield from (time for time in (override.start, override.end) if first <= time <= last)
