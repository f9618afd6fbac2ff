"""``operation: escalate``: an open incident gets another policy, level or urgency."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_action.errors import Cancelled
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_simulator import Simulator


@pytest.fixture
def incident(sim: Simulator, act: Action) -> dict[str, Any]:
    """An open incident of high urgency on Checkout, assigned to Ada on the first of two levels."""
    act(title="Down", service="PSVC001", port_client_id=None)
    (incident,) = sim.pagerduty.state.incidents.values()
    return incident


def writes(sim: Simulator) -> list[Any]:
    return [e.json["incident"] for e in sim.exchanges if e.method == "PUT"]


def test_a_click_on_the_incident_hands_it_to_another_policy(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    event = from_port(sim, incident["id"], escalation_policy_id="PPOL002", urgency="low")
    result = act.succeed("escalate", event=event)

    assert (incident["escalation_policy"]["id"], incident["urgency"]) == ("PPOL002", "low")
    assert (result.outputs["assignees"], result.outputs["created"]) == ("Grace Hopper", "false")
    entity = sim.port.state.entities["pagerdutyIncident"][incident["id"]]
    assert entity["properties"]["responder"] == "Grace Hopper"
    assert entity["properties"]["escalation_policy"] == "Payments on-call"
    assert entity["title"] == "Down"
    steps = "to policy Payments on-call with low urgency, now assigned to Grace Hopper."
    assert f" Down {steps}" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)


def test_an_open_incident_is_changed_as_asked(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    for inputs, steps in [
        ({"urgency": "low"}, "with low urgency, now assigned to Ada Lovelace"),
        (
            {"escalation_level": "NEXT ", "urgency": "HIGH"},
            "to level 2 with high urgency, now assigned to Grace Hopper",
        ),
        ({"escalation_level": "1"}, "to level 1, now assigned to Ada Lovelace"),
    ]:
        result = act.succeed("escalate", incident=incident["id"], **inputs)
        assert set(writes(sim)[-1]) == {"type", *inputs}
        name = f"#{incident['incident_number']} Down"
        (notice,) = result.annotations("notice")
        assert f"Escalated incident {name} {steps}." in notice
        assert notice.startswith("Escalated") is (inputs == {"urgency": "low"})


def test_an_urgency_that_it_has_already_pages_nobody(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    result = act.succeed("escalate", incident=incident["id"], urgency="high")
    (notice,) = result.annotations("notice")
    assert notice.startswith("Nobody was paged: No changes: incident #1234 Down already has high")
    assert writes(sim) == []


def test_the_next_level_is_that_of_somebody_else_until_nobody_is_left(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    policy = sim.pagerduty.state.escalation_policies["PPOL001"]
    first, second = policy["escalation_rules"]
    policy["escalation_rules"] = [first, first, second]
    given = {"incident": incident["id"], "escalation_level": "next"}
    assert "to level 3, now assigned to Grace Hopper" in act.succeed("escalate", **given).log
    assert "is on level 3, the last of policy Platform" in act.fail("escalate", **given)


def test_without_a_level_of_its_own_there_is_no_next(act: Action, incident: dict[str, Any]) -> None:
    (assignment,) = incident["assignments"]
    linus = {**assignment["assignee"], "id": "PUSER3", "summary": "Linus Low"}
    for assignments, who in [([{**assignment, "assignee": linus}], "Linus Low"), ([], "nobody")]:
        incident["assignments"] = assignments
        error = act.fail("escalate", incident=incident["id"], escalation_level="next")
        assert error.startswith("Nobody was paged: Could not determine the escalation level of in")
        assert f"it is assigned to {who}, and policy Platform" in error


def test_what_makes_no_sense_is_refused(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    level = "must be 'next' or a level from 1 to 20"
    for inputs, words in [
        ({}, "'escalate' needs at least one of"),
        ({"escalation_policy": "PPOL002", "escalation_level": "2"}, "'escalation-level'"),
        ({"escalation_level": "0"}, level),
        ({"escalation_level": "21"}, level),
        ({"escalation_level": "first"}, level),
        ({"escalation_level": "9"}, "use a level that its escalation policy has"),
        ({"escalation_level": "2", "urgency": "low"}, "it has low urgency"),
    ]:
        before = dict(incident)
        assert words in act.fail("escalate", incident=incident["id"], **inputs)
        assert incident == before
    act("reassign", incident=incident["id"], assignee="grace@example.com")
    number = len(writes(sim))
    error = act.fail("escalate", incident=incident["id"], escalation_level="2")
    assert "assigned to a person directly" in error
    incident["status"] = "resolved"
    error = act.fail("escalate", incident=incident["id"], urgency="high")
    assert "already resolved and was not escalated: PagerDuty would reopen it" in error
    assert len(writes(sim)) == number


def test_a_level_that_changed_nothing_is_pointed_out(
    sim: Simulator, act: Action, incident: dict[str, Any]
) -> None:
    policy = sim.pagerduty.state.escalation_policies["PPOL001"]
    policy["escalation_rules"] = policy["escalation_rules"][:1] * 2
    result = act.succeed("escalate", incident=incident["id"], escalation_level="2")
    (warning,) = result.annotations("warning")
    assert "is assigned to Ada Lovelace as before" in warning
    assert "or policy Platform has no such level" in warning


def test_when_cancelled_it_reports_the_incident_as_it_is(
    act: Action, incident: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel(*_: object) -> None:
        raise Cancelled("SIGTERM")

    monkeypatch.setattr(Incidents, "update", cancel)
    result = act("escalate", incident=incident["id"], urgency="low")
    assert result.code == 1
    assert "Down is triggered, high urgency, assigned to Ada Lovelace." in result.log
