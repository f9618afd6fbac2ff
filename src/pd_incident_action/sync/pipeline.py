"""Reading and writing in parallel, as fast as the APIs allow, and counting how far it got."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from queue import Empty, Full, Queue
from threading import Thread
from typing import Generic, TypeVar

from pd_incident_action.errors import (
    ActionError,
    ApiUnavailable,
    Cancelled,
    NotApplicable,
)
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.messages import ApiRequest, ApiResponse
from pd_incident_action.http.retry import rate_limit
from pd_incident_action.inputs.intervals import humanize
from pd_incident_action.models import Entity, Table
from pd_incident_action.port.entities import PortEntities

_COUNTED = ("read", "written", "failed", "deleted")
_MAX_NAMED = 20
_SECONDS_BETWEEN_LINES = 5.0
Source = TypeVar("Source")
Batch = TypeVar("Batch")
_READERS = 4
_WRITERS = 8
_QUEUE_SIZE = 8
_POLL_SECONDS = 0.2
_TICK_SECONDS = 0.1
_SHOWN_IN_DRY_RUN = 5
# A tenth is left to everybody else who uses the same credentials, such as a page.
_RESERVED_FRACTION = 10
_WORTH_LOGGING_SECONDS = 1.0


class SyncProgress:
    """Counts what was read, written, refused and deleted, by kind."""

    def __init__(
        self, log: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._began = self._logged_at = clock()
        self._kind, self._expected = "", 0
        self._counts: dict[str, dict[str, int]] = {}
        self._failures: list[ActionError] = []

    def begin(self, kind: str, expected: int = 0) -> None:
        """Go on to things of another kind, named in the plural; 0 where it's unknown how many."""
        self._kind, self._expected = kind, expected
        self._counts.setdefault(kind, dict.fromkeys(_COUNTED, 0))

    def count(self, **numbers: int) -> None:
        """Add to the counts of the current kind: ``read``, ``written``, ``failed``, ``deleted``."""
        with self._lock:
            for name, number in numbers.items():
                self._counts[self._kind][name] += number

    def fail(self, errors: Collection[ActionError]) -> None:
        """Count what was refused, an error for each, and keep the first ones."""
        self.count(failed=len(errors))
        with self._lock:
            self._failures = [*self._failures, *errors][:_MAX_NAMED]

    def tick(self) -> None:
        """Log how far it got, every few seconds."""
        if self._clock() - self._logged_at >= _SECONDS_BETWEEN_LINES:
            self._logged_at = self._clock()
            self._log(f"{self.status}.")

    @property
    def status(self) -> str:
        """How far it got, for example ``Incidents: 400 of 2000 read, 380 written``."""
        if not self._kind:
            return "Nothing written yet"
        counts, of = self._counts[self._kind], f" of {self._expected}" if self._expected else ""
        words = f"{self._kind}: {counts['read']}{of} read, {counts['written']} written"
        return words[:1].upper() + words[1:] + _failed_and_deleted(counts)

    @property
    def summary(self) -> str:
        """The result, for example ``203 entities written in 4 s, 1 failed``."""
        totals = self._totals()
        duration = humanize(timedelta(seconds=max(1.0, self._clock() - self._began)))
        entities = "entity" if totals["written"] == 1 else "entities"
        words = f"{totals['written']} {entities} written in {duration}"
        return words + _failed_and_deleted(totals)

    @property
    def failures(self) -> tuple[ActionError, ...]:
        """What was refused: the first ones each by name, and how many more there are."""
        more = self._totals()["failed"] - len(self._failures)
        if not more:
            return tuple(self._failures)
        entities = "entity was" if more == 1 else "entities were"
        return (*self._failures, NotApplicable(f"{more} more {entities} not written either"))

    @property
    def table(self) -> Table:
        """The counts by kind, for the job summary."""
        rows = tuple((kind, *map(str, counts.values())) for kind, counts in self._counts.items())
        return Table("Synced to Port", ("Kind", *map(str.capitalize, _COUNTED)), rows)

    def outputs(self) -> dict[str, str]:
        """Return the counts as outputs."""
        return {name: str(total) for name, total in self._totals().items() if name != "read"}

    def _totals(self) -> dict[str, int]:
        every = self._counts.values()
        return {name: sum(counts[name] for counts in every) for name in _COUNTED}


def _failed_and_deleted(counts: Mapping[str, int]) -> str:
    return "".join(f", {counts[name]} {name}" for name in ("failed", "deleted") if counts[name])


