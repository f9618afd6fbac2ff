"""``operation: escalate``: an open incident gets another policy, level or urgency."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, Result, from_port, run_id_of
from pd_incident_action.errors import Cancelled
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_simulator import Simulator


@pytest.fixture
def incident(sim: Simulator, act: Action) -> dict[str, Any]:
    """An open incident of high urgency on Checkout, assigned to Ada on the first of two levels."""
    act(title="Down", service="PSVC001", port_client_id=None)
    (incident,) = sim.pagerduty.state.incidents.values()
    return incident


def escalate(act: Action, incident: dict[str, Any], **inputs: Any) -> Result:  # noqa: ANN401 - any input
    return act("escalate", incident=incident["id"], port_client_id=None, **inputs)


def writes(sim: Simulator) -> list[Any]:
    return [e.json["incident"] for e in sim.exchanges if e.method == "PUT"]


def test_a_click_on_the_incident_hands_it_to_another_policy(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    event = from_port(sim, incident["id"], escalation_policy_id="PPOL002", urgency="low")
    result = act("escalate", event=event)

    assert result.code == 0, result.log
    assert (incident["escalation_policy"]["id"], incident["urgency"]) == ("PPOL002", "low")
    assert (result.outputs["assignees"], result.outputs["created"]) == ("Grace Hopper", "false")
    entity = sim.port.state.entities["pagerdutyIncident"][incident["id"]]
    assert entity["properties"]["responder"] == "Grace Hopper"
    assert entity["properties"]["escalation_policy"] == "Payments on-call"
    assert entity["title"] == "Down"
    steps = "to policy Payments on-call with low urgency, now assigned to Grace Hopper."
    assert f" Down {steps}" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)


@pytest.mark.parametrize(
    ("inputs", "steps"),
    [
        ({"escalation_level": "2"}, "to level 2, now assigned to Grace Hopper"),
        (
            {"escalation_level": "NEXT ", "urgency": "HIGH"},
            "to level 2 with high urgency, now assigned to Grace Hopper",
        ),
        ({"urgency": "low"}, "with low urgency, now assigned to Ada Lovelace"),
    ],
)
def test_an_open_incident_is_changed_as_asked(
    sim: Simulator, act: Action, incident: dict[str, Any], inputs: dict[str, str], steps: str
) -> None:
    result = escalate(act, incident, **inputs)
    assert result.code == 0, result.log
    (change,) = writes(sim)
    assert set(change) == {"type", *inputs}
    name = f"#{incident['incident_number']} Down"
    assert f"Escalated incident {name} {steps}." in result.annotations("notice")[0]


def test_the_next_level_is_that_of_somebody_else_until_nobody_is_left(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    policy = sim.pagerduty.state.escalation_policies["PPOL001"]
    first, second = policy["escalation_rules"]
    policy["escalation_rules"] = [first, first, second]
    result = escalate(act, incident, escalation_level="next")
    assert "to level 3, now assigned to Grace Hopper" in result.log
    result = escalate(act, incident, escalation_level="next")
    assert result.code == 1
    assert "is on level 3, the last of policy Platform" in result.annotations("error")[0]


def test_without_a_level_of_its_own_there_is_no_next(act: Action, incident: dict[str, Any]) -> None:
    (assignment,) = incident["assignments"]
    linus = {**assignment["assignee"], "id": "PUSER3", "summary": "Linus Low"}
    for assignments, who in [([{**assignment, "assignee": linus}], "Linus Low"), ([], "nobody")]:
        incident["assignments"] = assignments
        (error,) = escalate(act, incident, escalation_level="next").annotations("error")
        assert error.startswith("Nobody was paged: Could not determine the escalation level of in")
        assert f"it is assigned to {who}, and policy Platform" in error


def test_what_makes_no_sense_is_refused(act: Action, incident: dict[str, Any]) -> None:
    for inputs, words in [
        ({}, "'escalate' needs at least one of"),
        ({"escalation_policy": "PPOL002", "escalation_level": "2"}, "'escalation-level'"),
        ({"escalation_level": "0"}, "must be 'next' or a level from 1 to 20"),
        ({"escalation_level": "21"}, "must be 'next' or a level from 1 to 20"),
        ({"escalation_level": "first"}, "must be 'next' or a level from 1 to 20"),
        ({"escalation_level": "9"}, "use a level that its escalation policy has"),
        ({"escalation_level": "2", "urgency": "low"}, "it has low urgency"),
    ]:
        before = dict(incident)
        result = escalate(act, incident, **inputs)
        assert result.code == 1
        (error,) = result.annotations("error")
        assert words in error
        assert incident == before


def test_a_level_means_nothing_to_an_incident_of_a_person(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    act("reassign", incident=incident["id"], assignee="grace@example.com", port_client_id=None)
    result = escalate(act, incident, escalation_level="2")
    assert result.code == 1
    assert "assigned to a person directly" in result.annotations("error")[0]
    assert len(writes(sim)) == 1


def test_a_level_that_changed_nothing_is_pointed_out(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    policy = sim.pagerduty.state.escalation_policies["PPOL001"]
    policy["escalation_rules"] = policy["escalation_rules"][:1] * 2
    result = escalate(act, incident, escalation_level="2")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert "is assigned to Ada Lovelace as before" in warning
    assert "or policy Platform has no such level" in warning


def test_a_resolved_incident_is_refused_and_stays_resolved(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    incident["status"] = "resolved"
    result = escalate(act, incident, urgency="high")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "already resolved" in error
    assert "would reopen it" in error
    assert writes(sim) == []


def test_when_cancelled_it_reports_the_incident_as_it_is(
    act: Action, incident: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel(*_: object) -> None:
        raise Cancelled("SIGTERM")

    monkeypatch.setattr(Incidents, "update", cancel)
    result = escalate(act, incident, urgency="high")
    assert result.code == 1
    assert "Down is triggered, high urgency, assigned to Ada Lovelace." in result.log
