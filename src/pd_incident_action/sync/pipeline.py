"""Reading and writing side by side, with no more in between than a short queue holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

Source = TypeVar("Source")
Batch = TypeVar("Batch")

_READERS = 4
_WRITERS = 4
_WAITING = 8
_SECONDS_TO_NOTICE_A_STOP = 0.2
_TICK = 0.1


class Pipeline(Generic[Source, Batch]):
    """Reads batches from sources and writes them, some at a time.

    Args:
        read: gives a source's batches.
        write: writes a batch.
        stop: set from anywhere to end it early; set by itself on an error.
        tick: called some times a second, in the thread that called `run`.
        grace: how many seconds requests that are under way get once it was stopped.
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
        self._batches: Queue[Batch | None] = Queue(_WAITING)
        self._lock = threading.Lock()
        self._error: Exception | None = None
        self._readers = self._writers = 0
        self._done = threading.Event()

    def run(self, sources: Sequence[Source]) -> None:
        """Read all sources and write what is in them, or until it is stopped.

        Args:
            sources: what to read, in this order.

        Raises:
            ActionError: reading or writing failed; whatever was written by then stays.
        """
        for source in sources:
            self._sources.put(source)
        self._readers, self._writers = min(_READERS, len(sources)), _WRITERS
        works = [self._read_all] * self._readers + [self._write_all] * self._writers
        for work in works if sources else ():
            # Daemons: a run that is cancelled doesn't wait for them.
            threading.Thread(target=work, daemon=True).start()
        self._wait(patient=bool(sources))
        if self._error is not None:
            raise self._error

    def _wait(self, *, patient: bool) -> None:
        while patient and not self._done.wait(_TICK):
            self._tick()
            if self._stop.is_set():
                # What is under way may still be answered in time, and then counts.
                self._done.wait(self._grace)
                return

    def _read_all(self) -> None:
        try:
            while not self._stop.is_set():
                for batch in self._read(self._sources.get_nowait()):
                    self._hand_over(batch)
                    if self._stop.is_set():
                        break
        except Empty:
            pass
        except Exception as error:  # noqa: BLE001 - told by the thread that waits
            self._fail(error)
        self._readers_end()

    def _readers_end(self) -> None:
        with self._lock:
            self._readers -= 1
            is_last = self._readers == 0
        if is_last:
            for _ in range(_WRITERS):
                self._hand_over(None)

    def _hand_over(self, batch: Batch | None) -> None:
        while not self._stop.is_set():
            try:
                self._batches.put(batch, timeout=_SECONDS_TO_NOTICE_A_STOP)
            except Full:
                continue
            return

    def _write_all(self) -> None:
        try:
            while not self._stop.is_set():
                batch = self._next()
                if batch is None:
                    break
                self._write(batch)
        except Exception as error:  # noqa: BLE001 - told by the thread that waits
            self._fail(error)
        with self._lock:
            self._writers -= 1
            if self._writers == 0:
                self._done.set()

    def _next(self) -> Batch | None:
        while not self._stop.is_set():
            try:
                return self._batches.get(timeout=_SECONDS_TO_NOTICE_A_STOP)
            except Empty:
                continue
        return None

    def _fail(self, error: Exception) -> None:
        with self._lock:
            # What fails once it was stopped fails because of that.
            if self._error is None and not self._stop.is_set():
                self._error = error
        self._stop.set()
