"""Port's action context is understood in every form in which it is passed on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pd_incident_action.inputs.port_context import PortContext, as_object, merge, parse, read

RUN = "r_AbC123"
ENTITY = {"identifier": "PABC123"}
RELATIONS = {"pagerdutyService": ["PSVC123"], "team": None}


def in_every_place(name: str, value: object) -> list[Any]:
    """Return documents that have something where Port's guides put it."""
    inside = {name: value}
    return [inside, {"context": inside}, {"context": json.dumps(inside)}, {"payload": inside}]


def test_the_run_is_found_in_every_form() -> None:
    for document in (
        *in_every_place("runId", RUN),
        *in_every_place("run_id", RUN),
        {"port_run_id": f" {RUN}\n"},
        {"run": {"id": RUN}},
        {"run_id": "", "runId": RUN},
        {"run_id": None, "context": {"runId": RUN}},
        {"run_id": "null", "context": {"runId": RUN}},
        {"run_id": 12, "runId": RUN},
    ):
        assert read(document).run_id == RUN, document


def test_the_entity_and_its_blueprint_are_found_in_every_form() -> None:
    for document in (
        *in_every_place("entity", "PABC123"),
        *in_every_place("entity", ENTITY),
        *in_every_place("entity", json.dumps(ENTITY)),
        {"entity": None, "payload": {"entity": ENTITY}},
        {"entity": "null", "context": {"entity": "PABC123"}},
        {"entity": {}, "context": {"entity": "PABC123"}},
        {"entity": {"identifier": None}, "context": {"entity": "PABC123"}},
    ):
        assert read(document).entity == "PABC123", document
    for document in (
        *in_every_place("blueprint", "service"),
        *in_every_place("blueprint", {"identifier": "service"}),
        *in_every_place("entity", {"identifier": "PABC123", "blueprint": "service"}),
    ):
        assert read(document).blueprint == "service", document


def test_relations_are_found_in_every_form() -> None:
    related = {"identifier": "Q1", "relations": RELATIONS}
    for document in (
        *in_every_place("relations", RELATIONS),
        *in_every_place("relations", json.dumps(RELATIONS)),
        *in_every_place("entity", related),
        *in_every_place("entity", json.dumps(related)),
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


def test_related_services_are_found_by_every_spelling() -> None:
    for name in (
        "pagerdutyService",
        "pagerduty_service",
        "pager_duty_service",
        "PagerDuty Service",
        "PAGERDUTY-SERVICES",
        "pagerDutyServices",
    ):
        assert PortContext(entity="checkout", relations={name: "PSVC1"}).service == "PSVC1", name
    for name in ("service", "pagerduty", "pagerdutyIncident", "myPagerdutyService"):
        assert PortContext(entity="checkout", relations={name: "PSVC1"}).service == "", name


def test_related_services_are_found_however_they_are_written() -> None:
    for related, services in [
        ("PSVC123", "PSVC123"),
        (" PSVC123\n", "PSVC123"),
        (["PSVC123"], "PSVC123"),
        ('["PSVC123"]', "PSVC123"),
        ({"identifier": "PSVC123", "title": "Checkout"}, "PSVC123"),
        ({"identifier": None, "id": "PSVC123", "title": "Checkout"}, "PSVC123"),
        ({"title": "Checkout"}, "Checkout"),
        ('{"identifier": "PSVC123"}', "PSVC123"),
        ([{"identifier": "PSVC123"}, "PSVC456", None, "null", "PSVC123"], "PSVC123, PSVC456"),
        ([{"title": "Checkout, EU"}, "PSVC456"], '["Checkout, EU", "PSVC456"]'),
        ([], ""),
        ({}, ""),
        (None, ""),
        ("null", ""),
        ([None], ""),
        ({"team": "T1"}, ""),
    ]:
        context = PortContext(entity="checkout", relations={"pagerdutyService": related})
        assert context.service == services


def test_services_of_several_relations_count_once() -> None:
    relations = {"pagerdutyService": "P1", "pager_duty_services": ["P2", "P1"], "team": "T1"}
    assert PortContext(entity="checkout", relations=relations).service == "P1, P2"
    assert PortContext(entity="checkout", relations={"service": "P1"}).service == ""


def test_an_entity_is_an_incident_unless_it_is_a_service() -> None:
    for blueprint, incident, service in [
        ("pagerdutyService", "", "E"),
        ("pagerduty_service", "", "E"),
        ("Pager-Duty Services", "", "E"),
        ("service", "E", ""),
    ]:
        context = PortContext(entity="E", blueprint=blueprint)
        assert (context.incident, context.service_entity, context.service) == (
            incident,
            service,
            service,
        )


def test_a_service_is_itself_whatever_it_relates_to() -> None:
    relations = {"pagerdutyService": "PSVC2"}
    assert PortContext(entity="E", blueprint="pagerdutyService", relations=relations).service == "E"


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


def test_anything_but_a_json_object_is_refused() -> None:
    for text, problem in [
        ("{run_id: r_1}", "is not valid JSON"),
        ("[object Object]", "is not valid JSON"),
        ('"r_1"', "is not valid JSON"),
        ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ("12", "must be a JSON object"),
    ]:
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
