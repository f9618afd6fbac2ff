"""Who is on call: every level, until when, and where a page would reach nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock
from responses.matchers import query_param_matcher

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.models import Service
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.on_call import OnCall

API = "https://api.pagerduty.com"
ADA = {"id": "PUSER1", "summary": "Ada Lovelace", "email": "ada@example.com"}
GRACE = {"id": "PUSER2", "summary": "Grace Hopper", "email": "grace@example.com"}
END = "2099-12-01T09:00:00Z"


def oncall(level: int, user: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    policy = {"id": "PPOL001", "summary": "Platform"}
    entry: dict[str, Any] = {"escalation_policy": policy, "escalation_level": level, "user": user}
    return entry | {"schedule": None, "start": None, "end": None} | changes


def scheduled(level: int, user: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    schedule = {"id": "PSCHED1", "summary": "Platform primary"}
    return oncall(level, user, **{"schedule": schedule, "end": END} | changes)


def service(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    policy = {"id": "PPOL001", "summary": "Platform", "escalation_rules": [{}, {}]}
    shown: dict[str, Any] = {"id": "PSVC001", "summary": "Checkout", "status": "active"}
    return shown | {"html_url": "https://x.example/S", "escalation_policy": policy} | changes


def add_oncalls(api: RequestsMock, *oncalls: dict[str, Any], **query: str) -> None:
    matching = query_param_matcher({"include[]": "users"} | query, strict_match=False)
    api.add("GET", f"{API}/oncalls", json={"oncalls": list(oncalls)}, match=[matching])


def test_a_service_names_every_level_of_its_policy(
    api: RequestsMock, tools: OperationContext
) -> None:
    included = query_param_matcher({"include[]": "escalation_policies"})
    api.add("GET", f"{API}/services/PSVC001", json={"service": service()}, match=[included])
    add_oncalls(api, oncall(2, GRACE), scheduled(1, ADA), **{"escalation_policy_ids[]": "PPOL001"})
    outcome = OnCall(OnCall.Inputs(service="PSVC001"), tools).run()
    assert outcome.message == (
        f"On call for service Checkout: Ada Lovelace (level 1, until {END}), and 1 more level."
    )
    assert outcome.lines == (
        f"Level 1: Ada Lovelace <ada@example.com>, until {END}, through Platform primary",
        "Level 2: Grace Hopper <grace@example.com>, always, through Platform",
    )
    assert outcome.outputs["on-call-emails"] == "ada@example.com,grace@example.com"
    assert json.loads(outcome.outputs["on-call"])[1] == {
        "level": 2,
        "user": "Grace Hopper",
        "email": "grace@example.com",
        "schedule": "",
        "until": None,
    }
    assert outcome.service == Service(
        id="PSVC001",
        name="Checkout",
        status="active",
        url="https://x.example/S",
        on_call=("ada@example.com", "grace@example.com"),
    )
    (table,) = outcome.tables
    assert table.rows[0] == ("1", "Ada Lovelace ada@example.com", END, "Platform primary")
    assert table.rows[1] == ("2", "Grace Hopper grace@example.com", "always", "Platform")
    assert outcome.warnings == ()
    assert len(api.calls) == 2


@pytest.mark.parametrize(
    ("changes", "oncalls", "warnings"),
    [
        (
            {"levels": 2},
            [oncall(1, ADA)],
            ("Nobody is on call on level 2 of service Checkout.",),
        ),
        (
            {"levels": 4},
            [oncall(3, ADA)],
            ("Nobody is on call on levels 1, 2, 4 of service Checkout.",),
        ),
        (
            {"levels": 2},
            [],
            ("A page for service Checkout would reach nobody: nobody is on call.",),
        ),
        (
            {"status": "disabled"},
            [oncall(1, ADA)],
            ("Service Checkout is disabled: a page would reach nobody.",),
        ),
        (
            {"status": "maintenance"},
            [],
            (
                "Service Checkout is in maintenance: a page would reach nobody.",
                "A page for service Checkout would reach nobody: nobody is on call.",
            ),
        ),
    ],
)
def test_where_a_page_would_reach_nobody_is_a_warning(
    api: RequestsMock,
    tools: OperationContext,
    changes: dict[str, Any],
    oncalls: list[dict[str, Any]],
    warnings: tuple[str, ...],
) -> None:
    rules: list[Any] = [{}] * changes.get("levels", 1)
    policy = {"id": "PPOL001", "escalation_rules": rules}
    shown = service(escalation_policy=policy, status=changes.get("status", "active"))
    api.add("GET", f"{API}/services/PSVC001", json={"service": shown})
    add_oncalls(api, *oncalls)
    outcome = OnCall(OnCall.Inputs(service="PSVC001"), tools).run()
    assert outcome.warnings == warnings
    assert outcome.outputs["on-call-emails"] == ("ada@example.com" if oncalls else "")


def test_nobody_on_call_is_said_in_the_message(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", f"{API}/services/PSVC001", json={"service": service()})
    add_oncalls(api)
    outcome = OnCall(OnCall.Inputs(service="PSVC001"), tools).run()
    assert outcome.message == "Nobody is on call for service Checkout."
    assert (outcome.outputs["on-call"], outcome.tables) == ("[]", ())


def test_at_another_time_nothing_goes_into_the_catalog(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", f"{API}/services/PSVC001", json={"service": service(status="disabled")})
    moment = "2020-12-01T09:00:00Z"
    add_oncalls(api, oncall(1, ADA), since=moment, until=moment)
    outcome = OnCall(OnCall.Inputs(service="PSVC001", at="2020-12-01T10:00+01:00"), tools).run()
    assert outcome.service is None
    assert outcome.message.startswith(f"On call for service Checkout at {moment}: Ada Lovelace")
    assert outcome.warnings == (f"Nobody is on call on level 2 of service Checkout at {moment}.",)


def test_a_policy_is_looked_at_by_its_own_name(api: RequestsMock, tools: OperationContext) -> None:
    policy = {"id": "PPOL001", "summary": "Platform", "escalation_rules": [{}]}
    api.add("GET", f"{API}/escalation_policies", json={"escalation_policies": [policy]})
    api.add("GET", f"{API}/escalation_policies/PPOL001", json={"escalation_policy": policy})
    add_oncalls(api, oncall(1, ADA))
    outcome = OnCall(OnCall.Inputs(escalation_policy="platform", service="PSVC001"), tools).run()
    assert outcome.message == (
        "On call for escalation policy Platform: Ada Lovelace (level 1, always)."
    )
    assert outcome.service is None


def test_a_schedule_that_several_policies_use_counts_once(
    api: RequestsMock, tools: OperationContext
) -> None:
    other = {"id": "PPOL002", "summary": "Other"}
    add_oncalls(
        api,
        scheduled(1, ADA),
        scheduled(1, ADA, escalation_policy=other),
        **{"schedule_ids[]": "PSCHED1"},
    )
    outcome = OnCall(OnCall.Inputs(schedule="PSCHED1"), tools).run()
    assert len(json.loads(outcome.outputs["on-call"])) == 1
    assert outcome.message == (
        f"On call for schedule Platform primary: Ada Lovelace (level 1, until {END})."
    )


def test_a_schedule_without_anybody_hints_at_policies(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_oncalls(api)
    outcome = OnCall(OnCall.Inputs(schedule="PSCHED1"), tools).run()
    assert outcome.warnings == (
        (
            "A page for schedule PSCHED1 would reach nobody: nobody is on call, or no escalation "
            "policy uses it."
        ),
    )


def test_a_time_that_pagerduty_has_no_shifts_for_is_refused(tools: OperationContext) -> None:
    with pytest.raises(NotApplicable, match="PagerDuty plans shifts 90 days ahead"):
        OnCall(OnCall.Inputs(schedule="PSCHED1", at="91d"), tools).run()


def test_an_unknown_service_is_named_with_its_input(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", f"{API}/services/PSVC009", status=404)
    with pytest.raises(ApiRejected, match="did not find service PSVC009 of input 'service'"):
        OnCall(OnCall.Inputs(service="PSVC009"), tools).run()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "must name a 'service', an 'escalation-policy' or a 'schedule'"),
        ({"escalation_policy": "A", "schedule": "B"}, "choose one"),
        ({"service": "A", "at": "someday"}, "must be a time such as"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        OnCall.Inputs.model_validate(given)
