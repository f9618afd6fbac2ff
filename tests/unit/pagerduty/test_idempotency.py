"""What would be there twice is only created again when it certainly isn't there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from pd_incident_action.errors import ApiError, ApiRejected, ApiUnavailable, ApiUnreachable
from pd_incident_action.pagerduty.idempotency import create_or_find

Result = str | ApiError | None


def returning(results: Sequence[Result]) -> Callable[[], str]:
    """Build a function that returns the results one after the other, and raises the errors."""
    remaining = iter(results)

    def call() -> str:
        # A call too many raises StopIteration, which nothing handles.
        result = next(remaining)
        if isinstance(result, ApiError):
            raise result
        return result or ""

    return call


@pytest.mark.parametrize(
    ("creations", "finds", "result"),
    [
        (["created"], [], "created"),
        ([ApiUnavailable("502")], ["found"], "found"),
        ([ApiUnreachable("reset")], ["found"], "found"),
        ([ApiUnavailable("502"), "created"], [None], "created"),
    ],
)
def test_it_is_created_once(creations: list[Result], finds: list[Result], result: str) -> None:
    find = returning(finds)
    assert create_or_find(returning(creations), lambda: find() or None) == result


@pytest.mark.parametrize(
    ("creations", "finds", "message"),
    [
        ([ApiRejected("No")], [], "No"),
        ([ApiUnavailable("502"), ApiUnavailable("503")], [None], "503"),
        # The request may still be on its way.
        ([ApiUnreachable("reset")], [None], "reset"),
        # Nobody knows whether it is there.
        ([ApiUnavailable("502")], [ApiRejected("Forbidden")], "502"),
    ],
)
def test_a_failure_is_final(creations: list[Result], finds: list[Result], message: str) -> None:
    find = returning(finds)
    with pytest.raises(ApiError, match=message):
        create_or_find(returning(creations), lambda: find() or None)
