"""Entities relate to what was clicked and its relations, and to what the mapping says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness import Action
from pd_incident_simulator import Simulator


@pytest.fixture(autouse=True)
def _related(sim: Simulator) -> None:
    """Let incidents relate to a microservice, and to teams."""
    for name in ("microservice", "team"):
        sim.port.state.blueprints[name] = {"identifier": name, "schema": {}, "relations": {}}
        sim.port.state.entities[name] = {one: {"identifier": one} for one in ("shop", "core")}
    relations = sim.port.state.blueprints["pagerdutyIncident"]["relations"]
    relations["microservice"] = {"target": "microservice", "many": False, "required": False}
    relations["owners"] = {"target": "team", "many": True, "required": False}


@pytest.mark.parametrize(
    ("relations", "expected"),
    [
        ({"pagerdutyService": "PSVC001"}, {"microservice": "shop"}),
        (
            {"pagerdutyService": ["PSVC001"], "owners": "core", "domain": "x", "region": None},
            {"microservice": "shop", "owners": ["core"]},
        ),
    ],
)
def test_what_was_clicked_is_related(
    sim: Simulator, act: Action, relations: dict[str, Any], expected: dict[str, Any]
) -> None:
    context = {
        "blueprint": "microservice",
        "entity": "shop",
        "run_id": sim.port.state.start_run(),
        "relations": relations,
    }
    event = {"inputs": {"title": "Down", "port_context": json.dumps(context)}}
    result = act(event=event)
    assert (result.code, result.annotations("warning")) == (0, []), result.log
    (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
    assert entity["relations"] == {"pagerdutyService": ["PSVC001"], **expected}


@pytest.mark.parametrize("config", [None, "mapping: {owners: '[\"gone\"]'}"])
def test_a_relation_that_port_refuses_costs_no_other(
    sim: Simulator, act: Action, config: str | None
) -> None:
    if config:
        pytest.importorskip("jq")
    context = {"blueprint": "domain" if config else "microservice", "entity": "gone"}
    sim.port.state.entities["pagerdutyService"]["PSVC001"] = {"identifier": "PSVC001"}
    inputs = {"title": "Down", "service": "PSVC001", "port_context": json.dumps(context)}
    result = act(event={"inputs": inputs}, config=config)
    assert 'gone" was not found' in result.annotations("warning")[0]
    (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
    assert entity["relations"] == {"pagerdutyService": ["PSVC001"]}


def test_what_is_done_to_an_incident_leaves_it_whose_it_is(sim: Simulator, act: Action) -> None:
    def event(entity: str, **inputs: str) -> dict[str, Any]:
        context = {"blueprint": "microservice", "entity": entity}
        return {"inputs": {**inputs, "port_context": json.dumps(context)}}

    act(event=event("shop", title="Down", service="PSVC001"))
    (incident,) = sim.port.state.entities["pagerdutyIncident"]
    result = act("acknowledge", event=event("core", incident=incident))
    entity = sim.port.state.entities["pagerdutyIncident"][incident]
    assert (result.code, entity["properties"]["status"]) == (0, "acknowledged"), result.log
    assert entity["relations"]["microservice"] == "shop"


@pytest.mark.parametrize("operation", ["create", "sync"])
def test_the_mapping_sets_relations(sim: Simulator, act: Action, operation: str) -> None:
    pytest.importorskip("jq")
    if operation == "sync":
        act(title="Down", service="PSVC001", port_client_id=None)
    given: dict[str, Any] = {"title": "Down", "service": "PSVC001"} if operation == "create" else {}
    config = 'mapping: {microservice: \'"shop"\', owners: \'["shop", "core"]\'}'
    result = act(operation, **given, config=config)
    assert (result.code, result.annotations("warning")) == (0, []), result.log
    (entity,) = sim.port.state.entities["pagerdutyIncident"].values()
    assert entity["relations"] == {
        "pagerdutyService": ["PSVC001"],
        "microservice": "shop",
        "owners": ["shop", "core"],
    }
