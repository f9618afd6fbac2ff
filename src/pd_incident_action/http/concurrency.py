"""The same thing done to several targets at once, so that none waits for another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pd_incident_action.errors import ActionError

Item = TypeVar("Item")
Result = TypeVar("Result")

_MAX_THREADS = 8


def map_concurrently(
    work: Callable[[Item], Result], items: Sequence[Item]
) -> list[Result | ActionError]:
    """Do something to each item, several at a time; ends at once where the job is cancelled.

    Returns:
        For each item, in order, the result or the error.
    """

    def attempt(item: Item) -> Result | ActionError:
        try:
            return work(item)
        except ActionError as error:
            return error

    pool = ThreadPoolExecutor(_MAX_THREADS)
    try:
        return list(pool.map(attempt, items))
    finally:
        pool.shutdown(cancel_futures=True)


def map_or_raise(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Do something to each item as `map_concurrently` does; raise the first error."""
    results = []
    for result in map_concurrently(work, items):
        if isinstance(result, ActionError):
            raise result
        results.append(result)
    return results
