"""Entities fit their blueprint, and are emptied where PagerDuty has nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pd_incident_action.models import Entity
from pd_incident_action.port.models import Blueprint
from pd_incident_action.sync.entity_builder import Shape

SERVICE = {"id": "PSVC001", "name": "Checkout", "status": "active", "html_url": "https://p/1"}


def shape_of(
    blueprint: dict[str, Any], redact: Callable[[Entity], Entity], *expressions: dict[str, str]
) -> Shape:
    """Make entities of a blueprint as Port shows it."""
    return Shape(Blueprint.read(blueprint), redact, *expressions)


def unscrubbed(entity: Entity) -> Entity:
    """Find nothing to hide."""
    return entity


def services(**on_call: Any) -> dict[str, Any]:  # noqa: ANN401 - a schema
    properties = {"status": {"type": "string"}, **({"oncall": on_call} if on_call else {})}
    return {"identifier": "pagerdutyService", "schema": {"properties": properties}}


def test_an_incident_has_what_the_blueprint_has(
    blueprint: dict[str, Any], new_incident: Callable[..., dict[str, Any]]
) -> None:
    shape = shape_of(blueprint, unscrubbed)
    entity = shape.of_incident(new_incident("Q1", urgency="high"))
    assert entity == Entity(
        "pagerdutyIncident",
        "Q1",
        "Down",
        {
            "status": "triggered",
            "responder": "Ada",
            "assignees": ["Ada"],
            "created_at": "2026-11-01T09:00:00Z",
        },
        {"pagerdutyService": ["PSVC001"]},
    )
    (warning,) = shape.warnings
    assert warning == (
        "Blueprint 'pagerdutyIncident' lacks urgency, left out of its entities; add them to the "
        "blueprint to see them in the catalog."
    )


def test_nobody_is_left_from_before_an_incident_was_resolved(
    blueprint: dict[str, Any], new_incident: Callable[..., dict[str, Any]]
) -> None:
    shape = shape_of(blueprint, unscrubbed)
    entity = shape.of_incident(new_incident("Q1", status="resolved", assignments=[]))
    assert entity.properties["responder"] is None
    assert entity.properties["assignees"] == []
    assert "priority" not in entity.properties, "the blueprint doesn't have it"
    assert shape.warnings == ()


def test_what_the_blueprint_requires_is_not_emptied(
    blueprint: dict[str, Any], new_incident: Callable[..., dict[str, Any]]
) -> None:
    required = {**blueprint, "schema": {**blueprint["schema"], "required": ["responder"]}}
    entity = shape_of(required, unscrubbed).of_incident(new_incident("Q1", assignments=[]))
    assert "responder" not in entity.properties


@pytest.mark.parametrize(
    ("on_call", "schema", "expected"),
    [
        (("ada@x.org", "bob@x.org"), {"type": "string", "format": "user"}, "ada@x.org"),
        (("ada@x.org", "bob@x.org"), {"type": "array"}, ["ada@x.org", "bob@x.org"]),
        ((), {"type": "string", "format": "user"}, None),
        ((), {"type": "array"}, []),
    ],
)
def test_a_service_tells_who_is_on_call_or_that_nobody_is(
    on_call: tuple[str, ...], schema: dict[str, str], expected: object
) -> None:
    entity = shape_of(services(**schema), unscrubbed).of_service(SERVICE, on_call)
    assert entity.properties == {"status": "active", "oncall": expected}


def test_where_nobody_looked_who_is_on_call_it_stays() -> None:
    entity = shape_of(services(type="string"), unscrubbed).of_service(SERVICE, None)
    assert entity.properties == {"status": "active"}


def test_only_who_is_on_call_can_be_told() -> None:
    entity = shape_of(services(type="string"), unscrubbed).only_on_call(SERVICE, ("ada@x.org",))
    assert (entity.identifier, entity.title) == ("PSVC001", "Checkout")
    assert entity.properties == {"oncall": "ada@x.org"}


def test_credentials_are_taken_out(
    blueprint: dict[str, Any], new_incident: Callable[..., dict[str, Any]]
) -> None:
    shape = shape_of(blueprint, lambda entity: replace(entity, title="***"))
    assert shape.of_incident(new_incident("Q1", title="s3cret")).title == "***"


@pytest.mark.parametrize(
    ("relations", "name"),
    [
        ({"pagerdutyService": {"target": "pagerdutyService"}}, "pagerdutyService"),
        ({"svc": {"target": "pagerdutyService"}, "x": {"target": "y"}}, "svc"),
        ({"x": {"target": "y"}}, ""),
        (None, ""),
    ],
)
def test_the_relation_to_a_service_is_found_whatever_its_name(
    relations: dict[str, Any] | None, name: str
) -> None:
    shape = shape_of({"identifier": "b", "relations": relations}, unscrubbed)
    assert shape.relation_to("pagerdutyService") == name


def test_the_mapping_of_the_configuration_file_counts_more() -> None:
    pytest.importorskip("jq")
    blueprint = {
        "identifier": "pagerdutyIncident",
        "schema": {"properties": {"status": {"type": "string"}, "team": {"type": "string"}}},
    }
    expressions = {"team": ".teams[0].summary", "status": ".status | ascii_upcase"}
    shape = shape_of(blueprint, lambda entity: entity, expressions)
    json = {"id": "Q1", "title": "Down", "status": "triggered", "teams": [{"summary": "Web"}]}
    assert shape.of_incident(json).properties == {"team": "Web", "status": "TRIGGERED"}
    broken = shape_of(blueprint, lambda entity: entity, {"status": ".status | ascii_upcase"})
    broken.of_incident({"id": "Q2", "title": "Down", "status": 5, "teams": []})
    (warning,) = broken.warnings
    assert "The mapping of property 'status' failed" in warning
