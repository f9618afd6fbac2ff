"""Statuses by the names of the organisation's own tool, both ways."""

from __future__ import annotations

from typing import Any

from harness import Action, from_port
from pd_incident_simulator import Simulator
from pd_incident_simulator.port.blueprints import documented_incident_blueprint

CONFIG = (
    "statuses: {open: triggered, new: triggered, mitigated: acknowledged, 'clo\\(sed': resolved}"
)
GIVEN: dict[str, Any] = {"config": CONFIG}


def free(sim: Simulator) -> dict[str, Any]:
    """Let the blueprint's status take any text; return the entities."""
    del sim.port.state.blueprints["pagerdutyIncident"]["schema"]["properties"]["status"]["enum"]
    return sim.port.state.entities.setdefault("pagerdutyIncident", {})


def test_entities_have_their_names(sim: Simulator, act: Action) -> None:
    entities = free(sim)
    assert act(**GIVEN, event=from_port(sim, "PSVC001", title="Down")).code == 0
    (incident,) = sim.pagerduty.state.incidents
    assert entities[incident]["properties"]["status"] == "open"
    act("acknowledge", **GIVEN, incident=incident)
    assert entities[incident]["properties"]["status"] == "mitigated"
    act("resolve", incident=incident, port_client_id=None)
    act.succeed("sync", **GIVEN, status="Open, mitigated")
    (query,) = {tuple(e.query["statuses[]"]) for e in sim.exchanges if "statuses[]" in e.query}
    assert query == ("triggered", "acknowledged")
    assert entities[incident]["properties"]["status"] == "clo\\(sed"


def test_an_alert_is_ended_by_ones_own_name(sim: Simulator, act: Action) -> None:
    alert: dict[str, Any] = {"summary": "Down", "dedup_key": "down"}
    act("trigger", **alert)
    result = act("trigger", **GIVEN, **alert, event_action="clo\\(sed")
    assert result.code == 0, result.log
    (incident,) = sim.pagerduty.state.incidents.values()
    assert incident["status"] == "resolved"


def test_a_name_outside_the_blueprints_values_is_explained(sim: Simulator, act: Action) -> None:
    sim.port.state.blueprints["pagerdutyIncident"] = documented_incident_blueprint()
    result = act(**GIVEN, title="Down", service="PSVC001")
    (warning,) = result.annotations("warning")
    assert "Property 'status' of the entity takes only triggered, " in warning
    assert "not open; that was left out" in warning
    assert "lacks" not in warning


def test_setup_lets_the_blueprint_and_the_webhook_take_them(sim: Simulator, act: Action) -> None:
    assert act("setup", **GIVEN, actions="none").code == 0
    act(title="Down", service="PSVC001", port_client_id=None)
    assert sim.pagerduty.state.outbox.settle()
    entities = sim.port.state.entities["pagerdutyIncident"].values()
    assert [one["properties"]["status"] for one in entities] == ["open"]
