"""Post status updates, each once."""

from __future__ import annotations

from typing import Any

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator

E_MAIL = {"subject": "Checkout", "html_message": "<p>Rolling back</p>"}


def test_the_subscribers_are_updated(sim: Simulator, act: Action, incident: str) -> None:
    for number, more in enumerate([{}, E_MAIL]):
        event = from_port(sim, incident, message="Rolling back", **more)
        result = act.succeed("status-update", event=event)
        sent = [e.json for e in sim.exchanges if e.path.endswith("/status_updates")]
        assert sent[number:] == [{"message": "Rolling back", **more}]
        log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
        assert 'Status update posted to #1234 Down: "Rolling back"' in log
    assert incident in sim.port.state.entities["pagerdutyIncident"]
    assert result.outputs["incident-id"] == incident


def test_what_cannot_be_posted_is_reported(sim: Simulator, act: Action, incident: str) -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({}, "", "'message' is missing"),
        ({"message": "x", "subject": "y"}, "", "Set 'subject' and 'html-message' together"),
        ({"message": "x", "html_message": "y"}, "", "Set 'subject' and 'html-message' together"),
        ({"message": "x"}, "status_updates", "plan does not include Status updates"),
    ]
    for inputs, missing, expected in cases:
        sim.pagerduty.state.missing_abilities = {missing}
        assert expected in act.fail("status-update", incident=incident, **inputs)
        assert incident not in sim.pagerduty.state.status_updates
