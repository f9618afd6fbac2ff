"""``operation: create-service``: a service with an integration whose key works at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from harness import Action, from_port, run_id_of
from pd_incident_action.pagerduty.directory import Directory, ResourceType
from pd_incident_action.pagerduty.models import Integration, Reference
from pd_incident_action.pagerduty.services import Services
from pd_incident_simulator import Fault, Simulator

WISH: dict[str, Any] = {"name": "Search", "escalation_policy": "Platform"}


def test_a_click_in_port_adds_a_service_whose_key_is_only_in_its_output(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, None, **WISH, description="Finds things")
    result = act.succeed("create-service", event=event)

    identifier = result.outputs["service-id"]
    service = sim.pagerduty.state.services[identifier]
    assert (service["name"], service["description"]) == ("Search", "Finds things")
    assert service["escalation_policy"]["id"] == "PPOL001"
    assert result.outputs["service-url"] == service["html_url"]
    assert result.outputs["created"] == "true"
    entity = sim.port.state.entities["pagerdutyService"][identifier]
    assert entity["title"] == "Search"
    assert entity["properties"]["oncall"] == "ada@example.com"
    assert entity["properties"]["status"] == "active"
    log = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "Created service Search (escalation policy Platform)." in log

    key = result.outputs["integration-key"]
    assert sim.pagerduty.state.routing_keys[key] == identifier
    assert f"::add-mask::{key}" in result.log
    others = {name: value for name, value in result.outputs.items() if name != "integration-key"}
    assert key not in json.dumps(others)
    assert key not in result.log.replace(f"::add-mask::{key}", "") + result.summary
    told = [exchange.body for exchange in sim.exchanges if exchange.api == "port"]
    assert key.encode() not in b"".join(told)
    page = act.succeed("trigger", routing_key=key, summary="Search is down")
    assert page.outputs["incident-id"]


def test_lost_answers_and_reruns_make_one_service_with_one_integration(
    sim: Simulator, act: Action
) -> None:
    for path in ("/services", "/services/*"):
        sim.faults.add(Fault("reset", method="POST", path=path, processed=True))
    first, again = (act.succeed("create-service", **WISH) for _ in range(2))
    (service,) = [s for s in sim.pagerduty.state.services.values() if s["name"] == "Search"]
    assert len(service["integrations"]) == 1
    for name in ("service-id", "integration-id", "integration-key"):
        assert again.outputs[name] == first.outputs[name] != ""
    assert again.outputs["created"] == "false"
    assert "Service Search already exists (escalation policy Platform)." in again.log


def test_an_integration_that_fails_leaves_the_service_and_a_rerun_completes_it(
    sim: Simulator, act: Action
) -> None:
    sim.faults.add(Fault("status", method="POST", path="/services/*", status=403))
    error = act.fail("create-service", **WISH)
    assert "failed to add the Events API v2 integration: it answered 403" in error
    (service,) = [s for s in sim.pagerduty.state.services.values() if s["name"] == "Search"]
    assert service["id"] in sim.port.state.entities["pagerdutyService"]
    again = act.succeed("create-service", **WISH)
    assert again.outputs["integration-key"] in sim.pagerduty.state.routing_keys


def test_what_it_lacks_is_a_warning(sim: Simulator, act: Action) -> None:
    for given, warning in [
        (
            {"name": "Checkout", "escalation_policy": "Payments on-call"},
            "Service Checkout pages escalation policy Platform, not Payments",
        ),
        (
            {"name": "Search", "escalation_policy": "Nobody", "integration": "none"},
            "A page for the service would reach nobody: nobody is on call.",
        ),
    ]:
        result = act.succeed("create-service", **given)
        assert [warning in one for one in result.annotations("warning")] == [True]
    assert result.outputs["integration-id"] == result.outputs.get("integration-key", "") == ""
    assert sim.pagerduty.state.services[result.outputs["service-id"]]["integrations"] == []
    sim.faults.add(Fault("status", method="GET", path="/oncalls", status=404))
    (warning,) = act.succeed("create-service", **WISH | {"name": "Mail"}).annotations("warning")
    assert warning.startswith("The service is there, but PagerDuty failed to list on-calls: it")


def test_what_is_wrong_adds_nothing(sim: Simulator, act: Action) -> None:
    before = dict(sim.pagerduty.state.services)
    result = act("create-service", escalation_policy="Platform", integration="email")
    missing, wrong = result.annotations("error")
    assert missing == "Input 'name' is missing; for example name: Checkout."
    assert wrong.startswith("Input 'integration' must be one of events-v2, none, not 'email';")
    assert all(e.api == "port" for e in sim.exchanges)
    error = act.fail("create-service", name="Search", escalation_policy="Platfrom")
    assert "PagerDuty has no escalation policy 'Platfrom'" in error
    error = act.fail("create-service", name="Search", escalation_policy="PPOL999")
    assert "failed to create service 'Search': it answered 400, code 1014" in error
    assert "the escalation policy does not exist" in error
    assert sim.pagerduty.state.services == before


def test_a_key_that_pagerduty_hides_fails_the_step(
    act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Services, "events_integration", lambda *_: Integration(id="PINT1"))
    result = act("create-service", **WISH)
    assert (result.code, result.outputs["integration-id"]) == (1, "PINT1")
    (error,) = result.annotations("error")
    assert "failed to show the key of service" in error


@pytest.mark.parametrize("taken", [True, False])
def test_a_refusal_counts_unless_somebody_else_was_faster(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch, *, taken: bool
) -> None:
    body = '{"error": {"message": "Name has already been taken", "code": 2001}}'
    sim.faults.add(Fault("status", method="POST", path="/services", status=400, body=body))
    name = "Checkout" if taken else "Search"
    finds: Iterator[list[Reference]] = iter([[]])
    find_by_name = Directory.find_by_name

    def find(directory: Directory, kind: ResourceType, text: str) -> list[Reference]:
        hidden = next(finds, None)
        return find_by_name(directory, kind, text) if hidden is None else hidden

    monkeypatch.setattr(Directory, "find_by_name", find)
    result = act("create-service", name=name, escalation_policy="PPOL001")
    assert (result.code, result.outputs.get("service-id", "")) == (
        (0, "PSVC001") if taken else (1, "")
    )
    assert ("Name has already been taken" in result.log) is not taken
