"""A dry run looks everything up and shows what would be done; it changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness import ACCOUNT_TOKEN, Action, from_port
from pd_incident_simulator import Exchange, Simulator

READS = {"GET"}


def changes(exchanges: list[Exchange]) -> list[Exchange]:
    """List what was sent to change something."""
    return [
        e
        for e in exchanges
        if e.method not in READS
        and not e.path.endswith("/access_token")
        and e.query.get("validation_only") != ["true"]
    ]


def test_nothing_is_opened_and_the_exact_request_is_shown(sim: Simulator, act: Action) -> None:
    event = from_port(sim, None, title='Down "x"', service="Checkout", assignee="Ada@example.com")
    result = act(event=event, dry_run="true")
    assert result.code == 0, result.log
    assert changes(sim.exchanges) == []
    assert sim.pagerduty.state.incidents == {}
    assert sim.port.state.entities["pagerdutyIncident"] == {}
    (run,) = sim.port.state.runs.values()
    assert (run.logs, run.ended) == ([], False)

    plan = json.loads(result.outputs["plan"])
    (request,) = plan["requests"]
    assert request["url"] == f"{sim.pagerduty.url}/incidents"
    incident = request["body"]["incident"]
    assert (incident["title"], incident["service"]["id"]) == ('Down "x"', "PSVC001")
    assert incident["assignments"][0]["assignee"]["id"] == "PUSER1"
    (entity,) = plan["entities"]
    assert (entity["blueprint"], entity["new"]) == ("pagerdutyIncident", True)
    assert "Would send: PagerDuty: POST" in result.log
    assert "(pagerdutyIncident) would be created: " in result.log
    assert "nothing was sent" in result.summary
    assert result.outputs["incident-id"] == ""
    assert ACCOUNT_TOKEN not in result.everything


def test_a_change_shows_what_would_change_in_the_catalog(sim: Simulator, act: Action) -> None:
    act(event=from_port(sim, "PSVC001", title="Down"))
    (incident,) = sim.pagerduty.state.incidents
    before = len(sim.exchanges)
    event = from_port(sim, incident, urgency="low")
    result = act("escalate", event=event, dry_run="true")
    assert result.code == 0, result.log
    assert changes(sim.exchanges[before:]) == []
    assert sim.pagerduty.state.incidents[incident]["urgency"] == "high"
    assert f"Entity {incident} (pagerdutyIncident) would change: urgency: high → low" in result.log


def test_an_event_is_planned_without_waiting_for_its_incident(sim: Simulator, act: Action) -> None:
    result = act("trigger", summary="Down", dry_run="true", port_client_id=None)
    assert result.code == 0, result.log
    assert changes(sim.exchanges) == []
    (request,) = json.loads(result.outputs["plan"])["requests"]
    assert request["body"]["payload"]["summary"] == "Down"
    assert request["body"]["routing_key"] == "***"
    assert result.seconds < 5


def test_each_of_several_services_is_planned(sim: Simulator, act: Action) -> None:
    result = act(title="Down", service="PSVC001,PSVC002", dry_run="true")
    assert result.code == 0, result.log
    planned = json.loads(result.outputs["plan"])["requests"]
    pages = [one for one in planned if one["url"].endswith("/incidents")]
    assert len(pages) == 2
    assert changes(sim.exchanges) == []


def test_what_would_fail_fails(sim: Simulator, act: Action) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"service": "Chekcout"}, "no service 'Chekcout'"),
        ({"service": "PSVC001", "dry_run": "perhaps"}, "must be true or false"),
    ]
    for inputs, expected in cases:
        result = act(**({"title": "Down", "dry_run": "true"} | inputs))
        assert result.code == 1
        assert expected in result.annotations("error")[0]
        assert sim.pagerduty.state.incidents == {}


def test_an_entity_that_port_would_refuse_is_a_warning(sim: Simulator, act: Action) -> None:
    sim.port.state.blueprints["pagerdutyIncident"]["schema"]["required"] = ["owner"]
    sim.port.state.blueprints["pagerdutyIncident"]["schema"]["properties"]["owner"] = {
        "type": "string"
    }
    result = act(event=from_port(sim, "PSVC001", title="Down"), dry_run="true")
    assert result.code == 0, result.log
    assert "Port failed to accept entity" in " ".join(result.annotations("warning"))


def test_a_bug_in_a_dry_run_has_paged_nobody(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pd_incident_action.reporting.dry_run.publish", fail)
    result = act(title="Down", service="PSVC001", dry_run="true")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "(ZeroDivisionError); please report it" in error
    assert sim.pagerduty.state.incidents == {}
