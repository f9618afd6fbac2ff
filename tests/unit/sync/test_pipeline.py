"""What is read is written in parallel, in a bounded amount of memory; errors end it all."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence

import pytest

from pd_incident_action.errors import ApiRejected, Cancelled, NotApplicable, UserFacingError
from pd_incident_action.models import Entity
from pd_incident_action.sync.pipeline import BatchWriter, Pipeline, SyncProgress


def nothing() -> None:
    """Do nothing at a tick."""


def test_everything_that_is_read_is_written_once() -> None:
    written: list[int] = []

    def read(source: int) -> Iterator[int]:
        yield from range(source * 100, source * 100 + 50)

    pipeline = Pipeline(read, written.append, threading.Event(), nothing, 1)
    pipeline.run(range(10))
    assert sorted(written) == [n for source in range(10) for n in read(source)]
    Pipeline(read, written.append, threading.Event(), nothing, 1).run([])
    assert len(written) == 500


def test_readers_do_not_run_far_ahead_of_writers() -> None:
    lock, read_count, written_count, most = threading.Lock(), 0, 0, 0

    def read(_source: int) -> Iterator[int]:
        nonlocal read_count, most
        for number in range(60):
            with lock:
                read_count += 1
                most = max(most, read_count - written_count)
            yield number

    def write(_batch: int) -> None:
        nonlocal written_count
        with lock:
            written_count += 1

    Pipeline(read, write, threading.Event(), nothing, 1).run([1, 2, 3, 4])
    assert written_count == 240
    assert most <= 8 + 4 + 8 + 1


def test_writers_work_in_parallel() -> None:
    together = threading.Barrier(8)

    def write(_batch: int) -> None:
        together.wait(5)

    Pipeline[int, int](lambda _: range(8), write, threading.Event(), nothing, 1).run([1])
    assert not together.broken


def test_it_ticks_also_while_the_last_batches_wait_for_their_writers() -> None:
    """Otherwise nothing would notice that the job was cancelled, or that the time is up."""
    is_read, has_ticked, ticks = threading.Event(), threading.Event(), itertools.count()

    def read(_source: int) -> Iterator[int]:
        # As many as the writers and the queue hold.
        yield from range(8 + 8)
        is_read.set()

    def tick() -> None:
        if is_read.is_set() and next(ticks) > 1:
            has_ticked.set()

    written: list[bool] = []
    pipeline = Pipeline[int, int](
        read, lambda _: written.append(has_ticked.wait(5)), threading.Event(), tick, 1
    )
    pipeline.run([1])
    assert written == [True] * 16


@pytest.mark.parametrize("error", [NotApplicable("No more"), Cancelled("SIGTERM")], ids=str)
@pytest.mark.parametrize("where", ["read", "write"])
def test_the_first_error_ends_it(where: str, error: UserFacingError) -> None:
    written: list[int] = []

    def fail(number: int) -> None:
        if number == 30:
            raise error

    def read(_source: int) -> Iterator[int]:
        for number in range(10_000):
            if where == "read":
                fail(number)
            yield number

    def write(number: int) -> None:
        if where == "write":
            fail(number)
        written.append(number)

    stop = threading.Event()
    with pytest.raises(type(error)):
        Pipeline(read, write, stop, nothing, 1).run([1, 2])
    assert stop.is_set()
    assert len(written) < 10_000


def test_it_can_be_stopped_from_outside_without_an_error() -> None:
    stop, written = threading.Event(), list[int]()

    def read(_source: int) -> Iterator[int]:
        while True:
            yield 1

    def write(number: int) -> None:
        written.append(number)
        if len(written) >= 20:
            stop.set()

    Pipeline(read, write, stop, nothing, 5).run([1])
    assert 20 <= len(written) < 20 + 8 + 8, "each writer finishes what it has"


def test_what_is_under_way_when_it_is_stopped_still_counts_but_its_errors_do_not() -> None:
    stop, never, written = threading.Event(), threading.Event(), list[int]()

    def write(batch: int) -> None:
        stop.set()
        never.wait(0.05)
        written.append(batch)
        raise NotApplicable("Too late")

    Pipeline[int, int](lambda _: [1], write, stop, nothing, 10).run([1])
    assert written == [1]


def test_a_writer_that_hangs_is_waited_for_until_the_grace_is_over() -> None:
    stop, never, begun = threading.Event(), threading.Event(), threading.Event()

    def write(_batch: int) -> None:
        begun.set()
        never.wait(20)

    Pipeline[int, int](lambda _: [1], write, stop, stop.set, 0.01).run([1])
    assert not never.is_set()
    never.set()


class Entities:
    """Refuses one entity."""

    def __init__(self) -> None:
        self.sent: list[Sequence[Entity]] = []

    def upsert_all(self, entities: Sequence[Entity]) -> dict[str, ApiRejected]:
        self.sent.append(entities)
        return {"Q2": ApiRejected("Port failed to write Q2")}


@pytest.mark.parametrize(
    ("dry_run", "sent", "outputs"),
    [
        (False, 8, {"written": "16", "failed": "8", "deleted": "0"}),
        (True, 5, {"written": "19", "failed": "5", "deleted": "0"}),
    ],
)
def test_what_is_written_and_refused_is_counted(
    sent: int, outputs: dict[str, str], *, dry_run: bool
) -> None:
    progress, entities = SyncProgress(lambda _: None), Entities()
    progress.begin("incidents")
    writer = BatchWriter(entities, progress, dry_run=dry_run)  # type: ignore[arg-type] # fake
    for _ in range(8):
        writer.write([Entity("b", identifier, identifier) for identifier in ("Q1", "Q2", "Q3")])
    # A dry run shows only the first requests.
    assert (len(entities.sent), writer.skipped) == (sent, 8 - sent)
    assert progress.outputs() == outputs
    assert progress.failures[0].summary == "Port failed to write Q2"
