"""PagerDuty's Events API: the key travels in the body, and a 202 may say little."""

from __future__ import annotations

import json
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected
from pd_incident_action.pagerduty.events import PagerDutyEvents

URL = "https://events.pagerduty.com/v2/enqueue"
EVENT = {"event_action": "trigger", "dedup_key": "k", "payload": {"summary": "Down"}}


def test_an_event_carries_the_routing_key_in_its_body_alone(
    api: RequestsMock, events: PagerDutyEvents
) -> None:
    answer = {"status": "success", "message": "Event processed", "dedup_key": "k"}
    api.add("POST", URL, status=202, json=answer)
    assert events.enqueue(EVENT) == answer
    sent = api.calls[0].request
    expected = EVENT | {"routing_key": "R0123456789ABCDEF0123456789ABCDE"}
    assert json.loads(sent.body or "") == expected
    assert "Authorization" not in sent.headers


@pytest.mark.parametrize("body", ["", "[]", "null"])
def test_an_accepted_event_without_words_is_accepted(
    api: RequestsMock, events: PagerDutyEvents, body: str
) -> None:
    api.add("POST", URL, status=202, body=body)
    assert events.enqueue(EVENT) == {}


@pytest.mark.parametrize("action", ["trigger", "resolve"])
def test_a_refused_event_says_what_it_was_and_why(
    api: RequestsMock, events: PagerDutyEvents, action: str
) -> None:
    body: dict[str, Any] = {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": ["'routing_key' is invalid"],
    }
    api.add("POST", URL, status=400, json=body)
    with pytest.raises(ApiRejected) as caught:
        events.enqueue(EVENT | {"event_action": action})
    text = str(caught.value)
    assert f"PagerDuty Events did not accept the {action} event: it answered 400" in text
    assert "\"Event object is invalid: 'routing_key' is invalid\"" in text
    assert "check routing-key" in text


def test_an_event_is_sent_again_when_pagerduty_is_busy(
    api: RequestsMock, events: PagerDutyEvents, waits: list[float]
) -> None:
    api.add("POST", URL, status=429, headers={"Retry-After": "5"})
    api.add("POST", URL, status=202, json={"dedup_key": "k"})
    assert events.enqueue(EVENT) == {"dedup_key": "k"}
    assert waits == [pytest.approx(5.2, abs=0.11)]
