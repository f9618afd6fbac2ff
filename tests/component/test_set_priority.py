"""Change priorities."""

from __future__ import annotations

from typing import Any

from harness import Action, from_port
from pd_incident_simulator import Simulator

CONFIG = "severities: {SEV-1: {priority: P1}}"


def test_a_priority_is_set_by_its_name_or_that_of_a_severity(
    sim: Simulator, act: Action, incident: str
) -> None:
    event = from_port(sim, incident, priority="p2")
    for words in (
        "Updated incident #1234 Down: priority is now P2.",
        "No changes: incident #1234 Down already has priority P2.",
    ):
        assert words in act.succeed("set-priority", event=event).log
        assert sim.pagerduty.state.incidents[incident]["priority"]["summary"] == "P2"
        assert [e.method for e in sim.exchanges if e.api == "pagerduty"].count("PUT") == 1
    words = "Updated incident #1234 Down: priority is now P1 (was P2)."
    dry = act.succeed("set-priority", incident=incident, priority="PPRIO01", dry_run="true")
    assert words in dry.log
    result = act.succeed("set-priority", incident=incident, severity="SEV-1", config=CONFIG)
    assert words in result.log
    assert sim.pagerduty.state.incidents[incident]["priority"]["summary"] == "P1"


def test_what_cannot_be_set_changes_nothing(sim: Simulator, act: Action, incident: str) -> None:
    cases: list[tuple[dict[str, Any], set[str], str]] = [
        ({}, set[str](), "Set 'priority', or a 'severity'"),
        ({"priority": "P77"}, set[str](), "no priority 'P77'"),
        ({"priority": "P1"}, {"priorities"}, "plan does not include incident priorities"),
    ]
    for inputs, missing, expected in cases:
        sim.pagerduty.state.missing_abilities = missing
        assert expected in act.fail("set-priority", incident=incident, **inputs)
        assert [e for e in sim.exchanges if e.method == "PUT"] == []
