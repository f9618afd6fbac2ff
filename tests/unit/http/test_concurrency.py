"""Several things at once: each gets its own result or error, in order."""

from __future__ import annotations

import threading

import pytest

from pd_incident_action.errors import ActionError, Cancelled, NotApplicable
from pd_incident_action.http.client import map_concurrently
from pd_incident_action.http.deadline import Cancellation


def test_each_item_gets_its_result_or_its_error() -> None:
    failure = NotApplicable("no")

    def work(item: int) -> int:
        if item == 2:
            raise failure
        return item * 10

    assert map_concurrently(work, [1, 2, 3]) == [10, failure, 30]
    assert isinstance(failure, ActionError)


def test_items_are_worked_on_at_the_same_time() -> None:
    meeting = threading.Barrier(4, timeout=10)
    assert len(map_concurrently(lambda _item: meeting.wait(), range(4))) == 4


def test_a_bug_is_not_taken_for_a_failure() -> None:
    with pytest.raises(ZeroDivisionError):
        map_concurrently(lambda item: 1 // item, [0])


def test_once_a_run_is_cancelled_nothing_of_it_is_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cancellation, started, ended = Cancellation(), list[int](), list[int]()

    def work(item: int) -> int:
        started.append(item)
        if item == 0:
            cancellation.cancel("SIGTERM")
        try:
            cancellation.sleep(30)
        finally:
            ended.append(item)
        return item

    monkeypatch.setattr("pd_incident_action.http.client.MAX_CONCURRENT", 2)
    with pytest.raises(Cancelled):
        map_concurrently(work, range(9))
    assert sorted(started) == sorted(ended)
    assert len(started) < 5
