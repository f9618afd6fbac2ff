"""Port's catalog in its corners: what depends on an entity, pages of a search, blueprints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
INCIDENTS = "/v1/blueprints/pagerdutyIncident/entities"
SERVICES = "/v1/blueprints/pagerdutyService/entities"


@pytest.fixture
def related(port: Ask) -> str:
    """An incident of two services."""
    relations = {"pagerdutyService": ["PSVC001", "PSVC002"]}
    assert port("POST", INCIDENTS, {"identifier": "Q1", "relations": relations}).ok
    return "Q1"


def relations_of(sim: Simulator, identifier: str) -> object:
    return sim.port.state.entities["pagerdutyIncident"][identifier]["relations"]


def require(sim: Simulator, *, many: bool) -> None:
    relation = sim.port.state.blueprints["pagerdutyIncident"]["relations"]["pagerdutyService"]
    relation |= {"required": True, "many": many}


def test_who_may_be_without_an_entity_forgets_it(sim: Simulator, port: Ask, related: str) -> None:
    assert port("DELETE", f"{SERVICES}/PSVC001?delete_dependents=false").ok
    assert relations_of(sim, related) == {"pagerdutyService": ["PSVC002"]}
    assert port("DELETE", f"{SERVICES}/PSVC002?delete_dependents=true").ok
    assert relations_of(sim, related) == {"pagerdutyService": []}


@pytest.mark.parametrize("many", [True, False])
def test_who_can_not_be_without_an_entity_keeps_it_or_goes_too(
    sim: Simulator, port: Ask, *, many: bool
) -> None:
    require(sim, many=many)
    relations = {"pagerdutyService": ["PSVC001"] if many else "PSVC001"}
    port("POST", INCIDENTS, {"identifier": "Q2", "relations": relations})
    refused = port("DELETE", f"{SERVICES}/PSVC001?delete_dependents=false")
    assert (refused.status_code, "Q2" in refused.json()["message"]) == (422, True)
    assert port("GET", f"{SERVICES}/PSVC001").ok
    assert port("DELETE", f"{SERVICES}/PSVC001?delete_dependents=true").ok
    assert sim.port.state.entities["pagerdutyIncident"] == {}
    assert [entry.identifier for entry in sim.port.state.audit] == ["Q2", "PSVC001", "Q2"]


def test_one_of_several_can_go_even_where_some_must_be(
    sim: Simulator, port: Ask, related: str
) -> None:
    require(sim, many=True)
    assert port("DELETE", f"{SERVICES}/PSVC001?delete_dependents=false").ok
    assert relations_of(sim, related) == {"pagerdutyService": ["PSVC002"]}


def test_a_run_that_has_ended_deletes_nothing(sim: Simulator, port: Ask, related: str) -> None:
    run_id = sim.port.state.start_run()
    path = f"{INCIDENTS}/{related}?delete_dependents=false&run_id={run_id}"
    sim.port.state.runs[run_id].status = "SUCCESS"
    assert port("DELETE", path).status_code == 422
    sim.port.state.runs[run_id].status = "IN_PROGRESS"
    assert port("DELETE", path).ok
    assert sim.port.state.audit[-1].by == run_id


def test_a_search_is_answered_page_by_page(port: Ask) -> None:
    first = port("POST", f"{SERVICES}/search", {"limit": 2}).json()
    assert [entity["identifier"] for entity in first["entities"]] == ["PSVC001", "PSVC002"]
    second = port("POST", f"{SERVICES}/search", {"limit": 2, "from": first["next"]}).json()
    assert [entity["identifier"] for entity in second["entities"]] == ["PSVC003"]
    assert "next" not in second
    assert port("GET", f"{SERVICES}-count").json()["count"] == 3


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": "2"}, {"limit": 1001}, {"from": "x"}])
def test_a_page_that_can_not_be_is_refused(port: Ask, wrong: dict[str, object]) -> None:
    assert port("POST", f"{SERVICES}/search", wrong).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": {}},
        {"schema": {"properties": {"size": {"type": "text"}}}},
        {"schema": {"properties": {"size": {}}}},
        {"relations": {"of": {"target": "none", "many": False, "required": False}}},
        {"relations": ["of"]},
    ],
)
def test_a_blueprint_that_makes_no_sense_is_refused(port: Ask, changes: dict[str, Any]) -> None:
    blueprint = {"identifier": "team", "title": "Team", "schema": {"properties": {}}}
    assert port("POST", "/v1/blueprints", blueprint | changes).status_code == 422
    assert port("GET", "/v1/blueprints/team").status_code == 404


def test_a_blueprint_may_relate_to_itself(port: Ask) -> None:
    relation = {"target": "team", "many": False, "required": False}
    blueprint = {"identifier": "team", "title": "Team", "schema": {"properties": {}}}
    answer = port("POST", "/v1/blueprints", blueprint | {"relations": {"of": relation}})
    assert answer.status_code == 201
