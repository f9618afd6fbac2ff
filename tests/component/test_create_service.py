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


def test_a_click_in_port_adds_a_service_to_pagerduty_and_the_catalog(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, None, **WISH, description="Finds things")
    result = act("create-service", event=event)

    assert result.code == 0, result.log
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


def test_the_routing_key_works_and_is_shown_nowhere_but_in_its_output(
    sim: Simulator, act: Action
) -> None:
    event = from_port(sim, None, **WISH)
    result = act("create-service", event=event)
    key = result.outputs["integration-key"]
    assert sim.pagerduty.state.routing_keys[key] == result.outputs["service-id"]
    assert f"::add-mask::{key}" in result.log
    others = {name: value for name, value in result.outputs.items() if name != "integration-key"}
    assert key not in json.dumps(others)
    assert key not in result.log.replace(f"::add-mask::{key}", "") + result.summary
    told = [exchange.body for exchange in sim.exchanges if exchange.api == "port"]
    assert key.encode() not in b"".join(told)

    page = act("trigger", routing_key=key, summary="Search is down")
    assert page.code == 0, page.log
    assert page.outputs["incident-id"]


def test_a_rerun_finds_the_service_and_gives_the_same_key(sim: Simulator, act: Action) -> None:
    first, again = (act("create-service", **WISH) for _ in range(2))
    assert (first.code, again.code) == (0, 0), first.log + again.log
    for name in ("service-id", "integration-id", "integration-key"):
        assert again.outputs[name] == first.outputs[name] != ""
    assert again.outputs["created"] == "false"
    assert "Service Search already exists (escalation policy Platform)." in again.log
    assert [s["name"] for s in sim.pagerduty.state.services.values()].count("Search") == 1


def test_lost_answers_make_neither_a_second_service_nor_a_second_integration(
    sim: Simulator, act: Action
) -> None:
    sim.faults.add(Fault("reset", method="POST", path="/services", processed=True))
    sim.faults.add(Fault("reset", method="POST", path="/services/*", processed=True))
    result = act("create-service", **WISH)
    assert result.code == 0, result.log
    service = sim.pagerduty.state.services[result.outputs["service-id"]]
    assert len(service["integrations"]) == 1
    assert result.outputs["integration-key"]
    assert [s["name"] for s in sim.pagerduty.state.services.values()].count("Search") == 1


def test_an_integration_that_fails_leaves_the_service_and_a_rerun_completes_it(
    sim: Simulator, act: Action
) -> None:
    sim.faults.add(Fault("status", method="POST", path="/services/*", status=403))
    result = act("create-service", **WISH)
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "failed to add the Events API v2 integration: it answered 403" in error
    assert result.outputs["service-id"] in sim.port.state.entities["pagerdutyService"]
    again = act("create-service", **WISH)
    assert again.code == 0, again.log
    assert again.outputs["integration-key"] in sim.pagerduty.state.routing_keys


def test_another_policy_of_a_service_that_is_there_is_a_warning(act: Action) -> None:
    result = act("create-service", name="Checkout", escalation_policy="Payments on-call")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert warning.startswith("Service Checkout pages escalation policy Platform, not Payments")


def test_an_unknown_policy_adds_nothing(sim: Simulator, act: Action) -> None:
    result = act("create-service", name="Search", escalation_policy="Platfrom")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "PagerDuty has no escalation policy 'Platfrom'" in error
    assert all(e.method == "GET" for e in sim.exchanges if e.api == "pagerduty")


def test_a_policy_id_that_does_not_exist_is_pagerdutys_refusal(act: Action) -> None:
    result = act("create-service", name="Search", escalation_policy="PPOL999")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "failed to create service 'Search': it answered 400, code 1014" in error
    assert "the escalation policy does not exist" in error


def test_a_service_without_a_name_is_an_error(sim: Simulator, act: Action) -> None:
    result = act("create-service", escalation_policy="Platform", integration="email")
    assert result.code == 1
    missing, wrong = result.annotations("error")
    assert missing == "Input 'name' is missing; for example name: Checkout."
    assert wrong.startswith("Input 'integration' must be one of events-v2, none, not 'email';")
    assert all(e.api == "port" for e in sim.exchanges)


def test_without_an_integration_there_is_no_key(sim: Simulator, act: Action) -> None:
    result = act("create-service", name="Search", escalation_policy="Nobody", integration="none")
    assert result.code == 0, result.log
    assert result.outputs["integration-id"] == result.outputs.get("integration-key", "") == ""
    assert sim.pagerduty.state.services[result.outputs["service-id"]]["integrations"] == []
    assert result.annotations("warning") == [
        "A page for the service would reach nobody: nobody is on call."
    ]


def test_who_is_on_call_is_no_condition(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", method="GET", path="/oncalls", status=404))
    result = act("create-service", **WISH)
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert warning.startswith("The service is there, but PagerDuty failed to list on-calls: it")


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
