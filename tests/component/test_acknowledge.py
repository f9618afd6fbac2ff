"""Acknowledging one incident, several, and all of a service."""

from __future__ import annotations

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator


@pytest.fixture
def incidents(sim: Simulator, act: Action) -> list[str]:
    """Open two incidents on Checkout and one on Payments."""
    for number, service in enumerate(("PSVC001", "PSVC001", "PSVC002")):
        act(title=f"Down {number}", service=service, port_client_id=None)
    return list(sim.pagerduty.state.incidents)


def statuses(sim: Simulator) -> list[str]:
    return [incident["status"] for incident in sim.pagerduty.state.incidents.values()]


def test_a_click_on_an_incident_acknowledges_it(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    event = from_port(sim, incidents[0])
    result = act("acknowledge", event=event)
    assert result.code == 0, result.log
    assert statuses(sim) == ["acknowledged", "triggered", "triggered"]
    entity = sim.port.state.entities["pagerdutyIncident"][incidents[0]]
    assert entity["properties"]["status"] == "acknowledged"
    assert "Acknowledged incident" in "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert result.outputs["incident-status"] == "acknowledged"


def test_several_are_acknowledged_in_one_request(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    result = act("acknowledge", incident=",".join(incidents))
    assert result.code == 0, result.log
    assert statuses(sim) == ["acknowledged"] * 3
    assert len([e for e in sim.exchanges if e.method == "PUT"]) == 1
    assert set(sim.port.state.entities["pagerdutyIncident"]) == set(incidents)
    assert result.outputs["incident-ids"] == ",".join(incidents)


@pytest.mark.usefixtures("incidents")
def test_a_click_on_a_service_acknowledges_all_that_it_has_open(
    sim: Simulator, act: Action
) -> None:
    result = act("acknowledge", event=from_port(sim, "PSVC001"))
    assert result.code == 0, result.log
    assert statuses(sim) == ["acknowledged", "acknowledged", "triggered"]


@pytest.mark.usefixtures("incidents")
def test_a_service_may_be_named(sim: Simulator, act: Action) -> None:
    assert act("acknowledge", service="Payments").code == 0
    assert statuses(sim) == ["triggered", "triggered", "acknowledged"]


def test_a_repetition_succeeds_and_says_so(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    event = from_port(sim, incidents[0])
    act("acknowledge", event=event)
    result = act("acknowledge", event=event)
    assert result.code == 0, result.log
    assert "is already acknowledged" in result.log


def test_a_resolved_one_is_told_and_the_others_are_acknowledged(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    act("resolve", incident=incidents[0])
    result = act("acknowledge", incident=",".join(incidents))
    assert result.code == 1
    assert statuses(sim) == ["resolved", "acknowledged", "acknowledged"]
    (error,) = result.annotations("error")
    assert "Down 0 is resolved and was not acknowledged" in error


def test_an_unknown_id_changes_nothing(sim: Simulator, act: Action, incidents: list[str]) -> None:
    result = act("acknowledge", incident=f"{incidents[0]},QUNKNOWN000")
    assert result.code == 1
    assert "QUNKNOWN000" in result.annotations("error")[0]
    assert statuses(sim) == ["triggered"] * 3


def test_bad_input_is_refused_before_anything_is_sent(sim: Simulator, act: Action) -> None:
    result = act("acknowledge")
    assert result.code == 1
    assert "'incident'" in result.annotations("error")[0]
    assert [e for e in sim.exchanges if e.api == "pagerduty"] == []
