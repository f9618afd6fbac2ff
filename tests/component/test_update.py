"""Updating through the whole action."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port
from pd_incident_simulator import Simulator

NASTY = 'Still "down"\\ {{ x }} ::error::y'


@pytest.fixture
def incident(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", urgency="low", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


def test_what_is_given_is_changed(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(
        sim,
        incident,
        title=NASTY,
        urgency="high",
        priority="P1",
        conference_url="https://meet.example.com/1",
    )
    result = act("update", event=event)
    assert result.code == 0, result.log
    now = sim.pagerduty.state.incidents[incident]
    assert (now["title"], now["urgency"], now["priority"]["summary"]) == (NASTY, "high", "P1")
    assert now["conference_bridge"]["conference_url"] == "https://meet.example.com/1"
    assert sim.port.state.entities["pagerdutyIncident"][incident]["title"] == NASTY
    assert (
        "urgency is now high, priority is now P1, the conference bridge has changed" in result.log
    )


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, "must say what to change"),
        ({"urgency": "loud"}, "'urgency'"),
        ({"conference_url": "javascript:x"}, "'conference-url'"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(
    sim: Simulator, act: Action, incident: str, inputs: dict[str, Any], expected: str
) -> None:
    before = len(sim.exchanges)
    result = act("update", incident=incident, port_client_id=None, **inputs)
    assert result.code == 1
    assert expected in result.annotations("error")[0]
    assert len(sim.exchanges) == before


def test_a_resolved_incident_gets_no_other_urgency(
    sim: Simulator, act: Action, incident: str
) -> None:
    act("resolve", incident=incident)
    before = [e for e in sim.exchanges if e.method == "PUT"]
    result = act("update", incident=incident, urgency="high")
    assert result.code == 1
    assert "already resolved and was not updated" in result.annotations("error")[0]
    assert [e for e in sim.exchanges if e.method == "PUT"] == before
    result = act("update", incident=incident, title="Was down")
    assert result.code == 0, result.log
    assert sim.pagerduty.state.incidents[incident]["status"] == "resolved"


def test_an_unknown_priority_is_refused_in_pagerdutys_words(
    sim: Simulator, act: Action, incident: str
) -> None:
    result = act("update", incident=incident, priority="PPRIO99")
    assert result.code == 1
    assert "PagerDuty did not update the incident" in result.annotations("error")[0]
    assert sim.pagerduty.state.incidents[incident]["title"] == "Down"
