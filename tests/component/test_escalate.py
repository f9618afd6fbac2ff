"""``operation: escalate``: an open incident is handed to another policy, level or urgency."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator


@pytest.fixture
def incident(sim: Simulator, act: Action) -> dict[str, Any]:
    """An open incident on Checkout, assigned to Ada."""
    act(title="Checkout is down", service="PSVC001", urgency="low")
    (incident,) = sim.pagerduty.state.incidents.values()
    return incident


def test_a_click_on_the_incident_hands_it_to_another_policy(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    event = from_port(sim, incident["id"], escalation_policy_id="PPOL002", urgency="high")
    result = act("escalate", event=event)

    assert result.code == 0, result.log
    now = sim.pagerduty.state.incidents[incident["id"]]
    assert now["escalation_policy"]["id"] == "PPOL002"
    assert now["urgency"] == "high"
    assert result.outputs["assignees"] == "Grace Hopper"
    assert result.outputs["created"] == "false"
    entity = sim.port.state.entities["pagerdutyIncident"][incident["id"]]
    assert entity["properties"]["responder"] == "Grace Hopper"
    assert entity["properties"]["escalation_policy"] == "Payments on-call"
    assert entity["title"] == "Checkout is down"
    assert "Escalated incident" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)


def test_the_next_level_of_the_same_policy_is_paged(act: Action, incident: dict[str, Any]) -> None:
    # With low urgency PagerDuty would ignore the level.
    result = act("escalate", incident=incident["id"], escalation_level="2", urgency="high")
    assert result.outputs["assignees"] == "Grace Hopper"


def test_the_older_payload_of_port_is_understood(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    run_id = sim.port.state.start_run()
    payload = {
        "context": {"entity": incident["id"], "runId": run_id},
        "payload": {"properties": {}},
    }
    event = {"inputs": {"urgency": "high", "port_payload": json.dumps(payload)}}
    result = act("escalate", event=event)
    assert result.code == 0, result.log
    assert sim.port.state.runs[run_id].logs


def test_a_level_that_the_policy_lacks_is_explained(act: Action, incident: dict[str, Any]) -> None:
    result = act("escalate", incident=incident["id"], escalation_level="9", urgency="high")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "use a level that its escalation policy has" in error


def test_nothing_to_change_is_an_error(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    before = len(sim.exchanges)
    result = act("escalate", incident=incident["id"])
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "'escalation-policy', 'escalation-level' or 'urgency'" in error
    assert all(e.api == "port" for e in sim.exchanges[before:])


def test_a_resolved_incident_is_refused_and_stays_resolved(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    sim.pagerduty.state.incidents[incident["id"]]["status"] = "resolved"
    result = act("escalate", incident=incident["id"], urgency="high")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "already resolved" in error
    assert "would reopen it" in error
    assert sim.pagerduty.state.incidents[incident["id"]]["status"] == "resolved"
    assert not [e for e in sim.exchanges if e.method == "PUT"]


def test_an_unknown_incident_is_named(act: Action) -> None:
    result = act("escalate", incident="Q0UNKNOWN", urgency="high")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "find incident Q0UNKNOWN" in error
    assert "pagerduty-region" in error


@pytest.fixture
def loud(sim: Simulator, act: Action) -> dict[str, Any]:
    """An open incident of high urgency on Checkout, assigned to Ada on the first of two levels."""
    act(title="Checkout is down, loudly", service="PSVC001", port_client_id=None)
    *_, incident = sim.pagerduty.state.incidents.values()
    return incident


def test_the_next_level_is_found_and_the_last_is_the_end(
    sim: Simulator, act: Action, loud: dict[str, Any]
) -> None:
    event = from_port(sim, loud["id"], escalation_level="next")
    result = act("escalate", event=event)
    assert result.code == 0, result.log
    assert "to level 2, now assigned to Grace Hopper" in result.log
    result = act("escalate", event=event)
    assert result.code == 1
    assert "is on level 2, the last of policy Platform" in result.annotations("error")[0]


def test_a_level_of_the_same_person_is_not_the_next(
    sim: Simulator, act: Action, loud: dict[str, Any]
) -> None:
    policy = sim.pagerduty.state.escalation_policies["PPOL001"]
    first, second = policy["escalation_rules"]
    policy["escalation_rules"] = [first, first, second]
    result = act("escalate", incident=loud["id"], escalation_level="next")
    assert result.code == 0, result.log
    assert "to level 3, now assigned to Grace Hopper" in result.log


def test_a_policy_may_be_named(sim: Simulator, act: Action, loud: dict[str, Any]) -> None:
    result = act("escalate", incident=loud["id"], escalation_policy="payments on-call")
    assert result.code == 0, result.log
    now = sim.pagerduty.state.incidents[loud["id"]]
    assert now["escalation_policy"]["id"] == "PPOL002"


def test_what_pagerduty_would_ignore_is_not_called_a_success(
    sim: Simulator, act: Action, incident: dict[str, Any], loud: dict[str, Any]
) -> None:
    result = act("escalate", incident=incident["id"], escalation_level="2", urgency="low")
    assert result.code == 1
    assert "it has low urgency" in result.annotations("error")[0]
    act("reassign", incident=loud["id"], assignee="grace@example.com")
    result = act("escalate", incident=loud["id"], escalation_level="2", urgency="high")
    assert result.code == 1
    assert "assigned to a person directly" in result.annotations("error")[0]
    assert len([e for e in sim.exchanges if e.method == "PUT"]) == 1
