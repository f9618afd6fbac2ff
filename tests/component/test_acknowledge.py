"""Acknowledge one incident, several, or all of a service."""

from __future__ import annotations

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_simulator import Simulator

PUT_ALL = ("PUT", "/incidents")


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
    result = act.succeed("acknowledge", event=event)
    assert statuses(sim) == ["acknowledged", "triggered", "triggered"]
    entity = sim.port.state.entities["pagerdutyIncident"][incidents[0]]
    assert entity["properties"]["status"] == "acknowledged"
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "Acknowledged incident #1234 Down 0." in log
    assert result.outputs["incident-status"] == "acknowledged"
    assert result.annotations("notice")[0].startswith("Acknowledged incident")

    result = act.succeed("acknowledge", event=event)
    assert "No changes: incident #1234 Down 0 is already acknowledged." in result.log


def test_several_are_acknowledged_in_one_request(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    act("acknowledge", incident=incidents[1], port_client_id=None)
    result = act.succeed("acknowledge", incident=",".join(incidents))
    assert statuses(sim) == ["acknowledged"] * 3
    (bulk,) = [e.json["incidents"] for e in sim.exchanges if (e.method, e.path) == PUT_ALL]
    assert [one["id"] for one in bulk] == [incidents[0], incidents[2]]
    assert set(sim.port.state.entities["pagerdutyIncident"]) == set(incidents)
    assert result.outputs["incident-ids"] == ",".join(incidents)
    assert "Acknowledged 2 of 3 incidents; 1 needed no change." in result.log
    assert "#1235 Down 1 is already acknowledged." in result.log

    result = act("acknowledge", incident=",".join(incidents))
    assert "No changes: all 3 incidents are already acknowledged." in result.log


@pytest.mark.usefixtures("incidents")
def test_all_open_incidents_of_a_service_are_acknowledged(sim: Simulator, act: Action) -> None:
    act.succeed("acknowledge", event=from_port(sim, "PSVC001"))
    assert statuses(sim) == ["acknowledged", "acknowledged", "triggered"]
    act.succeed("acknowledge", service="Payments")
    assert statuses(sim) == ["acknowledged"] * 3


def test_a_resolved_incident_is_not_reopened(
    sim: Simulator, act: Action, incidents: list[str]
) -> None:
    act("resolve", incident=incidents[0])
    for incident in (incidents[0], ",".join(incidents)):
        error = act.fail("acknowledge", incident=incident)
        assert "Down 0 is resolved and was not acknowledged: PagerDuty would reopen it" in error
    assert statuses(sim) == ["resolved", "acknowledged", "acknowledged"]


def test_what_is_wrong_changes_nothing(sim: Simulator, act: Action, incidents: list[str]) -> None:
    for inputs, words in [
        ({}, "Set either 'incident' or 'service'."),
        ({"incident": incidents[0], "service": "Checkout"}, "Set either 'incident' or 'service'."),
        ({"incident": f"{incidents[0]},QUNKNOWN000"}, "failed to find incident QUNKNOWN000"),
    ]:
        assert words in act.fail("acknowledge", **inputs)
        assert statuses(sim) == ["triggered"] * 3
