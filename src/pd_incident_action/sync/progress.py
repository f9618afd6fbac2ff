"""How far a sync got: counted by many threads, logged by one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from pd_incident_action.errors import ActionError, NotApplicable
from pd_incident_action.inputs.intervals import humanize
from pd_incident_action.models import Table

_MAX_NAMED = 20
_SECONDS_BETWEEN_LINES = 5.0


class SyncProgress:
    """Counts what was read, written, refused and deleted, by kind.

    Args:
        log: writes a line to the log.
        clock: returns seconds of the monotonic clock.

    Attributes:
        expected: how many things of the current kind there are to read; 0 if unknown.
    """

    def __init__(
        self, log: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._began = self._logged_at = clock()
        self._kind = ""
        self._counts: dict[str, dict[str, int]] = {}
        self._failures: list[ActionError] = []
        self.expected = 0

    def begin(self, kind: str, expected: int = 0) -> None:
        """Go on to another kind of things, named in the plural."""
        with self._lock:
            self._kind, self.expected = kind, expected
            zeros = dict.fromkeys(("read", "written", "failed", "deleted"), 0)
            self._counts.setdefault(kind, zeros)

    def count(self, **numbers: int) -> None:
        """Add to the counts of the current kind: ``read``, ``written``, ``failed``, ``deleted``."""
        with self._lock:
            for name, number in numbers.items():
                self._counts[self._kind][name] += number

    def fail(self, errors: Iterable[ActionError]) -> None:
        """Count what was refused, an error for each, and keep the first ones."""
        for error in errors:
            self.count(failed=1)
            with self._lock:
                if len(self._failures) < _MAX_NAMED:
                    self._failures.append(error)

    def total(self, name: str) -> int:
        """Return a count over all kinds."""
        with self._lock:
            return sum(counts[name] for counts in self._counts.values())

    def tick(self) -> None:
        """Log how far it got, every few seconds."""
        if self._clock() - self._logged_at >= _SECONDS_BETWEEN_LINES:
            self._logged_at = self._clock()
            self._log(f"{self.status}.")

    @property
    def status(self) -> str:
        """How far it got, for example ``Incidents: 400 of 2000 read, 380 written``."""
        with self._lock:
            counts, expected = self._counts.get(self._kind), self.expected
        if counts is None:
            return "Nothing written yet"
        of = f" of {expected}" if expected else ""
        others = "".join(f", {counts[n]} {n}" for n in ("failed", "deleted") if counts[n])
        words = f"{self._kind}: {counts['read']}{of} read, {counts['written']} written{others}"
        return words[:1].upper() + words[1:]

    @property
    def summary(self) -> str:
        """The result, for example ``203 entities written in 4 s, 1 failed``."""
        written = self.total("written")
        duration = humanize(timedelta(seconds=max(1.0, self._clock() - self._began)))
        words = f"{written} {'entity' if written == 1 else 'entities'} written in {duration}"
        return words + "".join(
            f", {self.total(name)} {name}" for name in ("failed", "deleted") if self.total(name)
        )

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
        return Table("Synced to Port", ("Kind", "Read", "Written", "Failed", "Deleted"), rows)

    def outputs(self) -> dict[str, str]:
        """Return the counts as outputs."""
        return {name: str(self.total(name)) for name in ("written", "failed", "deleted")}
