"""An incident appears a moment after PagerDuty accepted the request."""

from __future__ import annotations

import time
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected
from pd_incident_action.pagerduty.incidents import PagerDuty
from pd_incident_action.pagerduty.polling import wait_for_incident

URL = "https://api.pagerduty.com/incidents"


def is_triggered(incident: dict[str, Any]) -> bool:
    return bool(incident["status"] == "triggered")


def incidents(*statuses: str) -> dict[str, Any]:
    return {"incidents": [{"id": f"Q{n}", "status": s} for n, s in enumerate(statuses)]}


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        (("triggered",), "Q0"),
        (("resolved", "triggered", "triggered"), "Q1"),
        (("resolved",), None),
        ((), None),
    ],
)
def test_the_newest_that_is_accepted_is_found_at_the_first_look(
    api: RequestsMock, pagerduty: PagerDuty, statuses: tuple[str, ...], found: str | None
) -> None:
    api.add("GET", URL, json=incidents(*statuses))
    json = wait_for_incident(pagerduty, "k", is_triggered, only_open=True, seconds=0.1)
    assert (json["id"] if json else None) == found
    assert len(api.calls) == 1


def test_it_is_looked_for_again_after_rising_waits(
    api: RequestsMock, pagerduty: PagerDuty, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    for statuses in [(), (), ("resolved",), (), (), (), ("triggered",)]:
        api.add("GET", URL, json=incidents(*statuses))
    json = wait_for_incident(pagerduty, "k", is_triggered, only_open=False, seconds=60)
    assert json == {"id": "Q0", "status": "triggered"}
    assert slept == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_a_refusal_ends_the_search(api: RequestsMock, pagerduty: PagerDuty) -> None:
    api.add("GET", URL, status=403)
    with pytest.raises(ApiRejected, match="did not look up the incident"):
        wait_for_incident(pagerduty, "k", is_triggered, only_open=True, seconds=60)
    assert len(api.calls) == 1
