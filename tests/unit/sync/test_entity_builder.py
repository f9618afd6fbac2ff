"""Entities conform to their blueprint, and are emptied of what PagerDuty doesn't have any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pd_incident_action.models import Entity
from pd_incident_action.pagerduty.models import OnCall, PagerDutyIncident, Service
from pd_incident_action.port.mapping import Blueprint
from pd_incident_action.sync.readers import EntityBuilder

ReadIncident = Callable[..., PagerDutyIncident]
SERVICE = Service.read(
    {"id": "PSVC001", "name": "Checkout", "status": "active", "html_url": "https://p/1"}
)


def unchanged(entity: Entity) -> Entity:
    return entity


def services(**on_call: str) -> EntityBuilder:
    properties = {"status": {"type": "string"}, "oncall": on_call}
    body = {"identifier": "pagerdutyService", "schema": {"properties": properties}}
    return EntityBuilder(Blueprint.read(body), unchanged)


def test_an_incident_has_what_the_blueprint_has(
    blueprint: Blueprint, read_incident: ReadIncident
) -> None:
    builder = EntityBuilder(blueprint, unchanged)
    assert builder.build_incident(read_incident("Q1", urgency="high")) == Entity(
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
    (warning,) = builder.warnings
    assert warning.startswith("Blueprint 'pagerdutyIncident' lacks urgency, left out of its ent")


def test_nobody_is_left_from_before_an_incident_was_resolved(
    blueprint: Blueprint, read_incident: ReadIncident
) -> None:
    builder = EntityBuilder(blueprint, unchanged)
    entity = builder.build_incident(read_incident("Q1", status="resolved", assignments=[]))
    assert (entity.properties["responder"], entity.properties["assignees"]) == (None, [])
    assert "priority" not in entity.properties, "the blueprint doesn't have it"
    assert builder.warnings == ()


def test_what_the_blueprint_requires_is_not_emptied(
    blueprint: Blueprint, read_incident: ReadIncident
) -> None:
    schema = {**blueprint.raw["schema"], "required": ["responder"]}
    builder = EntityBuilder(Blueprint.read({**blueprint.raw, "schema": schema}), unchanged)
    entity = builder.build_incident(read_incident("Q1", assignments=[]))
    assert "responder" not in entity.properties


def on_calls(*emails: str) -> list[OnCall]:
    return [
        OnCall.read({"escalation_level": level, "user": {"email": email}})
        for level, email in enumerate(emails, 1)
    ]


def test_a_service_has_who_is_on_call_or_nobody() -> None:
    for on_call, schema, expected in [
        (("ada@x.org", "bob@x.org"), {"type": "string", "format": "user"}, "ada@x.org"),
        (("ada@x.org", "bob@x.org"), {"type": "array"}, ["ada@x.org", "bob@x.org"]),
        ((), {"type": "string", "format": "user"}, None),
        ((), {"type": "array"}, []),
    ]:
        entity = services(**schema).build_service(SERVICE, on_calls(*on_call))
        assert entity.properties == {"status": "active", "oncall": expected}


def test_where_it_is_unknown_who_is_on_call_it_stays() -> None:
    assert services(type="string").build_service(SERVICE, None).properties == {"status": "active"}


def test_only_who_is_on_call_can_be_written() -> None:
    entity = services(type="string").build_on_call(SERVICE, on_calls("ada@x.org"))
    assert (entity.identifier, entity.title) == ("PSVC001", "Checkout")
    assert entity.properties == {"oncall": "ada@x.org"}


def test_credentials_are_redacted(blueprint: Blueprint, read_incident: ReadIncident) -> None:
    builder = EntityBuilder(blueprint, lambda entity: replace(entity, title="***"))
    assert builder.build_incident(read_incident("Q1", title="s3cret")).title == "***"


def test_the_configuration_files_mapping_takes_precedence(read_incident: ReadIncident) -> None:
    pytest.importorskip("jq")
    properties = {"status": {"type": "string"}, "team": {"type": "string"}}
    blueprint = Blueprint.read({"identifier": "b", "schema": {"properties": properties}})
    expressions = {"team": ".teams[0].summary", "status": ".status | ascii_upcase"}
    builder = EntityBuilder(blueprint, unchanged, expressions)
    built = builder.build_incident(read_incident("Q1", teams=[{"summary": "Web"}]))
    assert built.properties == {"team": "Web", "status": "TRIGGERED"}
    builder.build_incident(read_incident("Q2", status=5))
    assert any("The mapping of property 'status' failed" in one for one in builder.warnings)


def test_a_value_that_the_blueprint_does_not_take_leaves_no_older_one(
    read_incident: ReadIncident,
) -> None:
    properties = {"priority": {"type": "string", "enum": ["P1"]}}
    body = {"identifier": "pagerdutyIncident", "schema": {"properties": properties}}
    incident = read_incident("Q1", priority={"summary": "SEV-9"})
    entity = EntityBuilder(Blueprint.read(body), unchanged).build_incident(incident)
    assert entity.properties == {"priority": None}
