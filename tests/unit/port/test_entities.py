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


def test_an_entity_can_be_checked_without_being_written() -> None:
    api = Api({})
    PortEntities(api.send, "b/c").upsert(ENTITIES[0], validate_only=True)
    (call,) = api.calls
    assert call.params == {**MERGE, "validation_only": "true"}
    assert not call.writes


def test_each_refusal_of_several_is_explained() -> None:
    refusals = PortEntities(Api({"errors": [ERROR]}).send, "b").upsert_all(ENTITIES)
    assert list(refusals) == ["Q2"]
    assert str(refusals["Q2"]).startswith(
        "Port failed to write entity 'Q2': it answered 422, code invalid_request "
        '"must be string": Port refused a value; check the blueprint'
    )


def test_what_port_says_of_an_entity_is_cut() -> None:
    long = ERROR | {"message": "no " * 1_000_000, "identifier": "Q1 " * 1000}
    (refusal,) = PortEntities(Api({"errors": [long]}).send, "b").upsert_all(ENTITIES).values()
    assert len(str(refusal)) < 1500


def test_an_answer_that_names_no_refusal_is_success() -> None:
    cases: list[object] = [None, [], {"errors": None}, {"errors": [5]}]
    for answer in cases:
        assert PortEntities(Api(answer).send, "b").upsert_all(ENTITIES) == {}


def test_an_entity_is_read_if_it_exists() -> None:
    shown = {"identifier": "Q1", "title": "Down", "properties": None, "relations": {"a": ["b"]}}
    endpoint = PortEntities(Api({"entity": shown}, ApiRejected("no", status=404)).send, "b")
    assert endpoint.get("Q1") == CatalogEntity.read(shown)
    assert endpoint.get("Q2") is None
    with pytest.raises(ApiRejected, match="forbidden"):
        PortEntities(Api(ApiRejected("forbidden", status=403)).send, "b").get("Q1")


def test_a_page_that_is_too_large_is_asked_for_in_parts() -> None:
    too_large = ApiResponseTooLarge("too large")
    api = Api(too_large, too_large, {"entities": [{"identifier": "Q1"}]})
    found = PortEntities(api.send, "b").search([])
    assert [entity.identifier for entity in found] == ["Q1"]
    sizes = [call.json["limit"] for call in api.calls if isinstance(call.json, dict)]
    assert sizes == [200, 100, 50]
    with pytest.raises(ApiResponseTooLarge):
        list(PortEntities(Api(*[too_large] * 8).send, "b").search([]))


def test_a_search_goes_on_to_the_last_page() -> None:
    api = Api({"entities": [{"identifier": "Q1"}, 5], "next": "more"}, {"entities": []})
    rule = {"property": "status", "operator": "=", "value": "triggered"}
    found = PortEntities(api.send, "b").search([rule])
    assert [entity.identifier for entity in found] == ["Q1"]
    first, second = api.calls
    query = {"combinator": "and", "rules": [rule]}
    assert first.json == {"query": query, "limit": 200}
    assert second.json == {"query": query, "limit": 200, "from": "more"}
    assert not first.writes, "a dry run searches, too"


def test_an_entity_is_deleted_without_what_depends_on_it() -> None:
    api = Api({"ok": True}, ApiRejected("not there", status=404))
    endpoint = PortEntities(api.send, "b")
    endpoint.delete("Q1")
    endpoint.delete("Q1")
    call = api.calls[0]
    assert (call.method, call.path) == ("DELETE", "/v1/blueprints/b/entities/Q1")
    assert call.params == {"delete_dependents": "false"}
    with pytest.raises(ApiRejected, match="has dependents"):
        PortEntities(Api(ApiRejected("has dependents", status=422)).send, "b").delete("Q1")


BLUEPRINT: dict[str, Any] = {
    "schema": {"properties": {"status": {"type": "string"}}},
    "relations": {"service": {"target": "pagerdutyService"}},
}
INCIDENT = Entity("b", "Q1", "Down", {"status": "triggered", "oddity": 1})
RELATED = Entity("b", "Q1", "Down", {}, {"pagerdutyService": "PSVC123"})


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


def test_without_a_readable_blueprint_the_documented_one_is_used(
    api: RequestsMock, port: PortClient
) -> None:
    api.add("POST", f"{API}/blueprints/b/entities", json={})
    writer = EntityWriter("b")
    writer.entities = (INCIDENT,)
    writer.write(port, "")
    assert bodies(api)[0]["properties"] == {"status": "triggered"}


@pytest.mark.parametrize("entity", [RELATED, INCIDENT])
def test_an_entity_that_port_refuses_is_not_tried_again(
    api: RequestsMock, port: PortClient, writer: EntityWriter, entity: Entity
) -> None:
    api.add("POST", f"{API}/blueprints/b/entities", status=403, json={})
    writer.entities = (entity,)
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
