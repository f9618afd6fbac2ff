"""What is read is written in parallel, in a bounded amount of memory; errors end it all."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from pd_incident_action.errors import ApiRejected, NotApplicable
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


@pytest.mark.parametrize("where", ["read", "write"])
def test_the_first_error_ends_it(where: str) -> None:
    written: list[int] = []

    def fail(number: int) -> None:
        if number == 30:
            raise NotApplicable("No more")

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
    with pytest.raises(NotApplicable, match="No more"):
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


def test_a_writer_that_hangs_is_waited_for_until_the_grace_is_over() -> None:
    stop, never, begun = threading.Event(), threading.Event(), threading.Event()

    def write(_batch: int) -> None:
        begun.set()
        never.wait(20)

    Pipeline[int, int](lambda _: [1], write, stop, stop.set, 0.01).run([1])
    assert not never.is_set()
    never.set()


class Entities:
    """Refuses every request with some entities in it."""

    def __init__(self, status: int, refused: Sequence[str] = ()) -> None:
        self.status = status
        self.refused = refused
        self.sent: list[list[str]] = []

    def upsert_all(self, entities: Sequence[Entity]) -> dict[str, ApiRejected]:
        ids = [entity.identifier for entity in entities]
        self.sent.append(ids)
        refused = set(ids) & set(self.refused)
        if self.status == 207:
            return {one: ApiRejected(f"Port failed to write {one}") for one in refused}
        if refused:
            raise ApiRejected(f"Port failed to write {ids}", status=self.status)
        return {}


BATCH = [Entity("b", identifier, identifier) for identifier in ("Q1", "Q2", "Q3")]


def write(entities: object, times: int = 1, *, dry_run: bool = False) -> tuple[SyncProgress, int]:
    progress = SyncProgress(lambda _: None)
    progress.begin("incidents")
    writer = BatchWriter(entities, progress, dry_run=dry_run)  # type: ignore[arg-type] # fake
    for _ in range(times):
        writer.write(BATCH)
    return progress, writer.skipped


def test_an_entity_that_spoils_a_batch_fails_alone() -> None:
    alone = [["Q1", "Q2", "Q3"], ["Q1"], ["Q2"], ["Q3"]]
    for status, sent, named in [(413, alone, "['Q2']"), (422, alone, "['Q2']"), (207, [], "Q2")]:
        entities = Entities(status, ["Q2"])
        progress, _ = write(entities)
        assert entities.sent == (sent or [["Q1", "Q2", "Q3"]])
        assert progress.outputs() == {"written": "2", "failed": "1", "deleted": "0"}
        assert [error.summary for error in progress.failures] == [f"Port failed to write {named}"]


def test_what_holds_for_all_ends_it() -> None:
    entities = Entities(403, ["Q2"])
    with pytest.raises(ApiRejected):
        write(entities)
    assert len(entities.sent) == 1


def test_a_dry_run_shows_only_the_first_requests() -> None:
    entities = Entities(207)
    progress, skipped = write(entities, 8, dry_run=True)
    assert (len(entities.sent), skipped, progress.outputs()["written"]) == (5, 3, "24")
