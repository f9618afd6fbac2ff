"""The next level, and what PagerDuty would accept and ignore."""

from __future__ import annotations

from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import Impossible
from pd_incident_action.escalation import current_level, next_level, refuse_what_is_ignored
from pd_incident_action.on_call import Shift
from pd_incident_action.outcome import Incident
from pd_incident_action.providers.pagerduty import PagerDuty

API = "https://api.pagerduty.com"
SHIFTS = (Shift(1, "Ada"), Shift(1, "Bob"), Shift(2, "Grace"), Shift(3, "Ada"))


def incident(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of JSON
    return {
        "id": "Q1",
        "incident_number": 42,
        "title": "Down",
        "status": "triggered",
        "urgency": "high",
        "assigned_via": "escalation_policy",
        "assignments": [{"assignee": {"id": "PU1", "summary": "Bob"}}],
        "escalation_policy": {"id": "PESC1", "summary": "Platform"},
    } | changes


@pytest.mark.parametrize(
    ("assignees", "level"), [(("Bob",), 1), (("Grace",), 2), (("Ada",), 3), (("Eve",), 1), ((), 1)]
)
def test_the_level_is_that_of_whoever_has_it(assignees: tuple[str, ...], level: int) -> None:
    assert current_level(Incident("Q1", "", "", assignees=assignees), SHIFTS) == level


def policy(api: RequestsMock, levels: int) -> None:
    rules = [{"id": f"R{number}"} for number in range(levels)]
    body = {"escalation_policy": {"id": "PESC1", "escalation_rules": rules}}
    api.add("GET", f"{API}/escalation_policies/PESC1", json=body)
    oncalls = [
        {"escalation_level": shift.level, "user": {"summary": shift.user}} for shift in SHIFTS
    ]
    api.add("GET", f"{API}/oncalls", json={"oncalls": oncalls})


def test_the_next_level_is_the_one_after(api: RequestsMock, pagerduty: PagerDuty) -> None:
    policy(api, levels=3)
    assert next_level(incident(), pagerduty) == 2


def test_after_the_last_level_there_is_none(api: RequestsMock, pagerduty: PagerDuty) -> None:
    policy(api, levels=1)
    with pytest.raises(Impossible, match="is on level 1, the last of policy Platform"):
        next_level(incident(), pagerduty)


@pytest.mark.parametrize(
    ("changes", "urgency", "problem"),
    [
        ({"urgency": "low"}, None, "it has low urgency"),
        ({}, "low", "it has low urgency"),
        ({"assigned_via": "direct_assignment"}, None, "assigned to a person directly"),
    ],
)
def test_what_would_be_ignored_is_refused(
    changes: dict[str, str], urgency: str | None, problem: str
) -> None:
    with pytest.raises(Impossible, match=problem):
        refuse_what_is_ignored(incident(**changes), urgency)


@pytest.mark.parametrize(("changes", "urgency"), [({}, None), ({"urgency": "low"}, "high")])
def test_what_would_work_is_not(changes: dict[str, str], urgency: str | None) -> None:
    refuse_what_is_ignored(incident(**changes), urgency)
