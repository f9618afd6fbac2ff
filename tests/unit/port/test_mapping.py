"""An incident becomes an entity of whatever shape the catalog's blueprint has."""

from __future__ import annotations

from typing import Any

from pd_incident_action.models import Entity, Incident, Outcome
from pd_incident_action.port.mapping import (
    Blueprint,
    Conformed,
    conform_to_blueprint,
    documented_blueprint,
    identifier,
    to_entities,
)
from pd_incident_simulator.port.blueprints import (
    documented_incident_blueprint,
    integration_incident_blueprint,
)

INCIDENT = Incident(
    id="Q1ABCDEF234567",
    number=42,
    title="Down",
    status="triggered",
    urgency="high",
    url="https://acme.pagerduty.com/incidents/Q1ABCDEF234567",
    service_id="PSVC123",
    assignees=("Ada", "Bob"),
    escalation_policy="Shop",
    priority="P1",
    description="It is down",
    created_at="2026-12-01T03:10:00Z",
    updated_at="2026-12-01T03:11:00Z",
)
COMMON = {
    "status": "triggered",
    "url": "https://acme.pagerduty.com/incidents/Q1ABCDEF234567",
    "urgency": "high",
    "escalation_policy": "Shop",
    "created_at": "2026-12-01T03:10:00Z",
    "updated_at": "2026-12-01T03:11:00Z",
}
(FULL,) = to_entities(Outcome("", INCIDENT), "pagerdutyIncident")


