"""Responders: asked once, on behalf of somebody."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import Impossible
from pd_incident_action.operations.add_responders import OPERATION, AddResponders, run
from pd_incident_action.operations.base import Tools

API = "https://api.pagerduty.com"
URL = f"{API}/incidents/Q1"
ASK = f"{URL}/responder_requests"


def shown(api: RequestsMock, *asked: str) -> None:
    body = {
        "id": "Q1",
        "incident_number": 42,
        "title": "Down",
        "incidents_responders": [{"user": {"id": user}} for user in asked],
    }
    api.add("GET", URL, json={"incident": body})


def known(api: RequestsMock) -> None:
    users = [{"id": "PUSER01", "email": "ada@example.com"}]
    api.add("GET", f"{API}/users", json={"users": users})


def sent(api: RequestsMock) -> dict[str, Any]:
    (body,) = [json.loads(c.request.body or "") for c in api.calls if c.request.method == "POST"]
    found: dict[str, Any] = body
    return found


def test_users_and_a_policy_are_asked(api: RequestsMock, tools: Tools) -> None:
    shown(api)
    known(api)
    api.add("POST", ASK, json={"responder_request": {}})
    request = AddResponders(incident="Q1", responders=("PUSER02",), escalation_policy="PESC123")
    outcome = run(request, tools)
    assert sent(api) == {
        "requester_id": "PUSER01",
        "message": "Please help with this incident.",
        "responder_request_targets": [
            {"responder_request_target": {"id": "PUSER02", "type": "user_reference"}},
            {"responder_request_target": {"id": "PESC123", "type": "escalation_policy_reference"}},
        ],
    }
    assert outcome.message == "Asked PUSER02, policy PESC123 to help with incident #42 Down."


def test_whoever_was_asked_before_is_not_asked_again(api: RequestsMock, tools: Tools) -> None:
    shown(api, "PUSER02")
    known(api)
    api.add("POST", ASK, json={"responder_request": {}})
    request = AddResponders(incident="Q1", responders=("PUSER02", "PUSER03"))
    assert run(request, tools).message.endswith("incident #42 Down; 1 had been asked before.")
    assert len(sent(api)["responder_request_targets"]) == 1


def test_when_all_were_asked_before_nothing_is_sent(api: RequestsMock, tools: Tools) -> None:
    shown(api, "PUSER02")
    outcome = run(AddResponders(incident="Q1", responders=("PUSER02",)), tools)
    assert outcome.message == "Nothing to do: all of them were asked before, for #42 Down."


@pytest.mark.parametrize(("status", "body"), [(200, {"user": {"id": "PUSER05"}}), (400, {})])
def test_a_users_own_key_says_who_asks(
    api: RequestsMock, tools: Tools, status: int, body: dict[str, Any]
) -> None:
    assert tools.pagerduty is not None
    tools.pagerduty.requester = None
    shown(api)
    api.add("GET", f"{API}/users/me", json=body, status=status)
    request = AddResponders(incident="Q1", responders=("PUSER02",))
    if status == 200:
        api.add("POST", ASK, json={"responder_request": {}})
        run(request, replace(tools))
        assert sent(api)["requester_id"] == "PUSER05"
    else:
        with pytest.raises(Impossible, match="nobody knows who asks"):
            run(request, tools)


def test_a_plan_without_the_feature_is_named(api: RequestsMock, tools: Tools) -> None:
    shown(api)
    known(api)
    api.add("POST", ASK, status=402, json={"error": {"code": 2014}})
    with pytest.raises(Impossible, match="plan does not include Response Mobilization"):
        run(AddResponders(incident="Q1", responders=("PUSER02",)), tools)


def test_somebody_has_to_be_asked() -> None:
    with pytest.raises(ValidationError, match="must say whom to ask"):
        AddResponders(incident="Q1")
    announced = OPERATION.announce(AddResponders(incident="Q1", responders=("Ada",)))
    assert announced == "Asking Ada to help with incident Q1"
