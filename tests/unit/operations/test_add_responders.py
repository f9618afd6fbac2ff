"""Responders: asked once, on behalf of somebody."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import NotApplicable
from pd_incident_action.operations.add_responders import AddResponders
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.pagerduty.incidents import PagerDuty

API = "https://api.pagerduty.com"
URL = f"{API}/incidents/Q1"
ASK = f"{URL}/responder_requests"
INCIDENT: dict[str, Any] = {"id": "Q1", "incident_number": 42, "title": "Down"}


def shown(api: RequestsMock, *asked: str) -> None:
    answers = [{"user": {"id": user}, "state": "pending"} for user in asked]
    api.add("GET", URL, json={"incident": INCIDENT | {"incidents_responders": answers}})


def known(api: RequestsMock) -> None:
    users = [{"id": "PUSER01", "email": "ada@example.com"}]
    api.add("GET", f"{API}/users", json={"users": users})


def sent(api: RequestsMock) -> dict[str, Any]:
    (body,) = [json.loads(c.request.body or "") for c in api.calls if c.request.method == "POST"]
    found: dict[str, Any] = body
    return found


def test_users_and_a_policy_are_asked(api: RequestsMock, tools: OperationContext) -> None:
    shown(api)
    known(api)
    api.add("POST", ASK, json={"responder_request": {}})
    request = AddResponders.Inputs(
        incident="Q1", responders=("PUSER02",), escalation_policy="PESC123"
    )
    outcome = AddResponders(request, tools).run()
    assert sent(api) == {
        "requester_id": "PUSER01",
        "message": "Please help with this incident.",
        "responder_request_targets": [
            {"responder_request_target": {"id": "PUSER02", "type": "user_reference"}},
            {"responder_request_target": {"id": "PESC123", "type": "escalation_policy_reference"}},
        ],
    }
    assert outcome.message == "Asked PUSER02, policy PESC123 to help with incident #42 Down."


def test_whoever_was_asked_before_is_not_asked_again(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, "PUSER02")
    known(api)
    api.add("POST", ASK, json={"responder_request": {}})
    request = AddResponders.Inputs(incident="Q1", responders=("PUSER02", "PUSER03"))
    outcome = AddResponders(request, tools).run()
    assert outcome.message == (
        "Asked PUSER03 to help with incident #42 Down; 1 had been asked before."
    )
    assert len(sent(api)["responder_request_targets"]) == 1


def test_whoever_declined_may_be_asked_again(api: RequestsMock, tools: OperationContext) -> None:
    answers = [{"user": {"id": "PUSER02"}, "state": "declined"}]
    api.add("GET", URL, json={"incident": INCIDENT | {"incidents_responders": answers}})
    known(api)
    api.add("POST", ASK, json={"responder_request": {}})
    AddResponders(AddResponders.Inputs(incident="Q1", responders=("PUSER02",)), tools).run()
    assert len(sent(api)["responder_request_targets"]) == 1


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_policy_that_was_asked_before_is_not_asked_again(
    api: RequestsMock, tools: OperationContext, *, wrapped: bool
) -> None:
    target: dict[str, Any] = {"id": "PESC123", "type": "escalation_policy_reference"}
    if wrapped:
        target = {"responder_request_target": target}
    asked = {"responder_requests": [{"responder_request_targets": [target]}]}
    api.add("GET", URL, json={"incident": INCIDENT | asked})
    outcome = AddResponders(
        AddResponders.Inputs(incident="Q1", escalation_policy="PESC123"), tools
    ).run()
    assert outcome.message == "Nothing to do: all of them were asked before, for #42 Down."


def test_whoever_is_named_twice_is_asked_once(api: RequestsMock, tools: OperationContext) -> None:
    shown(api)
    known(api)
    api.add("POST", ASK, json={"responder_request": {}})
    AddResponders(
        AddResponders.Inputs(incident="Q1", responders=("PUSER01", "ada@example.com")), tools
    ).run()
    assert len(sent(api)["responder_request_targets"]) == 1


@pytest.mark.parametrize(("taken", "asked"), [(True, 1), (False, 2)])
def test_an_answer_that_got_lost_is_looked_after(
    api: RequestsMock, tools: OperationContext, *, taken: bool, asked: int
) -> None:
    shown(api)
    known(api)
    api.add("POST", ASK, status=502)
    shown(api, *(["PUSER02"] if taken else []))
    if not taken:
        api.add("POST", ASK, json={"responder_request": {}})
        shown(api, "PUSER02")
    outcome = AddResponders(
        AddResponders.Inputs(incident="Q1", responders=("PUSER02",)), tools
    ).run()
    assert outcome.message == "Asked PUSER02 to help with incident #42 Down."
    assert len([call for call in api.calls if call.request.method == "POST"]) == asked


def test_a_resolved_incident_needs_no_help(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT | {"status": "resolved"}})
    with pytest.raises(NotApplicable, match="#42 Down is already resolved, and nobody was asked"):
        AddResponders(AddResponders.Inputs(incident="Q1", responders=("PUSER02",)), tools).run()


def test_when_all_were_asked_before_nothing_is_sent(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, "PUSER02")
    outcome = AddResponders(
        AddResponders.Inputs(incident="Q1", responders=("PUSER02",)), tools
    ).run()
    assert outcome.message == "Nothing to do: all of them were asked before, for #42 Down."


@pytest.mark.parametrize(("status", "body"), [(200, {"user": {"id": "PUSER05"}}), (400, {})])
def test_a_users_own_key_says_who_asks(
    api: RequestsMock, tools: OperationContext, status: int, body: dict[str, Any]
) -> None:
    assert tools.find(PagerDuty) is not None
    tools.pagerduty.requester = None
    shown(api)
    api.add("GET", f"{API}/users/me", json=body, status=status)
    request = AddResponders.Inputs(incident="Q1", responders=("PUSER02",))
    if status == 200:
        api.add("POST", ASK, json={"responder_request": {}})
        AddResponders(request, replace(tools)).run()
        assert sent(api)["requester_id"] == "PUSER05"
    else:
        with pytest.raises(NotApplicable, match="nobody knows who asks"):
            AddResponders(request, tools).run()


def test_a_plan_without_the_feature_is_named(api: RequestsMock, tools: OperationContext) -> None:
    shown(api)
    known(api)
    api.add("POST", ASK, status=402, json={"error": {"code": 2014}})
    with pytest.raises(NotApplicable, match="plan does not include Response Mobilization"):
        AddResponders(AddResponders.Inputs(incident="Q1", responders=("PUSER02",)), tools).run()
