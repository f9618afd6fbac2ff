"""Port's context is understood in every form that people pass it on in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pd_incident_action.inputs.port_context import PortContext, as_object, merge, parse, read

RUN = "r_AbC123"


@pytest.mark.parametrize(
    "document",
    [
        {"runId": RUN},
        {"run_id": RUN},
        {"port_run_id": RUN},
        {"context": {"runId": RUN}},
        {"context": {"run_id": RUN}},
        {"context": json.dumps({"runId": RUN})},
        {"payload": {"runId": RUN}},
        {"run": {"id": RUN}},
        {"run_id": f" {RUN}\n"},
        {"run_id": "", "runId": RUN},
        {"run_id": None, "context": {"runId": RUN}},
        {"run_id": "null", "context": {"runId": RUN}},
        {"run_id": 12, "runId": RUN},
    ],
)
def test_the_run_is_found_in_every_form(document: dict[str, Any]) -> None:
    assert read(document).run_id == RUN


@pytest.mark.parametrize(
    "document",
    [
        {"entity": "PABC123"},
        {"entity": {"identifier": "PABC123", "title": "Checkout"}},
        {"entity": json.dumps({"identifier": "PABC123"})},
        {"context": {"entity": "PABC123"}},
        {"context": {"entity": {"identifier": "PABC123"}}},
        {"payload": {"entity": {"identifier": "PABC123"}}},
        {"payload": json.dumps({"entity": {"identifier": "PABC123"}})},
        {"entity": None, "payload": {"entity": {"identifier": "PABC123"}}},
        {"entity": "null", "context": {"entity": "PABC123"}},
        {"entity": {}, "context": {"entity": "PABC123"}},
        {"entity": {"identifier": None}, "context": {"entity": "PABC123"}},
    ],
)
def test_the_entity_is_found_in_every_form(document: dict[str, Any]) -> None:
    assert read(document).entity == "PABC123"


@pytest.mark.parametrize(
    "nothing", [None, "", " ", "null", "None", "undefined", {}, [], 0, False, ["PABC123"]]
)
def test_nothing_is_taken_for_an_entity_a_run_or_a_blueprint(nothing: object) -> None:
    document = {"entity": nothing, "run_id": nothing, "blueprint": nothing, "relations": nothing}
    assert read(document) == PortContext()
    assert read({"context": document, "payload": document, "trigger": nothing}) == PortContext()


@pytest.mark.parametrize(
    "document",
    [
        {"blueprint": "service"},
        {"context": {"blueprint": "service"}},
        {"blueprint": {"identifier": "service"}},
        {"entity": {"identifier": "PABC123", "blueprint": "service"}},
        {"payload": {"entity": {"blueprint": "service"}}},
    ],
)
def test_the_blueprint_is_found_in_every_form(document: dict[str, Any]) -> None:
    assert read(document).blueprint == "service"


RELATIONS = {"pagerdutyService": ["PSVC123"], "team": None}


@pytest.mark.parametrize(
    "document",
    [
        {"relations": RELATIONS},
        {"relations": json.dumps(RELATIONS)},
        {"context": {"relations": RELATIONS}},
        {"entity": {"identifier": "Q1", "relations": RELATIONS}},
        {"entity": json.dumps({"identifier": "Q1", "relations": RELATIONS})},
        {"payload": {"entity": {"identifier": "Q1", "relations": RELATIONS}}},
        {"relations": "", "payload": {"entity": {"relations": RELATIONS}}},
        {"relations": {}, "entity": {"relations": json.dumps(RELATIONS)}},
    ],
)
def test_relations_are_found_in_every_form(document: dict[str, Any]) -> None:
    assert read(document).relations == RELATIONS


@pytest.mark.parametrize("relations", ["", "null", "{}", None, {}, "not json", "{not json", "[]"])
def test_empty_or_unreadable_relations_are_none_at_all(relations: object) -> None:
    assert read({"entity": "Q1", "relations": relations}) == PortContext(entity="Q1")


@pytest.mark.parametrize(
    ("relations", "service"),
    [
        ({"pagerdutyService": "PSVC123"}, "PSVC123"),
        ({"pagerdutyService": ["PSVC123"]}, "PSVC123"),
        ({"pagerduty_service": "PSVC123"}, "PSVC123"),
        ({"pagerdutyService": None, "pagerduty_service": "PSVC123"}, "PSVC123"),
        ({"pagerdutyService": ["PSVC123", "PSVC456"]}, "entity"),
        ({"pagerdutyService": []}, "entity"),
        ({"pagerdutyService": None}, "entity"),
        ({"pagerdutyService": ""}, "entity"),
        ({"pagerdutyService": [None]}, "entity"),
        ({"team": "T1"}, "entity"),
        ({}, "entity"),
    ],
)
def test_the_service_is_the_only_related_one_or_else_the_entity(
    relations: dict[str, Any], service: str
) -> None:
    assert PortContext(entity="entity", relations=relations).service == service


def test_the_older_payload_tells_who_clicked_and_what_was_filled_in() -> None:
    payload = {
        "action": "page",
        "resourceType": "run",
        "status": "TRIGGERED",
        "trigger": {"by": {"user": {"email": "ada@example.com"}}, "origin": "UI"},
        "context": {"entity": "PABC123", "blueprint": "pagerdutyService", "runId": RUN},
        "payload": {"entity": None, "properties": {"title": "Down", "urgency": "low"}},
    }
    assert read(payload) == PortContext(
        run_id=RUN,
        entity="PABC123",
        blueprint="pagerdutyService",
        properties={"title": "Down", "urgency": "low"},
        requester="ada@example.com",
    )


@pytest.mark.parametrize(
    "trigger", [{}, {"by": None}, {"by": {"user": None}}, {"by": {"user": "ada"}}, "UI", None]
)
def test_without_a_user_nobody_clicked(trigger: object) -> None:
    assert read({"trigger": trigger, "run_id": RUN}).requester == ""


@pytest.mark.parametrize(
    "document", [{"properties": {"a": 1}}, {"payload": {"properties": {"a": 1}}}]
)
def test_properties_are_found_beside_and_below_the_payload(document: dict[str, Any]) -> None:
    assert read(document).properties == {"a": 1}


@pytest.mark.parametrize("text", ['{"run_id": "r_1"}', json.dumps('{"run_id": "r_1"}')])
def test_json_inside_of_json_is_unwrapped(text: str) -> None:
    assert parse(text) == {"run_id": "r_1"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{run_id: r_1}", "is not valid JSON"),
        ("[object Object]", "is not valid JSON"),
        ('"r_1"', "is not valid JSON"),
        ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ("12", "must be a JSON object"),
    ],
)
def test_what_is_no_json_object_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse(text)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": 1}, {"a": 1}),
        (' {"a": 1}', {"a": 1}),
        ("{broken", {}),
        ("text", {}),
        (None, {}),
        ([1], {}),
    ],
)
def test_only_an_object_or_its_json_is_an_object(value: object, found: dict[str, Any]) -> None:
    assert as_object(value) == found


def test_the_first_context_decides_and_the_second_fills_in() -> None:
    first = PortContext(run_id="r_1", relations={"a": "b"})
    second = PortContext(run_id="r_2", entity="E", relations={"c": "d"}, requester="x")
    merged = PortContext(run_id="r_1", entity="E", relations={"a": "b"}, requester="x")
    assert merge(first, second) == merged
