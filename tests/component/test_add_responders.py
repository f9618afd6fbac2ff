"""Ask responders, each once."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port
from pd_incident_simulator import Fault, Simulator


def requests(sim: Simulator) -> list[dict[str, Any]]:
    return [e.json for e in sim.exchanges if e.path.endswith("/responder_requests")]


def test_people_are_asked_once(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, responders="grace@example.com, PUSER2", message='"help"')
    result = act("add-responders", event=event)
    assert result.code == 0, result.log
    assert requests(sim) == [
        {
            "requester_id": "PUSER1",
            "message": '"help"',
            "responder_request_targets": [
                {"responder_request_target": {"id": "PUSER2", "type": "user_reference"}}
            ],
        }
    ]
    assert "to help with incident #1234 Down." in result.log
    result = act("add-responders", event=event)
    assert result.code == 0, result.log
    assert "Nobody was paged: Everybody was already asked to help with incident #1234" in result.log

    result = act("add-responders", incident=incident, responders="PUSER2,PUSER3")
    assert "Asked PUSER3 to help with incident #1234 Down; 1 had already been asked." in result.log
    (target,) = requests(sim)[-1]["responder_request_targets"]
    assert target["responder_request_target"]["id"] == "PUSER3"


def test_whoever_declined_is_asked_again(sim: Simulator, act: Action, incident: str) -> None:
    answer = {"state": "declined", "user": {"id": "PUSER2", "type": "user_reference"}}
    sim.pagerduty.state.incidents[incident]["incidents_responders"].append(answer)
    result = act("add-responders", incident=incident, responders="PUSER2")
    assert result.code == 0, result.log
    assert len(requests(sim)) == 1


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_policy_that_was_asked_is_recognised_either_way(
    sim: Simulator, act: Action, incident: str, *, wrapped: bool
) -> None:
    target = {"id": "PPOL002", "type": "escalation_policy_reference"}
    shown = {"responder_request_target": target} if wrapped else target
    asked = {"responder_request_targets": [shown]}
    sim.pagerduty.state.incidents[incident]["responder_requests"].append(asked)
    result = act("add-responders", incident=incident, escalation_policy="PPOL002")
    assert "Nobody was paged: Everybody was already asked" in result.log
    assert requests(sim) == []


@pytest.mark.parametrize("who", [{"responders": "PUSER2"}, {"escalation_policy": "PPOL002"}])
@pytest.mark.parametrize("processed", [True, False])
def test_nobody_is_asked_twice_whatever_gets_lost(
    sim: Simulator, act: Action, incident: str, who: dict[str, Any], *, processed: bool
) -> None:
    fault = Fault("status", path="*/responder_requests", status=502, count=1, processed=processed)
    sim.faults.add(fault)
    for _ in range(2):
        result = act("add-responders", incident=incident, **who)
        assert result.code == 0, result.log
    assert "Nobody was paged: Everybody was already asked" in result.log
    assert len(sim.pagerduty.state.incidents[incident]["responder_requests"]) == 1


def test_a_users_own_key_needs_no_address(sim: Simulator, act: Action, incident: str) -> None:
    token = "pd-user-token"
    result = act(
        "add-responders", incident=incident, responders="PUSER2", pagerduty_token=token, from_=None
    )
    assert result.code == 0, result.log
    assert [one["requester_id"] for one in requests(sim)] == ["PUSER1"]


def test_who_cannot_be_asked_is_not_asked(sim: Simulator, act: Action, incident: str) -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({}, "triggered", "Set 'responders' or 'escalation-policy', or both"),
        ({"responders": "nobody@example.com"}, "triggered", "no user 'nobody@example.com'"),
        ({"responders": "PUSER2", "from_": None}, "triggered", "set the input `from`, e.g."),
        ({"responders": "PUSER2"}, "resolved", "already resolved, and nobody was asked to help"),
    ]
    for inputs, status, expected in cases:
        sim.pagerduty.state.incidents[incident]["status"] = status
        result = act("add-responders", incident=incident, **inputs)
        assert result.code == 1
        assert expected in result.annotations("error")[0]
        assert requests(sim) == []


def test_a_plan_without_the_feature_is_named(sim: Simulator, act: Action, incident: str) -> None:
    sim.pagerduty.state.missing_abilities = {"responder_requests"}
    result = act("add-responders", incident=incident, responders="PUSER2")
    assert result.code == 1
    assert "plan does not include Response Mobilization" in result.annotations("error")[0]
