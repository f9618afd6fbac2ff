"""Entities conform to their blueprint, and are emptied of what PagerDuty doesn't have any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pd_incident_action.models import Entity
from pd_incident_action.pagerduty.models import OnCall, PagerDutyIncident, Service
from pd_incident_action.port.mapping import Blueprint
from pd_incident_action.sync.readers import EntityBuilder

ReadIncident = Callable[..., PagerDutyIncident]
SERVICE = Service.read({"id": "PSVC001", "name": "Checkout", "status": "active"})


def redacted(entity: Entity) -> Entity:
    return replace(entity, title=entity.title.replace("s3cret", "***"))


def builder(properties: dict[str, Any], **mapping: str) -> EntityBuilder:
    body = {"identifier": "b", "schema": {"properties": properties, "required": ["required"]}}
    return EntityBuilder(Blueprint.read(body), redacted, mapping)


def test_an_incident_has_what_the_blueprint_has(
    blueprint: Blueprint, read_incident: ReadIncident
) -> None:
    builder = EntityBuilder(blueprint, redacted)
    built = builder.build_incident(read_incident("Q1", title="s3cret", urgency="high"))
    assert built == Entity(
        "pagerdutyIncident",
        "Q1",
        "***",
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


def test_what_an_incident_has_no_more_is_emptied(read_incident: ReadIncident) -> None:
    properties = {"responder": {"type": "string"}, "assignees": {"type": "array"}}
    incident = read_incident("Q1", assignments=[], priority={"summary": "SEV-9"})
    assert builder(properties).build_incident(incident).properties == {
        "responder": None,
        "assignees": [],
    }
    # Not even a value that the blueprint doesn't take leaves an older one.
    limited = builder({"priority": {"type": "string", "enum": ["P1"]}})
    assert limited.build_incident(incident).properties == {"priority": None}
    body = {"schema": {"properties": properties, "required": ["responder", "assignees"]}}
    demanding = EntityBuilder(Blueprint.read(body), redacted)
    assert demanding.build_incident(incident).properties == {}


def test_a_service_has_who_is_on_call_or_nobody() -> None:
    both = [
        OnCall.read({"escalation_level": level, "user": {"email": email}})
        for level, email in enumerate(("ada@x.org", "bob@x.org"), 1)
    ]
    for on_call, schema, expected in [
        (both, {"type": "string", "format": "user"}, "ada@x.org"),
        (both, {"type": "array"}, ["ada@x.org", "bob@x.org"]),
        ([], {"type": "string", "format": "user"}, None),
        ([], {"type": "array"}, []),
    ]:
        built = builder({"oncall": schema}).build_service(SERVICE, on_call)
        assert built.properties == {"oncall": expected}


def test_the_configuration_files_mapping_takes_precedence(read_incident: ReadIncident) -> None:
    pytest.importorskip("jq")
    properties = {"status": {"type": "string"}, "team": {"type": "string"}}
    mapped = builder(properties, team=".teams[0].summary", status=".status | ascii_upcase")
    built = mapped.build_incident(read_incident("Q1", teams=[{"summary": "Web"}]))
    assert built.properties == {"team": "Web", "status": "TRIGGERED"}
    mapped.build_incident(read_incident("Q2", status=5))
    assert any("The mapping of property 'status' failed" in one for one in mapped.warnings)
