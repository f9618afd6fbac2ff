"""What would be there twice is only sent again when it certainly isn't there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiError, ApiRejected, ApiUnavailable, ApiUnreachable
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.pagerduty import idempotency
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.idempotency import (
    create_or_find,
    open_incident,
    send_or_find,
)

API = "https://api.pagerduty.com"
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


@pytest.mark.parametrize(
    ("sent", "finds", "result", "is_mine"),
    [
        (["created"], [None], "created", True),
        ([RESET, "created"], [None, None], "created", True),
        # With a race, it may be the other one's.
        ([RESET], [None, "found"], "found", None),
    ],
)
def test_who_created_it_is_known_unless_another_may_have(
    sent: list[Result], finds: list[str | None], result: str, *, is_mine: bool | None
) -> None:
    for may_race, created in [(True, is_mine), (False, True)]:
        find = partial(next, iter(finds))
        found = create_or_find(returning(sent), find, Deadline(60), may_race=may_race)
        assert found == (result, created)


@pytest.mark.parametrize("may_race", [True, False])
@pytest.mark.parametrize(
    ("told", "is_mine"),
    [
        ((400, "Sun, 06 Jan 2030 09:00:10 GMT", "2030-01-06T09:00:10Z"), False),
        ((502, "Sun, 06 Jan 2030 09:00:10 GMT", "2030-01-06T09:00:10Z"), True),
        ((502, "Sun, 06 Jan 2030 09:00:10 GMT", "2030-01-06T09:00:09Z"), True),
        ((502, "Sun, 06 Jan 2030 09:00:10 GMT", "2030-01-06T09:00:05Z"), False),
        # An incident without a usable time, or an answer without one.
        ((502, "Sun, 06 Jan 2030 09:00:10 GMT", ""), True),
        ((502, "yesterday", "2030-01-06T09:00:08Z"), True),
        ((502, None, "2030-01-06T09:00:08Z"), True),
        ((502, None, "2020-01-06T09:00:08Z"), False),
    ],
)
def test_whose_an_open_incident_is_shows_when_it_was_opened(
    api: RequestsMock,
    pagerduty: PagerDuty,
    told: tuple[int, str | None, str],
    *,
    is_mine: bool,
    may_race: bool,
) -> None:
    """It is this run's if it was opened after the run's first request, whose answer got lost."""
    first, date, created_at = told
    if first != 400:
        api.add("POST", f"{API}/incidents", status=first)
    refusal = {"error": {"code": 2002, "message": "matching dedup key"}}
    headers = {"Date": date} if date else {}
    api.add("POST", f"{API}/incidents", status=400, json=refusal, headers=headers)
    service = {"id": "PSVC001"}
    found = {"id": "Q1", "incident_key": "k", "service": service, "created_at": created_at}
    api.add("GET", f"{API}/incidents", json={"incidents": [found]})
    incident = {"incident_key": "k", "service": service}
    existing, created, _ = open_incident(pagerduty, incident, is_rerun=False, may_race=may_race)
    assert existing.id == "Q1"
    assert created is (None if is_mine and may_race else is_mine)
