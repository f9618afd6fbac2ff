"""How far it got: counted by many threads, told by one."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.intervals import humanize
from pd_incident_action.models import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pd_incident_action.errors import ActionError

_MOST_NAMED = 20
_SECONDS_BETWEEN_LINES = 5.0


class SyncProgress:
    """Counts what was read, written, refused and deleted, by kind.

    Args:
        say: takes a line for the log.

    Attributes:
        expected: how many things there are to read of the present kind; 0 if nobody knows.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._began = self._with_result = time.monotonic()
        self._kind = ""
        self._counts: dict[str, dict[str, int]] = {}
        self._failures: list[ActionError] = []
        self.expected = 0

    def begin(self, kind: str, expected: int = 0) -> None:
        """Go on to another kind of things.

        Args:
            kind: what they are, in the plural.
            expected: how many there are to read; 0 if nobody knows.
        """
        with self._lock:
            self._kind, self.expected = kind, expected
            self._counts.setdefault(
                kind, dict.fromkeys(("read", "written", "failed", "deleted"), 0)
            )

    def count(self, **numbers: int) -> None:
        """Add to the counts of the present kind: ``read``, ``written``, ``failed``, ``deleted``."""
        with self._lock:
            for name, number in numbers.items():
                self._counts[self._kind][name] += number

    def fail(self, errors: Iterable[ActionError]) -> None:
        """Count what was refused, and keep the first ones to name them.

        Args:
            errors: one for each.
        """
        for error in errors:
            self.count(failed=1)
            with self._lock:
                if len(self._failures) < _MOST_NAMED:
                    self._failures.append(error)

    def total(self, name: str) -> int:
        """Add up a count over all kinds."""
        with self._lock:
            return sum(counts[name] for counts in self._counts.values())

    def tick(self) -> None:
        """Say how far it got, every few seconds."""
        if time.monotonic() - self._with_result >= _SECONDS_BETWEEN_LINES:
            self._with_result = time.monotonic()
            self._say(f"{self.so_far}.")

    @property
    def so_far(self) -> str:
        """How far it got, for example ``incidents: 400 of 2000 read, 380 written``."""
        with self._lock:
            counts, expected = self._counts.get(self._kind), self.expected
        if counts is None:
            return "Nothing written yet"
        of = f" of {expected}" if expected else ""
        others = "".join(f", {counts[n]} {n}" for n in ("failed", "deleted") if counts[n])
        words = f"{self._kind}: {counts['read']}{of} read, {counts['written']} written{others}"
        return words[:1].upper() + words[1:]

    @property
    def humanize(self) -> str:
        """What came of it all, for example ``203 entities written in 4 s, 1 failed``."""
        entities = "entity" if self.total("written") == 1 else "entities"
        words = f"{self.total('written')} {entities} written in {self.duration}"
        return words + "".join(
            f", {self.total(name)} {name}" for name in ("failed", "deleted") if self.total(name)
        )

    @property
    def duration(self) -> str:
        """How long it took so far."""
        return humanize(timedelta(seconds=max(1.0, time.monotonic() - self._began)))

    @property
    def failures(self) -> tuple[ActionError, ...]:
        """What was refused: the first ones each by name, and how many more there are."""
        with self._lock:
            named = tuple(self._failures)
        more = self.total("failed") - len(named)
        if not more:
            return named
        entities = "entity was" if more == 1 else "entities were"
        return (*named, NotApplicable(f"{more} more {entities} not written either"))

    @property
    def table(self) -> Table:
        """The counts by kind, for the job summary."""
        with self._lock:
            rows = tuple(
                (kind, *map(str, counts.values())) for kind, counts in self._counts.items()
            )
        columns = ("What", "Read", "Written", "Failed", "Deleted")
        return Table("Copied into Port", columns, rows)

    def outputs(self) -> dict[str, str]:
        """Give the counts as outputs."""
        return {name: str(self.total(name)) for name in ("written", "failed", "deleted")}
