"""``fallback: events``: what the REST API won't open goes out as an alert, and never twice."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Action, Result, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator

DOWN = Fault("status", api="pagerduty", path="/incidents", status=503, count=None)
UNHEARD = Fault("reset", api="pagerduty", path="/incidents", count=None, processed=True)


def page(act: Action, **inputs: Any) -> Result:  # noqa: ANN401 - any input
    given = {"title": "Down", "service": "PSVC001", "fallback": "events", "timeout": "8"}
    return act(**{**given, "port_client_id": None, **inputs})


def sent(sim: Simulator) -> list[dict[str, Any]]:
    return [e.json for e in sim.exchanges if e.api == "events"]


def test_while_the_rest_api_is_down_the_alert_pages(sim: Simulator, act: Action) -> None:
    sim.faults.add(DOWN)
    event = from_port(
        sim, "PSVC001", title="Checkout is down", details="40 % errors", priority="P1"
    )
    result = act(event=event, fallback="events", timeout="8")

    assert result.code == 0, result.log
    (alert,) = sent(sim)
    assert alert["dedup_key"] == result.outputs["dedup-key"]
    assert alert["payload"]["summary"] == "Checkout is down"
    assert alert["payload"]["severity"] == "critical"
    assert alert["payload"]["custom_details"] == {
        "details": "40 % errors",
        "service": "PSVC001",
        "urgency": "high",
        "priority": "P1",
    }
    (warning,) = result.annotations("warning")
    assert warning.startswith("The page went out through the Events API")
    assert "it answered 503" in warning
    assert result.outputs["created"] == ""
    assert result.outputs["notified"] == ""
    entity = sim.port.state.entities["pagerdutyIncident"][alert["dedup_key"]]
    assert entity["properties"]["status"] == "triggered"
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "sending the alert through PagerDuty's Events API instead" in log
    assert warning in log


def test_the_rest_api_gets_a_quarter_of_the_time(sim: Simulator, act: Action) -> None:
    sim.faults.add(DOWN)
    result = page(act)
    assert result.code == 0, result.log
    tries = [e.arrived for e in sim.exchanges if e.path == "/incidents"]
    assert len(tries) > 1
    assert tries[-1] - tries[0] < 2.5


def test_an_incident_that_was_opened_unheard_is_joined(sim: Simulator, act: Action) -> None:
    sim.faults.add(UNHEARD)
    sim.events.delay_ms = 0
    result = page(act)
    assert result.code == 0, result.log
    assert len(sent(sim)) == 1
    assert len(sim.pagerduty.state.incidents) == 1


def test_a_re_run_finds_what_the_alert_opened(sim: Simulator, act: Action) -> None:
    fault = DOWN
    sim.faults.add(fault)
    sim.events.delay_ms = 0
    page(act)
    sim.faults.clear()
    again = page(act)
    assert again.code == 0, again.log
    (incident,) = sim.pagerduty.state.incidents
    assert again.outputs["incident-id"] == incident
    assert again.outputs["created"] == "false"
    assert len(sent(sim)) == 1


@pytest.mark.parametrize(
    "inputs",
    [{"pagerduty_token": "revoked"}, {"from_": "nobody@example.com"}],
    ids=["key", "requester"],
)
def test_credentials_that_are_refused_count_as_down(
    sim: Simulator, act: Action, inputs: dict[str, str]
) -> None:
    result = page(act, urgency="low", **inputs)
    assert result.code == 0, result.log
    (alert,) = sent(sim)
    assert alert["payload"]["severity"] == "warning"


def test_a_wish_that_is_wrong_stays_refused(sim: Simulator, act: Action) -> None:
    result = page(act, service="PSVC999")
    assert result.code == 1
    assert sent(sim) == []


def test_without_a_routing_key_nothing_is_sent(sim: Simulator, act: Action) -> None:
    result = page(act, routing_key=None)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert error.startswith("Input 'routing-key' is empty, but fallback: events needs it.")
    assert sim.exchanges == []


def test_without_the_wish_nothing_else_is_tried(sim: Simulator, act: Action) -> None:
    sim.faults.add(DOWN)
    result = page(act, fallback=None, timeout="3")
    assert result.code == 1
    assert sent(sim) == []


def test_it_is_not_for_whoever_fills_in_the_form(sim: Simulator, act: Action) -> None:
    sim.faults.add(DOWN)
    event = from_port(sim, "PSVC001", title="Down", fallback="events")
    assert act(event=event, timeout="3").code == 1
    assert sent(sim) == []


def test_when_both_are_down_both_are_named(sim: Simulator, act: Action) -> None:
    sim.faults.add(DOWN)
    sim.events.stop()
    result = page(act, timeout="4")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "it answered 503" in error
    assert "The fallback did not work either: PagerDuty Events did not accept" in error


@pytest.mark.parametrize(("count", "alerts"), [(None, 1), (0, 0)], ids=["none", "one"])
def test_of_several_services_one_alert_stands_for_all(
    sim: Simulator, act: Action, count: int | None, alerts: int
) -> None:
    if count is None:
        sim.faults.add(DOWN)
    result = page(act, service="PSVC001, PSVC002")
    assert result.code == 0, result.log
    assert [alert["payload"]["source"] for alert in sent(sim)] == ["PSVC001, PSVC002"] * alerts


def test_a_required_responder_cannot_be_seen_through_an_alert(sim: Simulator, act: Action) -> None:
    sim.faults.add(DOWN)
    result = page(act, require_responder="true")
    assert result.code == 1
    assert len(sent(sim)) == 1
    (error,) = result.annotations("error")
    assert error.startswith("Nobody can tell whether anybody was notified")
