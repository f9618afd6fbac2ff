"""Entities: their endpoints, and what is written of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, ApiResponseTooLarge
from pd_incident_action.http.messages import ApiRequest, ApiResponse
from pd_incident_action.models import Entity
from pd_incident_action.port.client import PortClient
from pd_incident_action.port.entities import CatalogEntity, EntityWriter, PortEntities
from port_account import API

ENTITIES = [Entity("b/c", f"Q{number}", "Down", {"status": "triggered"}) for number in (1, 2)]
PATH = "/v1/blueprints/b%2Fc/entities"
MERGE = {"upsert": "true", "merge": "true"}
ERROR = {
    "identifier": "Q2",
    "index": 1,
    "statusCode": 422,
    "error": "invalid_request",
    "message": "must be string",
}


class Api:
    """Gives the answers of a list, one after the other; an error is raised."""

    def __init__(self, *answers: Any) -> None:  # noqa: ANN401 - JSON or errors
        self.answers: Iterator[Any] = iter(answers)
        self.calls: list[ApiRequest] = []

    def send(self, call: ApiRequest) -> ApiResponse:
        self.calls.append(call)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return ApiResponse(200, {}, answer)


def test_entities_are_merged_into() -> None:
    cases: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({}, MERGE),
        ({"run_id": "r_1"}, {**MERGE, "run_id": "r_1"}),
        ({"run_id": "wfnr_1"}, MERGE),
        ({"create_missing": True}, {**MERGE, "create_missing_related_entities": "true"}),
    ]
    for options, params in cases:
        api = Api({}, {"ok": True, "entities": [], "errors": []})
        endpoint = PortEntities(api.send, "b/c", **options)
        endpoint.upsert(ENTITIES[0])
        assert endpoint.upsert_all(ENTITIES) == {}
        one, several = api.calls
        assert (one.method, one.path, one.params) == ("POST", PATH, params)
        assert one.json == ENTITIES[0].as_json()
        assert (several.method, several.path, several.params) == ("POST", f"{PATH}/bulk", params)
        assert several.json == {"entities": [entity.as_json() for entity in ENTITIES]}


def test_each_refusal_of_several_is_explained() -> None:
    refusals = PortEntities(Api({"errors": [ERROR]}).send, "b").upsert_all(ENTITIES)
    assert list(refusals) == ["Q2"]
    assert str(refusals["Q2"]).startswith(
        "Port failed to write entity 'Q2': it answered 422, code invalid_request "
        '"must be string": Port refused a value; check the blueprint'
    )
    long = ERROR | {"message": "no " * 1_000_000, "identifier": "Q1 " * 1000}
    (refusal,) = PortEntities(Api({"errors": [long]}).send, "b").upsert_all(ENTITIES).values()
    assert len(str(refusal)) < 1500
    answers: list[object] = [None, [], {"errors": None}, {"errors": [5]}]
    for answer in answers:
        assert PortEntities(Api(answer).send, "b").upsert_all(ENTITIES) == {}


def test_what_port_refuses_together_is_written_one_by_one() -> None:
    for status in (413, 422):
        refused = ApiRejected("no", status=status)
        api = Api(refused, {}, refused)
        assert PortEntities(api.send, "b").upsert_all(ENTITIES) == {"Q2": refused}
        sent = [call.json["entities"] for call in api.calls if isinstance(call.json, dict)]
        assert [len(entities) for entities in sent] == [2, 1, 1]
    with pytest.raises(ApiRejected):
        PortEntities(Api(ApiRejected("forbidden", status=403)).send, "b").upsert_all(ENTITIES)


def test_an_entity_is_read_if_it_exists() -> None:
    shown = {"identifier": "Q1", "title": "Down", "properties": None, "relations": {"a": ["b"]}}
    missing, forbidden = ApiRejected("no", status=404), ApiRejected("forbidden", status=403)
    endpoint = PortEntities(Api({"entity": shown}, missing, missing, forbidden).send, "b")
    assert endpoint.get("Q1") == CatalogEntity.read(shown)
    assert endpoint.get("Q2") is None
    endpoint.delete("Q2")
    with pytest.raises(ApiRejected, match="forbidden"):
        endpoint.get("Q1")


def test_a_search_goes_on_to_the_last_page_and_halves_pages_that_are_too_large() -> None:
    too_large = ApiResponseTooLarge("too large")
    api = Api(
        too_large,
        too_large,
        {"entities": [{"identifier": "Q1"}, 5], "next": "more"},
        {"entities": []},
    )
    rule = {"property": "status", "operator": "=", "value": "triggered"}
    found = PortEntities(api.send, "b").search([rule])
    assert [entity.identifier for entity in found] == ["Q1"]
    query = {"combinator": "and", "rules": [rule]}
    assert [call.json for call in api.calls] == [
        {"query": query, "limit": 200},
        {"query": query, "limit": 100},
        {"query": query, "limit": 50},
        {"query": query, "limit": 50, "from": "more"},
    ]
    assert not api.calls[0].writes, "a dry run searches, too"
    with pytest.raises(ApiResponseTooLarge):
        list(PortEntities(Api(*[too_large] * 8).send, "b").search([]))


BLUEPRINT: dict[str, Any] = {
    "schema": {"properties": {"status": {"type": "string"}}},
    "relations": {"service": {"target": "pagerdutyService"}},
}
INCIDENT = Entity("b", "Q1", "Down", {"status": "triggered", "oddity": 1})


@pytest.fixture
def writer(api: RequestsMock, port: PortClient) -> EntityWriter:
    """A writer that knows its blueprint."""
    api.add("GET", f"{API}/blueprints/b", json={"blueprint": BLUEPRINT})
    writer = EntityWriter("b")
    writer.read_blueprint(port)
    return writer


def bodies(api: RequestsMock) -> list[Any]:
    """List the entities that were sent."""
    sent = (call.request for call in api.calls if "/entities" in str(call.request.url))
    return [json.loads(request.body or "") for request in sent]


def test_an_entity_is_written_in_its_blueprints_shape(
    api: RequestsMock, port: PortClient, writer: EntityWriter
) -> None:
    api.add("POST", f"{API}/blueprints/b/entities", json={})
    writer.entities = (INCIDENT,)
    writer.write(port, "r_1")
    writer.write(port, "r_1")
    body = {"identifier": "Q1", "title": "Down", "properties": {"status": "triggered"}}
    assert bodies(api) == [body]
    assert [one.identifier for one in writer.written] == ["Q1"]
    assert (writer.unwritten, writer.problems) == ((), [])
    (notice,) = writer.notices
    assert "The blueprint lacks oddity, left out of the entity" in notice


def test_an_entity_that_port_refuses_is_not_tried_again(
    api: RequestsMock, port: PortClient, writer: EntityWriter
) -> None:
    api.add("POST", f"{API}/blueprints/b/entities", status=403, json={})
    writer.entities = (entity := Entity("b", "Q1", "Down", {}, {"pagerdutyService": "PSVC123"}),)
    writer.write(port, "r_1")
    writer.write(port, "r_1")
    assert len(bodies(api)) == 1
    assert (writer.written, writer.unwritten) == ((), (entity,))
    assert len(writer.problems) == 1


def test_of_several_only_what_port_refuses_is_written_alone(
    api: RequestsMock, port: PortClient, writer: EntityWriter
) -> None:
    entities = [Entity("b", f"Q{number}", "Down") for number in range(22)]
    api.add("POST", f"{API}/blueprints/b/entities/bulk", json={"errors": [ERROR]})
    api.add("POST", f"{API}/blueprints/b/entities/bulk", json={})
    api.add("POST", f"{API}/blueprints/b/entities", status=422, json={})
    writer.entities = tuple(entities)
    writer.write(port, "r_1")
    sizes = [len(body.get("entities", [1])) for body in bodies(api)]
    assert sizes == [20, 1, 2]
    assert [one.identifier for one in writer.unwritten] == ["Q2"]
    assert len(writer.problems) == 1
