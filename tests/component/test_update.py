"""Update an incident: only what is given."""

from __future__ import annotations

from typing import Any

from harness import Action, from_port
from pd_incident_simulator import Simulator

NASTY = 'Still "down"\\ {{ x }} ::error::y'


def sent(sim: Simulator) -> list[dict[str, Any]]:
    return [e.json["incident"] for e in sim.exchanges if e.method == "PUT"]


def test_what_is_given_is_changed(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(
        sim,
        incident,
        title=NASTY,
        urgency="low",
        priority="P1",
        incident_type="major_incident",
        conference_url="https://meet.example.com/1",
    )
    result = act.succeed("update", event=event)
    now = sim.pagerduty.state.incidents[incident]
    assert (now["title"], now["urgency"], now["priority"]["summary"]) == (NASTY, "low", "P1")
    assert now["incident_type"]["name"] == "major_incident"
    assert now["conference_bridge"]["conference_url"] == "https://meet.example.com/1"
    assert sim.port.state.entities["pagerdutyIncident"][incident]["title"] == NASTY
    steps = [
        f'title is now "{NASTY}" (was "Down")',
        "urgency is now low (was high)",
        "priority is now P1",
        "incident type is now major_incident (was incident_default)",
        "the conference bridge has changed.",
    ]
    assert f"Updated incident #1234 Down: {', '.join(steps)}" in result.log
    values = f'title "{NASTY}", urgency low, priority P1, incident type major_incident'
    assert f"{NASTY} already has {values}." in act("update", event=event).log


def test_what_is_not_given_stays(sim: Simulator, act: Action, incident: str) -> None:
    act("update", incident=incident, conference_number="+1 415")
    act("update", incident=incident, conference_url="https://meet.example.com/1")
    bridge = {"conference_number": "+1 415", "conference_url": "https://meet.example.com/1"}
    assert sent(sim)[-1] == {"type": "incident_reference", "conference_bridge": bridge}


def test_a_title_that_is_too_long_is_cut(sim: Simulator, act: Action, incident: str) -> None:
    result = act("update", incident=incident, title="t" * 5000)
    assert len(sent(sim)[-1]["title"]) == 1024
    assert "'title' has 5000 characters" in result.annotations("warning")[0]
    assert "t" * 5000 in result.summary


def test_a_resolved_incident_gets_another_title_but_no_other_urgency(
    sim: Simulator, act: Action, incident: str
) -> None:
    sim.pagerduty.state.incidents[incident]["status"] = "resolved"
    assert "#1234 Down is already resolved and was not updated" in act.fail(
        "update", incident=incident, title="Was down", urgency="low"
    )
    assert sent(sim) == []
    act.succeed("update", incident=incident, title="Was down", urgency="high")
    assert sim.pagerduty.state.incidents[incident]["status"] == "resolved"


def test_what_cannot_be_changed_changes_nothing(sim: Simulator, act: Action, incident: str) -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({}, "", "'update' needs at least one of"),
        ({"urgency": "loud"}, "", "'urgency'"),
        ({"conference_url": "javascript:x"}, "", "'conference-url'"),
        ({"priority": "PPRIO99"}, "", "PagerDuty failed to update the incident"),
        ({"priority": "P1"}, "priorities", "plan does not include incident priorities"),
    ]
    for inputs, missing, expected in cases:
        before = dict(sim.pagerduty.state.incidents[incident])
        sim.pagerduty.state.missing_abilities = {missing}
        assert expected in act.fail("update", incident=incident, **inputs)
        assert sim.pagerduty.state.incidents[incident] == before
