"""Post status updates, each once."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

E_MAIL = {"subject": "Checkout", "html_message": "<p>Rolling back</p>"}


@pytest.mark.parametrize("more", [{}, E_MAIL])
def test_the_subscribers_are_updated(
    sim: Simulator, act: Action, incident: str, more: dict[str, str]
) -> None:
    event = from_port(sim, incident, message="Rolling back", **more)
    result = act("status-update", event=event)
    assert result.code == 0, result.log
    (sent,) = [e.json for e in sim.exchanges if e.path.endswith("/status_updates")]
    assert sent == {"message": "Rolling back", **more}
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert 'Status update posted to #1234 Down: "Rolling back"' in log
    assert incident in sim.port.state.entities["pagerdutyIncident"]
    assert result.outputs["incident-id"] == incident


def test_an_update_is_never_posted_twice(sim: Simulator, act: Action, incident: str) -> None:
    sim.faults.add(Fault("status", path="*/status_updates", status=502, processed=True))
    assert act("status-update", incident=incident, message="x").code == 1
    assert len(sim.pagerduty.state.status_updates[incident]) == 1


def test_what_cannot_be_posted_is_reported(sim: Simulator, act: Action, incident: str) -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({}, "", "'message' is missing"),
        ({"message": "x", "subject": "y"}, "", "Set 'subject' and 'html-message' together"),
        ({"message": "x", "html_message": "y"}, "", "Set 'subject' and 'html-message' together"),
        ({"message": "x"}, "status_updates", "plan does not include Status updates"),
    ]
    for inputs, missing, expected in cases:
        sim.pagerduty.state.missing_abilities = {missing}
        result = act("status-update", incident=incident, **inputs)
        assert result.code == 1
        assert expected in result.annotations("error")[0]
        assert incident not in sim.pagerduty.state.status_updates