def string(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON schema
    return {"type": "string"} | more


def test_an_entity_has_pagerdutys_id_and_all_that_is_known() -> None:
    (entity,) = to_entities(Outcome("", INCIDENT), "myIncident")
    assert entity == Entity(
        "myIncident",
        "Q1ABCDEF234567",
        "Down",
        COMMON
        | {
            "responder": "Ada, Bob",
            "assignees": ["Ada", "Bob"],
            "priority": "P1",
            "description": "It is down",
        },
        {"pagerdutyService": "PSVC123"},
    )


def test_what_is_not_known_or_not_to_be_written_is_not_in_the_entity() -> None:
    alert = Incident(id="k", title="Down", status="triggered")
    (entity,) = to_entities(Outcome("", alert), "b")
    assert entity == Entity("b", "k", "Down", {"status": "triggered"})
    for outcome in [Outcome("", None), Outcome("", INCIDENT, write_entity=False)]:
        assert to_entities(outcome, "pagerdutyIncident") == ()


def test_an_identifier_has_only_characters_that_port_takes() -> None:
    for text, allowed in [
        ("Q1ABCDEF234567", "Q1ABCDEF234567"),
        (r"aZ0@_.+:\/=-", r"aZ0@_.+:\/=-"),
        ("checkout down!", "checkout-down-"),
        ("größe\n", "gr--e-"),
        ("٣", "-"),
        (".", "-."),
        ("..", "-.."),
        ("...", "..."),
        ("x" * 1001, "x" * 1000),
    ]:
        assert identifier(text) == allowed


def test_an_entity_fits_both_official_blueprints() -> None:
    documented: tuple[dict[str, Any], object] = {"responder": "Ada, Bob"}, ["PSVC123"]
    integration: tuple[dict[str, Any], object] = (
        {"assignees": ["Ada", "Bob"], "priority": "P1", "description": "It is down"},
        "PSVC123",
    )
    for blueprint, (own, service) in [
        (Blueprint.read(documented_incident_blueprint()), documented),
        # What stands in for one that can't be read.
        (documented_blueprint(), documented),
        (Blueprint.read(integration_incident_blueprint()), integration),
    ]:
        before = dict(FULL.properties)
        conformed = conform_to_blueprint(FULL, blueprint)
        fitted = conformed.entity
        assert fitted.properties == COMMON | own
        assert fitted.relations == {"pagerdutyService": service}
        assert (fitted.identifier, fitted.title) == ("Q1ABCDEF234567", "Down")
        assert conformed.notices == ()
        assert before == FULL.properties


def blueprint(
    properties: dict[str, Any] | None = None, relations: dict[str, Any] | None = None
) -> Blueprint:
    json = {"schema": {"properties": properties or {}}, "relations": relations or {}}
    return Blueprint.read(json)


def test_a_value_takes_the_propertys_type() -> None:
    for value, schema, fitted in [
        ("high", {"type": "string"}, "high"),
        ("high", {}, "high"),
        ("high", {"type": "string", "enum": ["high", "low"]}, "high"),
        ("high", {"type": "array"}, ["high"]),
        (["a", "b"], {"type": "array"}, ["a", "b"]),
        (["a", "b"], {"type": "string"}, "a, b"),
        ([1, "b"], {"type": "string"}, "1, b"),
        (["a", "b"], {"type": "string", "format": "user"}, "a"),
    ]:
        entity = Entity("b", "i", "t", {"urgency": value})
        assert conform_to_blueprint(entity, blueprint({"urgency": schema})) == Conformed(
            Entity("b", "i", "t", {"urgency": fitted})
        )


def test_what_the_blueprint_lacks_is_left_out_and_named() -> None:
    entity = Entity("b", "i", "t", {"urgency": "high"}, {"pagerdutyService": "PSVC123"})
    other = blueprint({"severity": string()}, {"team": {"target": "team", "many": True}})
    for shape in [blueprint(), other]:
        conformed = conform_to_blueprint(entity, shape)
        missing = ("urgency", "pagerdutyService")
        assert conformed == Conformed(Entity("b", "i", "t"), missing=missing)
        (notice,) = conformed.notices
        assert notice.startswith("The blueprint lacks urgency, pagerdutyService, left out of the e")
    for empty in [{}, {"schema": None, "relations": None}, {"schema": {}}]:
        conformed = conform_to_blueprint(FULL, Blueprint.read(empty))
        assert (conformed.entity.properties, conformed.entity.relations) == ({}, {})
        # What only one official blueprint has isn't missed.
        assert conformed.missing == (*COMMON, "pagerdutyService")


def test_a_value_outside_an_enum_is_left_out_and_that_is_what_is_said() -> None:
    for value, schema, fitted, words in [
        ("SEV-1", string(enum=["P1", "P2"]), None, "takes only P1, P2, not SEV-1"),
        (["a", "x"], {"type": "array", "items": string(enum=["a"])}, ["a"], "only a, not x"),
        (["x"], {"type": "array", "enum": ["a"]}, None, "takes only a, not x"),
        (["a", "b"], string(enum=["a", "b"]), None, "takes only a, b, not a, b"),
        (5, {"type": "number", "enum": [*range(20)]}, 5, ""),
        (99, {"type": "number", "enum": [*range(20)]}, None, "takes only 0, 1, 2, 3, 4, 5"),
    ]:
        # Also of a property that not every official blueprint has.
        conformed = conform_to_blueprint(
            Entity("b", "i", "t", {"priority": value}), blueprint({"priority": schema})
        )
        assert conformed.entity.properties.get("priority") == fitted
        assert conformed.missing == ()
        assert [words in text for text in conformed.notices] == [True] * bool(words)


ARRAY = {"type": "array", "items": string(format="user")}


def test_users_of_port_are_their_addresses() -> None:
    cases: list[tuple[tuple[str, ...], dict[str, Any], object, bool]] = [
        (("ada@x.org", "PUSER2"), ARRAY, ["ada@x.org", "bob@x.org"], False),
        (("PUSER2",), {"type": "array", "format": "user"}, ["bob@x.org"], False),
        (("PUSER2", "ada@x.org"), string(format="user"), "bob@x.org", False),
        (("PNONE", "ada@x.org"), ARRAY, ["ada@x.org"], True),
        (("PNONE",), string(format="user"), None, True),
        (("", ""), ARRAY, None, True),
        (("ada@x.org", "PUSER2"), string(), "Ada, Bob", False),
        (("ada@x.org", "PUSER2"), {"type": "array"}, ["Ada", "Bob"], False),
    ]
    for users, schema, fitted, is_told in cases:
        asked: list[str] = []

        def find_email(user_id: str, asked: list[str] = asked) -> str:
            asked.append(user_id)
            return {"PUSER2": "bob@x.org"}.get(user_id, "")

        entity = Entity("b", "i", "t", {"responder": ["Ada", "Bob"]}, users={"responder": users})
        shape = blueprint({"responder": schema})
        conformed = conform_to_blueprint(entity, shape, find_email)
        assert conformed.entity.properties.get("responder") == fitted
        assert len(conformed.notices) == is_told
        assert asked == [] or "user" in str(schema)


def test_what_the_users_mapping_says_of_people_stays() -> None:
    outcome = Outcome("", INCIDENT, property_overrides={INCIDENT.id: {"responder": "team"}})
    (entity,) = to_entities(outcome, "b")
    conformed = conform_to_blueprint(entity, blueprint({"responder": string(format="user")}))
    assert conformed.entity.properties == {"responder": "team"}


def test_a_relation_follows_the_blueprints_name_and_arity() -> None:
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"pagerdutyService": {"target": "x", "many": False}}, {"pagerdutyService": "PSVC123"}),
        ({"pagerdutyService": {"target": "x"}}, {"pagerdutyService": "PSVC123"}),
        ({"service": {"target": "pagerdutyService", "many": True}}, {"service": ["PSVC123"]}),
        (
            {"team": {"target": "team"}, "affected": {"target": "pagerdutyService"}},
            {"affected": "PSVC123"},
        ),
    ]
    for relations, fitted in cases:
        entity = Entity("b", "i", "t", {}, {"pagerdutyService": "PSVC123"})
        assert conform_to_blueprint(entity, blueprint({}, relations)) == Conformed(
            Entity("b", "i", "t", {}, fitted)
        )


def test_what_is_empty_is_not_written_so_that_it_stays_as_it_is_in_port() -> None:
    for entity, json in [
        (Entity("b", "i", "t"), {"identifier": "i", "title": "t"}),
        (Entity("b", "i", "", {"a": 1}), {"identifier": "i", "properties": {"a": 1}}),
        (
            Entity("b", "i", "t", {}, {"r": ["x"]}),
            {"identifier": "i", "title": "t", "relations": {"r": ["x"]}},
        ),
    ]:
        assert entity.as_json() == json
