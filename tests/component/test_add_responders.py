"""Responders through the whole action."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port
from pd_incident_simulator import Fault, Simulator


@pytest.fixture
def incident(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


def asked(sim: Simulator) -> int:
    return len([e for e in sim.exchanges if e.path.endswith("/responder_requests")])


def test_people_are_asked_once(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, responders="grace@example.com", message='Please "help"')
    result = act("add-responders", event=event)
    assert result.code == 0, result.log
    responders = sim.pagerduty.state.incidents[incident]["incidents_responders"]
    assert [one["user"]["summary"] for one in responders] == ["Grace Hopper"]
    result = act("add-responders", event=event)
    assert result.code == 0, result.log
    assert "No changes: everybody was already asked" in result.log
    assert asked(sim) == 1


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
    assert "No changes: everybody was already asked" in result.log
    assert len(sim.pagerduty.state.incidents[incident]["responder_requests"]) == 1


def test_a_users_own_key_needs_no_address(sim: Simulator, act: Action, incident: str) -> None:
    result = act(
        "add-responders",
        incident=incident,
        responders="PUSER2",
        pagerduty_token="pd-user-token",
        from_=None,
    )
    assert result.code == 0, result.log
    assert asked(sim) == 1


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, "must say whom to ask"),
        ({"responders": "nobody@example.com"}, "no user 'nobody@example.com'"),
        ({"responders": "PUSER2", "from_": None}, "nobody knows who asks"),
    ],
)
def test_what_cannot_be_asked_is_told(
    sim: Simulator,
    act: Action,
    incident: str,
    inputs: dict[str, Any],
    expected: str,
) -> None:
    result = act("add-responders", incident=incident, **inputs)
    assert result.code == 1
    assert expected in result.annotations("error")[0]
    assert asked(sim) == 0


def test_a_plan_without_the_feature_is_named(sim: Simulator, act: Action, incident: str) -> None:
    sim.pagerduty.state.missing_abilities = {"responder_requests"}
    result = act("add-responders", incident=incident, responders="PUSER2")
    assert result.code == 1
    assert "Response Mobilization" in result.annotations("error")[0]