class Pipeline(Generic[Source, Batch]):
    """Reads batches from sources and writes them, several at a time.

    Args:
        stop: set from anywhere to end it early; set by itself on an error.
        tick: called several times a second, in the thread that called `run`.
        grace: how many seconds requests that are under way get after it was stopped.
    """

    def __init__(
        self,
        read: Callable[[Source], Iterable[Batch]],
        write: Callable[[Batch], None],
        stop: threading.Event,
        tick: Callable[[], None],
        grace: float,
    ) -> None:
        self._read = read
        self._write = write
        self._stop = stop
        self._tick = tick
        self._grace = grace
        self._batches: Queue[Batch | None] = Queue(_QUEUE_SIZE)
        self._error: BaseException | None = None

    def run(self, sources: Sequence[Source]) -> None:
        """Read all sources in order and write what is in them, until it is stopped.

        Raises:
            ActionError: reading or writing failed; what was written before stays.
            Cancelled: the job was cancelled.
        """
        # The readers share the iterator, so that each source has one of them.
        readers = self._start(min(_READERS, len(sources)), self._read_all, iter(sources))
        writers = self._start(_WRITERS, self._write_all)
        self._wait_for(readers)
        # Not here, where somebody has to tick: the queue may be full for long.
        ending = self._start(1, self._end_writers)
        self._wait_for((*ending, *writers))
        # What was under way when it was stopped may still be answered in time, and then counts.
        end = time.monotonic() + self._grace
        for thread in writers:
            thread.join(max(0.0, end - time.monotonic()))
        if self._error is not None:
            raise self._error

    def _start(self, number: int, work: Callable[..., None], *args: object) -> list[Thread]:
        def run() -> None:
            try:
                work(*args)
            except (Exception, Cancelled) as error:  # noqa: BLE001 - raised by the thread that waits
                # What fails after it was stopped fails because of that.
                self._error = self._error if self._stop.is_set() else error
                self._stop.set()

        # Daemons: a run that is cancelled doesn't wait for them.
        threads = [Thread(target=run, daemon=True) for _ in range(number)]
        for thread in threads:
            thread.start()
        return threads

    def _wait_for(self, threads: Iterable[Thread]) -> None:
        for thread in threads:
            while thread.is_alive() and not self._stop.is_set():
                thread.join(_TICK_SECONDS)
                self._tick()

    def _read_all(self, sources: Iterator[Source]) -> None:
        for source in sources:
            for batch in self._read(source):
                self._put(batch)
                if self._stop.is_set():
                    return

    def _end_writers(self) -> None:
        for _ in range(_WRITERS):
            self._put(None)

    def _put(self, batch: Batch | None) -> None:
        while not self._stop.is_set():
            with suppress(Full):
                self._batches.put(batch, timeout=_POLL_SECONDS)
                return

    def _write_all(self) -> None:
        while (batch := self._get()) is not None:
            self._write(batch)

    def _get(self) -> Batch | None:
        while not self._stop.is_set():
            with suppress(Empty):
                return self._batches.get(timeout=_POLL_SECONDS)
        return None


class BatchWriter:
    """Writes batches of entities, and counts them.

    Args:
        dry_run: whether only the first batches are written, to be shown.

    Attributes:
        skipped: how many batches weren't written.
    """

    def __init__(self, entities: PortEntities, progress: SyncProgress, *, dry_run: bool) -> None:
        self._entities = entities
        self._progress = progress
        self._left_to_show = float(_SHOWN_IN_DRY_RUN) if dry_run else math.inf
        self.skipped = 0

    def write(self, batch: Sequence[Entity]) -> None:
        """Write at most `BULK_ENTITIES`."""
        failed: Collection[ActionError] = ()
        if self._left_to_show > 0:
            self._left_to_show -= 1
            failed = self._entities.upsert_all(batch).values()
        else:
            self.skipped += 1
        self._progress.count(written=len(batch) - len(failed))
        self._progress.fail(failed)


class RateLimiter:
    """Sends requests to one API, from several threads, as fast as it allows.

    Args:
        stop: set from outside to end all waiting.
    """

    def __init__(
        self,
        name: str,
        send_now: Callable[[ApiRequest], ApiResponse],
        log: Callable[[str], None],
        deadline: Deadline,
        stop: threading.Event,
    ) -> None:
        self._name = name
        self._send_now = send_now
        self._log = log
        self._deadline = deadline
        self._stop = stop
        self._lock = threading.Lock()
        self._left = math.inf
        self._reset_at = 0.0
        self._logged_until = 0.0

    def send(self, request: ApiRequest) -> ApiResponse:
        """Send a request as soon as the API allows it.

        Raises:
            ApiUnavailable: the API allows no more before the deadline.
        """
        while (seconds := self._claim()) > 0 and not self._stop.is_set():
            if seconds >= self._deadline.remaining():
                raise self._too_late(request, seconds)
            self._deadline.cancellation.wait_for(self._stop, seconds)
        response = self._send_now(request)
        allowed = rate_limit(response.headers)
        if allowed.remaining is not None and allowed.reset is not None:
            with self._lock:
                self._left = allowed.remaining - (allowed.limit or 0) // _RESERVED_FRACTION
                self._reset_at = time.monotonic() + allowed.reset
        return response

    def _claim(self) -> float:
        """Take one of the allowed requests, or return how many seconds to wait for one."""
        with self._lock:
            now = time.monotonic()
            wait = 0.0 if self._left > 0 else self._reset_at - now
            if wait <= 0:
                self._left -= 1
            should_log = wait > _WORTH_LOGGING_SECONDS and self._logged_until < now
            if should_log:
                self._logged_until = self._reset_at
        if should_log:
            self._log(f"{self._name} allows the next requests in {wait:.0f} s; waiting.")
        return wait

    def _too_late(self, request: ApiRequest, seconds: float) -> ApiUnavailable:
        return ApiUnavailable(
            f"{self._name} was not asked to {request.action}: it allows the next requests in "
            f"{seconds:.0f} s",
            "the time is up before that",
            "raise timeout, or run it again in a minute",
            service=self._name,
        )
