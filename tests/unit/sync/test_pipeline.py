"""What is read is written, side by side, in a bounded amount of memory; errors end it all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from pd_incident_action.errors import NotApplicable
from pd_incident_action.sync.pipeline import Pipeline


def nothing() -> None:
    """Take no notice."""


def test_everything_that_is_read_is_written_once() -> None:
    written: list[int] = []

    def read(source: int) -> Iterator[int]:
        yield from range(source * 100, source * 100 + 50)

    Pipeline(read, written.append, threading.Event(), nothing, 1).run(range(10))
    assert sorted(written) == [
        n for source in range(10) for n in range(source * 100, source * 100 + 50)
    ]


def test_nothing_to_read_is_over_at_once() -> None:
    started = time.monotonic()
    Pipeline[int, int](lambda _: [], lambda _: None, threading.Event(), nothing, 1).run([])
    assert time.monotonic() - started < 5


def test_readers_do_not_run_far_ahead_of_writers() -> None:
    lock, ahead, most = threading.Lock(), 0, 0

    def read(_source: int) -> Iterator[int]:
        nonlocal ahead, most
        for number in range(60):
            with lock:
                ahead += 1
                most = max(most, ahead)
            yield number

    def write(_batch: int) -> None:
        nonlocal ahead
        time.sleep(0.001)
        with lock:
            ahead -= 1

    Pipeline(read, write, threading.Event(), nothing, 1).run([1, 2, 3, 4])
    assert ahead == 0
    assert most <= 8 + 4 + 4 + 1


def test_writers_work_side_by_side() -> None:
    together = threading.Barrier(4)

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
        number = 0
        while True:
            yield (number := number + 1)

    def write(number: int) -> None:
        time.sleep(0.01)
        written.append(number)

    started = time.monotonic()
    Pipeline(read, write, stop, stop.set, 1).run([1])
    assert written
    assert time.monotonic() - started < 3
    count = len(written)
    time.sleep(0.1)
    assert len(written) == count, "nobody goes on in the background"


def test_a_writer_that_hangs_is_not_waited_for_longer_than_the_grace() -> None:
    stop, never = threading.Event(), threading.Event()
    started = time.monotonic()

    def write(_batch: int) -> None:
        never.wait(20)

    Pipeline[int, int](lambda _: [1], write, stop, stop.set, 0.2).run([1])
    assert time.monotonic() - started < 3
    never.set()
