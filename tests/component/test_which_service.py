"""Which service is paged: the one given, the entity, its relations, the file, its name."""

from __future__ import annotations

import json
from typing import Any

from harness import Action, Anew, Result
from pd_incident_simulator import Simulator

RELATED = {"pager_duty_service": "PSVC002"}
GUESS = "Port's entity '{}' neither is nor relates to one of PagerDuty's"


def page(act: Action, context: dict[str, Any], operation: str = "create", **inputs: Any) -> Result:  # noqa: ANN401 - any input
    event = {"inputs": {"title": "Down", "port_context": json.dumps(context)}}
    return act(operation, event=event, port_client_id=None, **inputs)


def paged(sim: Simulator) -> list[str]:
    """List the services that have incidents, by name."""
    return sorted(one["service"]["summary"] for one in sim.pagerduty.state.incidents.values())


def service(blueprint: str, entity: str, relations: object = None) -> dict[str, Any]:
    return {"blueprint": blueprint, "entity": entity, "relations": relations}


FILE = "services: {default: PSVC001, shop: PSVC002}"


def test_who_is_paged_is_known(anew: Anew) -> None:
    for context, inputs, expected in [
        # Given under with: or in the form, in the file, by the entity, by its relation.
        (service("pagerdutyService", "PSVC001"), {"service": "Payments"}, ["Payments"]),
        (service("pagerdutyService", "PSVC001", RELATED), {}, ["Checkout"]),
        (service("Pager Duty Service", "PSVC001", RELATED), {}, ["Checkout"]),
        (service("service", "checkout", RELATED), {}, ["Payments"]),
        (service("service", "checkout", RELATED), {"config": FILE}, ["Payments"]),
        (service("service", "x", {"pagerdutyService": {"title": "Payments"}}), {}, ["Payments"]),
        (service("service", "x", '{"pagerduty_services": ["PSVC002"]}'), {}, ["Payments"]),
        (
            service("service", "x", {"PagerDuty Services": [{"identifier": "PSVC001"}, "PSVC002"]}),
            {},
            ["Checkout", "Payments"],
        ),
        (service("service", "Payments"), {"config": FILE}, ["Checkout"]),
        (service("service", "SHOP"), {"config": FILE}, ["Payments"]),
        (service("pagerdutyIncident", "Q1ABCDEF234567", RELATED), {}, ["Payments"]),
    ]:
        with anew() as (sim, act):
            result = page(act, context, **inputs)
            assert (result.code, paged(sim)) == (0, expected), result.log
            assert GUESS.format(context["entity"]) not in result.log


def test_a_name_is_taken_for_a_service_only_as_a_last_resort(anew: Anew) -> None:
    cases: list[object] = [None, "null", {}, {"pagerdutyService": []}, {"team": "T1"}]
    for relations in cases:
        with anew() as (sim, act):
            result = page(act, service("service", "payments", relations))
            assert (result.code, paged(sim)) == (0, ["Payments"]), result.log
            assert GUESS.format("payments") in result.log


def test_an_unknown_name_pages_nobody_and_says_where_it_came_from(
    sim: Simulator, act: Action
) -> None:
    result = page(act, service("service", "warehouse"))
    assert (result.code, paged(sim)) == (1, [])
    assert GUESS.format("warehouse") in result.log
    assert "PagerDuty has no service 'warehouse'" in result.annotations("error")[0]
    result = page(act, service("service", "", {"pagerdutyService": None}))
    assert "Input 'service' is missing" in result.annotations("error")[0]


def test_several_services_get_one_linked_incident_each(sim: Simulator, act: Action) -> None:
    page(act, service("service", "x", {"pagerduty_service": ["PSVC001", "PSVC002"]}))
    state = sim.pagerduty.state
    assert paged(sim) == ["Checkout", "Payments"]
    for identifier in state.incidents:
        assert "Opened together with" in state.notes[identifier][-1]["content"]


def test_the_same_service_is_meant_by_other_operations(act: Action, sim: Simulator) -> None:
    context = service("service", "checkout", RELATED)
    assert "On call for service Payments" in page(act, context, "on-call").log
    assert "Maintenance of Payments" in page(act, context, "maintenance", end="2h").log
    for operation in ("report", "check-sla", "sync-plan"):
        config = "severities: {SEV-1: {urgency: high, acknowledge-within: 5m}}"
        result = page(act, context, operation, config=config)
        assert result.code == 0, result.log
        assert GUESS.format("checkout") not in result.log
    lists = [e for e in sim.exchanges if e.method == "GET" and e.path == "/incidents"]
    assert lists
    assert all(e.query.get("service_ids[]") == ["PSVC002"] for e in lists)


def test_a_schedule_that_is_given_leaves_the_entity_alone(act: Action) -> None:
    result = page(act, service("service", "warehouse"), "on-call", schedule="Platform primary")
    assert "On call for schedule Platform primary" in result.log
    assert GUESS.format("warehouse") not in result.log


def test_a_schedule_is_found_like_a_service(sim: Simulator, act: Action) -> None:
    inputs = {"assignee": "grace@example.com", "end": "8h"}
    context = service("service", "checkout", {"pagerduty_schedule": "PSCHED1"})
    result = page(act, context, "override", **inputs)
    assert (result.code, len(sim.pagerduty.state.schedules["PSCHED1"].overrides)) == (0, 1)
    assert GUESS.format("checkout") not in result.log
    for blueprint, is_guess in (("pagerdutySchedule", False), ("rota", True)):
        result = page(act, service(blueprint, "Platform primary"), "override", **inputs)
        assert (GUESS.format("Platform primary") in result.log) is is_guess
        assert result.code == 0


def test_what_is_given_beats_what_the_context_suggests(
    sim: Simulator, act: Action, incident: str
) -> None:
    context = service("pagerdutyService", "PSVC002")
    assert page(act, context, "acknowledge", incident=incident).code == 0
    assert sim.pagerduty.state.incidents[incident]["status"] == "acknowledged"
    result = page(act, service("pagerdutyIncident", "Q1OTHER0000001"), "resolve", service="PSVC001")
    assert result.code == 0, result.log
    assert sim.pagerduty.state.incidents[incident]["status"] == "resolved"
    result = page(act, context, "resolve", incident=incident, service="PSVC001")
    assert "Set either 'incident' or 'service'" in result.annotations("error")[0]
    result = page(act, context, "note", note="x")
    assert "Input 'incident' is missing" in result.annotations("error")[0]
