"""What would be there twice is only sent again when it certainly isn't there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from pd_incident_action.errors import ApiError, ApiRejected, ApiUnavailable, ApiUnreachable
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.pagerduty import idempotency
from pd_incident_action.pagerduty.idempotency import send_or_find

Result = str | ApiError | None
BAD_GATEWAY = ApiUnavailable("502", outcome_unknown=True)
RESET = ApiUnreachable("reset", outcome_unknown=True)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_TAKES_EFFECT_WITHIN", 0)
    monkeypatch.setattr(idempotency, "backoff", lambda *_: 0.01)


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
    ("sent", "finds", "result"),
    [
        (["created"], [], "created"),
        ([BAD_GATEWAY], ["found"], "found"),
        ([RESET], ["found"], "found"),
        ([RESET, BAD_GATEWAY], [None, "found"], "found"),
        ([BAD_GATEWAY, RESET, "created"], [None, None], "created"),
    ],
)
def test_it_is_done_once(sent: list[Result], finds: list[Result], result: str) -> None:
    find = returning(finds)
    assert send_or_find(returning(sent), lambda: find() or None, Deadline(60)) == result


@pytest.mark.parametrize(
    ("sent", "finds", "seconds", "message"),
    [
        ([ApiRejected("No")], [], 60, "No"),
        ([ApiUnavailable("429")], [], 60, "429"),
        ([BAD_GATEWAY, ApiRejected("No")], [None], 60, "No"),
        ([RESET], [None], 0, "reset"),
        # Nobody knows whether it is there.
        ([BAD_GATEWAY], [ApiRejected("Forbidden")], 60, "502"),
    ],
)
def test_a_failure_is_final(
    sent: list[Result], finds: list[Result], seconds: float, message: str
) -> None:
    find = returning(finds)
    with pytest.raises(ApiError, match=message):
        send_or_find(returning(sent), lambda: find() or None, Deadline(seconds))
