"""Port's blueprints are kept, decide what entities need, and entities are found by query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.port.blueprints import integration_incident_blueprint

Ask = Callable[..., requests.Response]
PATH = "/v1/blueprints/pagerdutyIncident/entities"
UPSERT = f"{PATH}?upsert=true&merge=true"
ENTITY: dict[str, Any] = {
    "identifier": "Q1",
    "title": "Down",
    "properties": {"status": "triggered", "urgency": "high"},
    "relations": {"pagerdutyService": ["PSVC001"]},
}


def test_the_integrations_blueprint_relates_to_one_service(sim: Simulator, port: Ask) -> None:
    sim.port.state.blueprints["pagerdutyIncident"] = integration_incident_blueprint()
    assert port("POST", UPSERT, ENTITY).status_code == 422
    one = ENTITY | {"relations": {"pagerdutyService": "PSVC001"}}
    assert port("POST", UPSERT, one).status_code == 201


def test_what_the_blueprint_requires_must_be_there(sim: Simulator, port: Ask) -> None:
    blueprint = sim.port.state.blueprints["pagerdutyIncident"]
    blueprint["schema"]["required"] = ["urgency"]
    assert port("POST", UPSERT, ENTITY).status_code == 201
    incomplete = ENTITY | {"properties": {"status": "resolved"}}
    assert port("POST", UPSERT, incomplete).status_code == 201, "the merged entity is complete"
    assert port("POST", f"{PATH}?upsert=true", incomplete).status_code == 422
    blueprint["relations"]["pagerdutyService"]["required"] = True
    unrelated = {"identifier": "Q2", "properties": {"urgency": "low"}}
    assert "pagerdutyService" in port("POST", UPSERT, unrelated).json()["message"]


def test_an_unknown_blueprint_is_not_found(port: Ask) -> None:
    for method, path in (
        ("POST", "/v1/blueprints/none/entities"),
        ("GET", "/v1/blueprints/none/entities"),
        ("GET", "/v1/blueprints/none"),
    ):
        assert port(method, path, {"identifier": "Q1"}).status_code == 404


def test_blueprints_are_added_replaced_and_patched(sim: Simulator, port: Ask) -> None:
    blueprint = {"identifier": "team", "title": "Team", "schema": {"properties": {}}}
    path = "/v1/blueprints/team"
    made = port("POST", "/v1/blueprints", blueprint)
    assert (made.status_code, made.json()["blueprint"]["createdBy"]) == (201, "simulator")
    assert port("POST", "/v1/blueprints", blueprint).status_code == 409
    assert port("POST", "/v1/blueprints", {"identifier": "x"}).status_code == 422
    sim.port.state.blueprints["team"]["createdAt"] = "2026-01-01T00:00:00.000Z"
    patched = port("PATCH", path, {"title": "Teams"}).json()["blueprint"]
    assert (patched["title"], patched["schema"]) == ("Teams", {"properties": {}})
    schema = {"properties": {"size": {"type": "number"}}}
    replaced = port("PUT", path, {"schema": schema}).json()["blueprint"]
    assert (replaced["identifier"], replaced["schema"]) == ("team", schema)
    assert "title" not in replaced
    assert replaced["createdAt"] == patched["createdAt"] == "2026-01-01T00:00:00.000Z"


def test_numbers_are_no_texts_and_no_flags(sim: Simulator, port: Ask) -> None:
    properties = sim.port.state.blueprints["pagerdutyService"]["schema"]["properties"]
    properties |= {"size": {"type": "number"}, "live": {"type": "boolean"}}
    path = "/v1/blueprints/pagerdutyService/entities"
    for given, status in (
        ({"size": 3, "live": True}, 201),
        ({"size": "3"}, 422),
        ({"size": True}, 422),
        ({"live": 1}, 422),
    ):
        body = {"identifier": "a", "properties": given}
        assert port("POST", f"{path}?upsert=true", body).status_code == status


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], ["PSVC001", "PSVC002", "PSVC003"]),
        ([("$title", "=", "Payments")], ["PSVC002"]),
        ([("$title", "!=", "Payments"), ("status", "=", "active")], ["PSVC001", "PSVC003"]),
        ([("$identifier", "in", ["PSVC001"])], ["PSVC001"]),
        ([("$title", "contains", "base")], ["PSVC003"]),
        ([("url", "isNotEmpty", None)], []),
        ([("url", "isEmpty", None)], ["PSVC001", "PSVC002", "PSVC003"]),
    ],
)
def test_searching(port: Ask, rules: list[tuple[str, str, object]], expected: list[str]) -> None:
    listed = [{"property": p, "operator": o, "value": v} for p, o, v in rules]
    query = {"combinator": "and", "rules": listed}
    within = port("POST", "/v1/blueprints/pagerdutyService/entities/search", {"query": query})
    assert [entity["identifier"] for entity in within.json()["entities"]] == expected
    everywhere = port("POST", "/v1/entities/search", query)
    assert [entity["identifier"] for entity in everywhere.json()["entities"]] == expected


def test_a_search_may_be_nested_and_must_be_one_that_is_known(port: Ask) -> None:
    rules = [
        {"property": "$title", "operator": "=", "value": name} for name in ("Checkout", "Payments")
    ]
    of_services = {"property": "$blueprint", "operator": "=", "value": "pagerdutyService"}
    either = {"combinator": "or", "rules": rules}
    query = {"combinator": "and", "rules": [of_services, either]}
    answer = port("POST", "/v1/entities/search", query)
    assert [entity["title"] for entity in answer.json()["entities"]] == ["Checkout", "Payments"]
    for wrong in (
        {"combinator": "xor", "rules": []},
        {"combinator": "and", "rules": [{"property": "$title", "operator": "~", "value": "x"}]},
    ):
        assert port("POST", "/v1/entities/search", wrong).status_code == 422
