"""Port's entities, many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.messages import ApiRequest, ApiResponse
from pd_incident_action.models import Entity
from pd_incident_action.port.entities import PortEntities

ENTITIES = [Entity("b/c", f"Q{number}", "Down", {"status": "triggered"}) for number in (1, 2)]


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


def test_entities_are_merged_into_and_bring_along_what_they_relate_to() -> None:
    api = Api({"ok": True, "entities": [], "errors": []})
    result = PortEntities(api.send, "b/c").upsert(ENTITIES)
    assert (result.written, result.refusals) == (2, ())
    (call,) = api.calls
    assert (call.method, call.path) == ("POST", "/v1/blueprints/b%2Fc/entities/bulk")
    assert call.params == {
        "upsert": "true",
        "merge": "true",
        "create_missing_related_entities": "true",
    }
    assert call.json == {"entities": [entity.as_json() for entity in ENTITIES]}


def test_each_refusal_is_a_sentence() -> None:
    error = {
        "identifier": "Q2",
        "index": 1,
        "statusCode": 422,
        "error": "invalid_request",
        "message": "must be string",
    }
    api = Api({"ok": True, "entities": [], "errors": [error]})
    result = PortEntities(api.send, "b").upsert(ENTITIES)
    assert result.written == 1
    (refusal,) = result.refusals
    assert str(refusal).startswith(
        "Port did not write entity 'Q2': it answered 422, code invalid_request "
        '"must be string": Port refused a value; check the blueprint'
    )
    assert refusal.title == "Port did not accept the request"


def test_an_answer_without_a_body_is_taken_for_success() -> None:
    assert PortEntities(Api(None).send, "b").upsert(ENTITIES).written == 2


def test_a_refusal_of_all_of_them_is_raised() -> None:
    with pytest.raises(ApiRejected, match="no such blueprint"):
        PortEntities(Api(ApiRejected("no such blueprint", status=404)).send, "b").upsert(ENTITIES)


def test_a_search_goes_on_to_the_last_page() -> None:
    api = Api({"entities": [{"identifier": "Q1"}], "next": "more"}, {"entities": []})
    rule = {"property": "status", "operator": "=", "value": "triggered"}
    assert list(PortEntities(api.send, "b").search([rule])) == [[{"identifier": "Q1"}], []]
    first, second = api.calls
    query = {"combinator": "and", "rules": [rule]}
    assert first.json == {"query": query, "limit": 200}
    assert second.json == {"query": query, "limit": 200, "from": "more"}
    assert not first.writes, "a dry run searches, too"


def test_an_entity_is_deleted_without_what_depends_on_it() -> None:
    api = Api({"ok": True})
    PortEntities(api.send, "b").delete("Q1")
    (call,) = api.calls
    assert (call.method, call.path) == ("DELETE", "/v1/blueprints/b/entities/Q1")
    assert call.params == {"delete_dependents": "false"}


def test_an_entity_that_is_not_there_counts_as_deleted() -> None:
    PortEntities(Api(ApiRejected("not there", status=404)).send, "b").delete("Q1")
    with pytest.raises(ApiRejected, match="has dependents"):
        PortEntities(Api(ApiRejected("has dependents", status=422)).send, "b").delete("Q1")
