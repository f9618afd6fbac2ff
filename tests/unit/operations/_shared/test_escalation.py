"""The next level, and what PagerDuty would accept and ignore."""

from __future__ import annotations

from typing import Any

import pytest
from responses import RequestsMock, matchers

from pd_incident_action.errors import NotApplicable
from pd_incident_action.operations._shared.escalation import (
    assigned_ids,
    current_level,
    ensure_escalatable,
    next_level,
    people_by_level,
)
from pd_incident_action.pagerduty.incidents import PagerDuty

ONCALLS = "https://api.pagerduty.com/oncalls"
AT = "2026-12-01T03:10:00Z"
PEOPLE = {1: {"ada", "bob"}, 2: {"grace"}, 3: {"ada"}}


def incident(*users: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of JSON
    assignees = [{"id": user, "summary": user.title()} for user in users]
    return {
        "id": "Q1",
        "incident_number": 42,
        "title": "Down",
        "status": "triggered",
        "urgency": "high",
        "assigned_via": "escalation_policy",
        "assignments": [{"at": AT, "assignee": assignee} for assignee in assignees],
        "escalation_policy": {"id": "PESC1", "summary": "Platform"},
    } | changes


def oncalls(api: RequestsMock, people: dict[int, set[str]], since: str = "") -> None:
    listed = [
        {"escalation_level": level, "user": {"id": user}}
        for level, users in people.items()
        for user in users
    ]
    query = {"since": since, "until": since} if since else {}
    match = matchers.query_param_matcher(query, strict_match=False)
    api.add("GET", ONCALLS, json={"oncalls": listed}, match=[match])


@pytest.mark.parametrize(
    ("assigned", "level"),
    [
        ({"bob"}, 1),
        ({"ada", "bob"}, 1),
        ({"grace"}, 2),
        # Not the third level: then the second would never be paged.
        ({"ada"}, 1),
        ({"grace", "eve"}, 2),
        ({"eve"}, None),
        (set(), None),
    ],
)
def test_the_level_is_that_of_whoever_has_it(assigned: set[str], level: int | None) -> None:
    assert current_level(assigned, PEOPLE) == level


def test_people_are_known_by_their_ids() -> None:
    assert assigned_ids(incident("ada", "bob")) == {"ada", "bob"}
    assert assigned_ids({"assignments": None}) == frozenset()
    listed = [
        {"escalation_level": 2, "user": {"id": "grace"}},
        {"escalation_level": 2, "user": {"id": "ada"}},
    ]
    assert people_by_level(listed) == {2: {"ada", "grace"}}


@pytest.mark.parametrize(
    ("assigned", "people", "level"),
    [
        ("ada", PEOPLE, 2),
        ("grace", PEOPLE, 3),
        # Nobody is on call on the second level.
        ("ada", {1: {"ada"}, 3: {"grace"}}, 3),
        # Paging the same person again would lead nowhere.
        ("ada", {1: {"ada"}, 2: {"ada"}, 3: {"grace"}}, 3),
    ],
)
def test_the_next_level_pages_somebody_else(
    api: RequestsMock,
    pagerduty: PagerDuty,
    assigned: str,
    people: dict[int, set[str]],
    level: int,
) -> None:
    oncalls(api, people)
    assert next_level(incident(assigned), pagerduty) == level
    assert len(api.calls) == 1


def test_after_a_change_of_shift_the_level_is_still_known(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    oncalls(api, {1: {"bob"}, 2: {"linus"}, 3: {"eve"}})
    oncalls(api, {1: {"ada"}, 2: {"grace"}, 3: {"eve"}}, since=AT)
    assert next_level(incident("grace"), pagerduty) == 3


def test_after_the_last_level_there_is_none(api: RequestsMock, pagerduty: PagerDuty) -> None:
    oncalls(api, {1: {"ada"}, 2: {"grace"}})
    with pytest.raises(NotApplicable, match="#42 Down is on level 2, the last of policy Platform"):
        next_level(incident("grace"), pagerduty)


@pytest.mark.parametrize(("assigned", "who"), [(("eve",), "Eve"), ((), "nobody")])
def test_a_level_that_cannot_be_told_is_not_guessed(
    api: RequestsMock, pagerduty: PagerDuty, assigned: tuple[str, ...], who: str
) -> None:
    api.add("GET", ONCALLS, json={"oncalls": []})
    with pytest.raises(NotApplicable, match=f"it is assigned to {who}, .* as a number"):
        next_level(incident(*assigned), pagerduty)


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
    with pytest.raises(NotApplicable, match=problem):
        ensure_escalatable(incident(**changes), urgency)


@pytest.mark.parametrize(("changes", "urgency"), [({}, None), ({"urgency": "low"}, "high")])
def test_what_would_work_is_not(changes: dict[str, str], urgency: str | None) -> None:
    ensure_escalatable(incident(**changes), urgency)
