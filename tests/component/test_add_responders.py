"""Ask responders, each once."""

from __future__ import annotations

from typing import Any

from harness import Action, from_port
from pd_incident_simulator import Simulator


def requests(sim: Simulator) -> list[dict[str, Any]]:
    return [e.json for e in sim.exchanges if e.path.endswith("/responder_requests")]


def test_people_are_asked_once(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, responders="grace@example.com, PUSER2", message='"help"')
    result = act.succeed("add-responders", event=event)
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
    result = act.succeed("add-responders", event=event)
    assert "Nobody was paged: Everybody was already asked to help with incident #1234" in result.log

    result = act("add-responders", incident=incident, responders="PUSER2,PUSER3")
    assert "Asked PUSER3 to help with incident #1234 Down; 1 had already been asked." in result.log
    (target,) = requests(sim)[-1]["responder_request_targets"]
    assert target["responder_request_target"]["id"] == "PUSER3"


def test_whoever_declined_is_asked_again(sim: Simulator, act: Action, incident: str) -> None:
    answer = {"state": "declined", "user": {"id": "PUSER2", "type": "user_reference"}}
    sim.pagerduty.state.incidents[incident]["incidents_responders"].append(answer)
    for attempt, number in [("1", 1), ("2", 1), ("1", 2)]:
        act.environment["GITHUB_RUN_ATTEMPT"] = attempt
        act.succeed("add-responders", incident=incident, responders="PUSER2")
        # Not by the same run.
        assert len(requests(sim)) == number


def test_a_policy_that_was_asked_is_recognised_either_way(
    sim: Simulator, act: Action, incident: str
) -> None:
    for number, wrapped in enumerate([True, False], start=1):
        target = {"id": f"PPOL00{number}", "type": "escalation_policy_reference"}
        shown = {"responder_request_target": target} if wrapped else target
        asked = {"responder_request_targets": [shown]}
        sim.pagerduty.state.incidents[incident]["responder_requests"] = [asked]
        result = act("add-responders", incident=incident, escalation_policy=target["id"])
        assert "Nobody was paged: Everybody was already asked" in result.log
        assert requests(sim) == []


def test_a_users_own_key_needs_no_address(sim: Simulator, act: Action, incident: str) -> None:
    given = {"responders": "PUSER2", "pagerduty_token": "pd-user-token", "from_": None}
    act.succeed("add-responders", incident=incident, **given)
    assert [one["requester_id"] for one in requests(sim)] == ["PUSER1"]


def test_who_cannot_be_asked_is_not_asked(sim: Simulator, act: Action, incident: str) -> None:
    grace = {"responders": "PUSER2"}
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({}, "triggered", "Set 'responders' or 'escalation-policy', or both"),
        ({"responders": "nobody@example.com"}, "triggered", "no user 'nobody@example.com'"),
        ({**grace, "from_": None}, "triggered", "set the input `from`, e.g."),
        (grace, "resolved", "already resolved, and nobody was asked to help"),
    ]
    for inputs, status, expected in cases:
        sim.pagerduty.state.incidents[incident]["status"] = status
        assert expected in act.fail("add-responders", incident=incident, **inputs)
        assert requests(sim) == []
    sim.pagerduty.state.incidents[incident]["status"] = "triggered"
    sim.pagerduty.state.missing_abilities = {"responder_requests"}
    error = act.fail("add-responders", incident=incident, **grace)
    assert "plan does not include Response Mobilization" in error
