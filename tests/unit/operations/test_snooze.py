"""Snoozing: until a time to come, within PagerDuty's limit."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.durations import to_iso
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.snooze import Snooze

URL = "https://api.pagerduty.com/incidents/Q1"
INCIDENT = {"id": "Q1", "incident_number": 42, "title": "Down", "status": "triggered"}


def soon(**duration: float) -> str:
    return to_iso(datetime.now(UTC) + timedelta(**duration))


@pytest.mark.parametrize(
    ("until", "seconds", "words"),
    [
        ("2h", 7200, "2 h"),
        ("7d", 604_800, "7 d"),
        ("90", 90, "1 min 30 s"),
    ],
)
def test_a_duration_becomes_seconds(
    api: RequestsMock, tools: OperationContext, until: str, seconds: int, words: str
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("POST", f"{URL}/snooze", json={"incident": INCIDENT | {"status": "acknowledged"}})
    outcome = Snooze(Snooze.Inputs(incident="Q1", until=until), tools).run()
    assert json.loads(api.calls[-1].request.body or "") == {"duration": seconds}
    assert re.fullmatch(
        rf"Snoozed incident #42 Down for {words}, until \S+Z; it counts as acknowledged\.",
        outcome.message,
    )


def test_a_moment_becomes_what_is_left_until_then(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT | {"status": "acknowledged"}})
    api.add("POST", f"{URL}/snooze", json={"incident": INCIDENT})
    outcome = Snooze(Snooze.Inputs(incident="Q1", until=f"until {soon(hours=1)}"), tools).run()
    duration = json.loads(api.calls[-1].request.body or "")["duration"]
    assert duration == pytest.approx(3600, abs=5)
    assert "counts as acknowledged" not in outcome.message


@pytest.mark.parametrize(
    ("until", "problem"),
    [
        ("2020-01-01", "must be a time to come"),
        ("8d", "must be within seven days"),
        ("tomorrow", "must be a time such as"),
    ],
)
def test_what_pagerduty_would_refuse_is_refused_at_once(until: str, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Snooze.Inputs(incident="Q1", until=until)


def test_a_resolved_incident_pages_nobody_anyway(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT | {"status": "resolved"}})
    with pytest.raises(NotApplicable, match="already resolved and was not snoozed"):
        Snooze(Snooze.Inputs(incident="Q1", until="2h"), tools).run()
