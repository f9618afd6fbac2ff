"""Reading and writing in parallel, as fast as the APIs allow, and counting how far it got."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from http import HTTPStatus
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

from pd_incident_action.errors import (
    ActionError,
    ApiRejected,
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
# Too large together, or something in one of them that makes Port refuse all.
_SPOILED = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY})


class SyncProgress:
    """Counts what was read, written, refused and deleted, by kind.

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
        self._sources: Queue[Source] = Queue()
        self._batches: Queue[Batch | None] = Queue(_QUEUE_SIZE)
        self._lock = threading.Lock()
        self._error: Exception | None = None
        self._readers = self._writers = 0
        self._done = threading.Event()

    def run(self, sources: Sequence[Source]) -> None:
        """Read all sources in order and write what is in them, until it is stopped.

        Raises:
            ActionError: reading or writing failed; what was written before stays.
        """
        if not sources:
            return
        for source in sources:
            self._sources.put(source)
        self._readers, self._writers = min(_READERS, len(sources)), _WRITERS
        threads = [(self._read_all, self._reader_ended)] * self._readers
        threads += [(self._write_all, self._writer_ended)] * self._writers
        for work in threads:
            # Daemons: a run that is cancelled doesn't wait for them.
            threading.Thread(target=self._run_thread, args=work, daemon=True).start()
        self._wait()
        if self._error is not None:
            raise self._error

    def _wait(self) -> None:
        while not self._done.wait(_TICK_SECONDS):
            self._tick()
            if self._stop.is_set():
                # What is under way may still be answered in time, and then counts.
                self._done.wait(self._grace)
                return

    def _run_thread(self, work: Callable[[], None], ended: Callable[[], None]) -> None:
        try:
            work()
        except Cancelled:
            return
        except Exception as error:  # noqa: BLE001 - raised by the thread that waits
            self._fail(error)
        ended()

    def _read_all(self) -> None:
        while not self._stop.is_set():
            try:
                source = self._sources.get_nowait()
            except Empty:
                return
            for batch in self._read(source):
                self._put(batch)
                if self._stop.is_set():
                    return

    def _reader_ended(self) -> None:
        with self._lock:
            self._readers -= 1
            is_last = self._readers == 0
        for _ in range(_WRITERS if is_last else 0):
            self._put(None)

    def _put(self, batch: Batch | None) -> None:
        while not self._stop.is_set():
            try:
                self._batches.put(batch, timeout=_POLL_SECONDS)
            except Full:
                continue
            return

    def _write_all(self) -> None:
        while (batch := self._get()) is not None:
            self._write(batch)

    def _writer_ended(self) -> None:
        with self._lock:
            self._writers -= 1
            if self._writers == 0:
                self._done.set()

    def _get(self) -> Batch | None:
        while not self._stop.is_set():
            try:
                return self._batches.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
        return None

    def _fail(self, error: Exception) -> None:
        with self._lock:
            # What fails after it was stopped fails because of that.
            if self._error is None and not self._stop.is_set():
                self._error = error
        self._stop.set()


class BatchWriter:
    """Writes batches of entities in bulk, and one by one where Port refuses them together.

    Args:
        dry_run: whether only the first batches are written, to be shown.

    Attributes:
        skipped: how many batches weren't written.
    """

    def __init__(self, entities: PortEntities, progress: SyncProgress, *, dry_run: bool) -> None:
        self._entities = entities
        self._progress = progress
        self._left_to_show = _SHOWN_IN_DRY_RUN if dry_run else None
        self.skipped = 0

    def write(self, batch: Sequence[Entity]) -> None:
        """Write at most `BULK_ENTITIES`."""
        if self._left_to_show == 0:
            self.skipped += 1
            self._progress.count(written=len(batch))
            return
        if self._left_to_show is not None:
            self._left_to_show -= 1
        try:
            refusals = self._entities.upsert_all(batch)
        except ApiRejected as error:
            if error.status not in _SPOILED:
                raise
            self._write_each(batch, error)
            return
        self._progress.count(written=len(batch) - len(refusals))
        self._progress.fail(refusals.values())

    def _write_each(self, batch: Sequence[Entity], error: ApiRejected) -> None:
        if len(batch) == 1:
            self._progress.fail([error])
            return
        for entity in batch:
            self.write([entity])


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
