"""Status updates through the whole action."""

from __future__ import annotations

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator

E_MAIL = {"subject": "Checkout", "html_message": "<p>Rolling back</p>"}


@pytest.fixture
def incident(sim: Simulator, act: Action) -> str:
    act(title="Down", service="PSVC001", port_client_id=None)
    (identifier,) = sim.pagerduty.state.incidents
    return identifier


def test_those_who_follow_the_incident_are_told(sim: Simulator, act: Action, incident: str) -> None:
    event = from_port(sim, incident, message="Rolling back", **E_MAIL)
    result = act("status-update", event=event)
    assert result.code == 0, result.log
    (update,) = sim.pagerduty.state.status_updates[incident]
    assert {name: update[name] for name in ("message", *E_MAIL)} == {
        "message": "Rolling back",
        **E_MAIL,
    }
    assert "Status update posted to #" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert incident in sim.port.state.entities["pagerdutyIncident"]
    assert result.outputs["incident-id"] == incident


def test_a_plan_without_them_is_named(sim: Simulator, act: Action, incident: str) -> None:
    sim.pagerduty.state.missing_abilities = {"status_updates"}
    result = act("status-update", incident=incident, message="x")
    assert result.code == 1
    assert "plan does not include Status updates" in result.annotations("error")[0]


def test_a_message_is_needed(sim: Simulator, act: Action, incident: str) -> None:
    result = act("status-update", incident=incident)
    assert result.code == 1
    assert "'message' is missing" in result.annotations("error")[0]
    assert incident not in sim.pagerduty.state.status_updates


def test_half_an_e_mail_is_refused_before_anything_is_sent(
    sim: Simulator, act: Action, incident: str
) -> None:
    before = len(sim.exchanges)
    result = act("status-update", incident=incident, message="x", subject="y", port_client_id=None)
    assert result.code == 1
    assert "'subject' and 'html-message' together" in result.annotations("error")[0]
    assert len(sim.exchanges) == before
