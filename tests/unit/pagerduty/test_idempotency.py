"""What would be there twice is only sent again when it certainly isn't there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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


def returning(results: Sequence[Result]) -> Callable[[], Any]:
    """Build a function that returns the results one after the other, and raises the errors."""
    remaining = iter(results)

    def call() -> str | None:
        # A call too many raises StopIteration, which nothing handles.
        result = next(remaining)
        if isinstance(result, ApiError):
            raise result
        return result

    return call


def test_what_has_no_key_is_done_once() -> None:
    cases: list[tuple[list[Result], list[Result], str]] = [
        (["created"], [], "created"),
        ([BAD_GATEWAY], ["found"], "found"),
        ([RESET, BAD_GATEWAY], [None, "found"], "found"),
        ([BAD_GATEWAY, RESET, "created"], [None, None], "created"),
    ]
    for sent, finds, result in cases:
        assert send_or_find(returning(sent), returning(finds), Deadline(60)) == result


@pytest.mark.parametrize(
    ("sent", "finds", "seconds", "message"),
    [
        ([ApiRejected("No")], [], 60, "No"),
        ([BAD_GATEWAY, ApiRejected("No")], [None], 60, "No"),
        ([RESET], [None], 0, "reset"),
        # Nobody knows whether it is there.
        ([BAD_GATEWAY], [ApiRejected("Forbidden")], 60, "502"),
    ],
)
def test_a_failure_is_final(
    sent: list[Result], finds: list[Result], seconds: float, message: str
) -> None:
    with pytest.raises(ApiError, match=message):
        send_or_find(returning(sent), returning(finds), Deadline(seconds))


def test_who_created_it_is_known_unless_another_may_have() -> None:
    cases: list[tuple[list[Result], list[Result], str, bool | None]] = [
        (["created"], [None], "created", True),
        ([RESET, "created"], [None, None], "created", True),
        # With a race, it may be the other one's.
        ([RESET], [None, "found"], "found", None),
    ]
    for sent, finds, result, is_mine in cases:
        for may_race, created in [(True, is_mine), (False, True)]:
            send, find = returning(sent), returning(finds)
            assert create_or_find(send, find, Deadline(60), may_race=may_race) == (result, created)


def test_whose_an_open_incident_is_shows_when_it_was_opened(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    """It is this run's if it was opened after the run's first request, whose answer got lost."""
    service, refusal = {"id": "PSVC001"}, {"code": 2002, "message": "matching dedup key"}
    at = "Sun, 06 Jan 2030 09:00:10 GMT"
    cases: list[tuple[int, str, str, bool]] = [
        (400, at, "2030-01-06T09:00:10Z", False),
        (502, at, "2030-01-06T09:00:10Z", True),
        (502, at, "2030-01-06T09:00:09Z", True),
        (502, at, "2030-01-06T09:00:05Z", False),
        # An incident without a usable time, or an answer without one.
        (502, at, "", True),
        (502, "yesterday", "2030-01-06T09:00:08Z", True),
        (502, "", "2030-01-06T09:00:08Z", True),
        (502, "", "2020-01-06T09:00:08Z", False),
    ]
    for first, date, created_at, is_mine in cases:
        for may_race in (True, False):
            api.reset()
            if first != 400:
                api.add("POST", f"{API}/incidents", status=first)
            headers = {"Date": date} if date else {}
            api.add(
                "POST", f"{API}/incidents", status=400, json={"error": refusal}, headers=headers
            )
            found = {"id": "Q1", "incident_key": "k", "service": service, "created_at": created_at}
            api.add("GET", f"{API}/incidents", json={"incidents": [found]})
            incident = {"incident_key": "k", "service": service}
            existing, created, _ = open_incident(
                pagerduty, incident, is_rerun=False, may_race=may_race
            )
            assert existing.id == "Q1"
            assert created is (None if is_mine and may_race else is_mine)
