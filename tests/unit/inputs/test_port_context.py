"""Port's action context is understood in every form in which it is passed on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pd_incident_action.inputs.port_context import PortContext, as_object, merge, parse, read

RUN = "r_AbC123"
ENTITY = {"identifier": "PABC123"}
RELATIONS = {"pagerdutyService": ["PSVC123"], "team": None}


def test_the_run_is_found_in_every_form() -> None:
    for document in (
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
    ):
        assert read(document).run_id == RUN, document


def test_the_entity_is_found_in_every_form() -> None:
    for document in (
        {"entity": "PABC123"},
        {"entity": {"identifier": "PABC123", "title": "Checkout"}},
        {"entity": json.dumps(ENTITY)},
        {"context": {"entity": "PABC123"}},
        {"context": {"entity": ENTITY}},
        {"payload": {"entity": ENTITY}},
        {"payload": json.dumps({"entity": ENTITY})},
        {"entity": None, "payload": {"entity": ENTITY}},
        {"entity": "null", "context": {"entity": "PABC123"}},
        {"entity": {}, "context": {"entity": "PABC123"}},
        {"entity": {"identifier": None}, "context": {"entity": "PABC123"}},
    ):
        assert read(document).entity == "PABC123", document


def test_the_blueprint_is_found_in_every_form() -> None:
    for document in (
        {"blueprint": "service"},
        {"context": {"blueprint": "service"}},
        {"blueprint": {"identifier": "service"}},
        {"entity": {"identifier": "PABC123", "blueprint": "service"}},
        {"payload": {"entity": {"blueprint": "service"}}},
    ):
        assert read(document).blueprint == "service", document


def test_relations_are_found_in_every_form() -> None:
    for document in (
        {"relations": RELATIONS},
        {"relations": json.dumps(RELATIONS)},
        {"context": {"relations": RELATIONS}},
        {"entity": {"identifier": "Q1", "relations": RELATIONS}},
        {"entity": json.dumps({"identifier": "Q1", "relations": RELATIONS})},
        {"payload": {"entity": {"identifier": "Q1", "relations": RELATIONS}}},
        {"relations": "", "payload": {"entity": {"relations": RELATIONS}}},
        {"relations": {}, "entity": {"relations": json.dumps(RELATIONS)}},
    ):
        assert read(document).relations == RELATIONS, document


def test_what_means_nothing_is_nothing() -> None:
    nothing = ["", " ", "null", "None", "undefined", {}, [], 0, False, ["PABC123"], None]
    for value in nothing:
        document = dict.fromkeys(("entity", "run_id", "blueprint", "relations"), value)
        assert read(document) == PortContext(), value
        assert read({"context": document, "payload": document, "trigger": value}) == PortContext()
    for relations in ("not json", "{not json", "[]"):
        assert read({"entity": "Q1", "relations": relations}) == PortContext(entity="Q1")
    for trigger in ({"by": None}, {"by": {"user": None}}, {"by": {"user": "ada"}}):
        assert read({"trigger": trigger}) == PortContext()


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
    ],
)
def test_the_service_is_the_only_related_one_or_else_the_entity(
    relations: dict[str, Any], service: str
) -> None:
    assert PortContext(entity="entity", relations=relations).service == service


@pytest.mark.parametrize(
    ("blueprint", "incident", "service"),
    [("pagerdutyService", "", "E"), ("pagerduty_service", "", "E"), ("other", "E", "")],
)
def test_an_entity_is_an_incident_unless_it_is_a_service(
    blueprint: str, incident: str, service: str
) -> None:
    context = PortContext(entity="E", blueprint=blueprint)
    assert (context.incident, context.service_entity) == (incident, service)


def test_the_older_payload_has_the_user_and_the_form() -> None:
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
    assert read({"properties": {"a": 1}}).properties == {"a": 1}


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
def test_anything_but_a_json_object_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse(text)


def test_json_inside_json_is_unwrapped() -> None:
    text = '{"run_id": "r_1"}'
    assert parse(text) == parse(json.dumps(text)) == {"run_id": "r_1"}
    assert as_object(f" {text}") == {"run_id": "r_1"}
    for other in ("{broken", "text", None, [1]):
        assert as_object(other) == {}


def test_the_first_context_wins_and_the_second_fills_gaps() -> None:
    first = PortContext(run_id="r_1", relations={"a": "b"})
    second = PortContext(run_id="r_2", entity="E", relations={"c": "d"}, requester="x")
    merged = PortContext(run_id="r_1", entity="E", relations={"a": "b"}, requester="x")
    assert merge(first, second) == merged
