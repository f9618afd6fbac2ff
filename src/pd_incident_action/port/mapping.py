"""From an outcome to entities in the shape that their blueprint has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pd_incident_action.models import Entity, Incident, Outcome, Service

from .jq_mapping import merge_properties
from .models import Blueprint, BlueprintSchema, PropertySchema, RelationSchema

SERVICE_BLUEPRINT = "pagerdutyService"
_NOT_IN_IDENTIFIERS = re.compile(r"[^A-Za-z0-9@_.+:\\/=-]")
# Two official blueprints differ in these; a catalog has one or the other, so the rest isn't missed.
_OPTIONAL = frozenset({"responder", "assignees", "priority", "description"})
_DOCUMENTED = (
    "status",
    "url",
    "urgency",
    "responder",
    "escalation_policy",
    "created_at",
    "updated_at",
)
# What Port's documentation has people create; used when the blueprint can't be read.
DOCUMENTED_BLUEPRINT = Blueprint(
    schema=BlueprintSchema(
        properties={name: PropertySchema(type="string") for name in _DOCUMENTED}
    ),
    relations={SERVICE_BLUEPRINT: RelationSchema(target=SERVICE_BLUEPRINT, many=True)},
)


def to_entities(outcome: Outcome, blueprint: str) -> tuple[Entity, ...]:
    """Build the entities of an outcome: one for each incident, or the one for the service."""
    if not outcome.write_entity:
        return ()
    if outcome.service is not None:
        return (entity_of_service(outcome.service, blueprint),)
    return tuple(_of_incident(one, blueprint, outcome) for one in outcome.incidents)


def _of_incident(incident: Incident, blueprint: str, outcome: Outcome) -> Entity:
    entity = entity_of_incident(incident, blueprint)
    own = outcome.property_overrides.get(incident.id, {})
    return replace(entity, properties=merge_properties(entity.properties, own))


def entity_of_incident(incident: Incident, blueprint: str) -> Entity:
    """Build the entity of an incident, with every property that is known."""
    properties = {name: value for name, value in incident.properties().items() if value}
    relations = {SERVICE_BLUEPRINT: incident.service_id} if incident.service_id else {}
    return Entity(blueprint, identifier(incident.id), incident.title, properties, relations)


def entity_of_service(service: Service, blueprint: str) -> Entity:
    """Build the entity of a service, with every property that is known."""
    properties = {
        "status": service.status,
        "url": service.url,
        "oncall": list(service.on_call),
    }
    known = {name: value for name, value in properties.items() if value}
    return Entity(blueprint, identifier(service.id), service.name, known)


def identifier(text: str) -> str:
    """Return an id or key as an entity identifier: each character Port refuses becomes ``-``."""
    allowed = _NOT_IN_IDENTIFIERS.sub("-", text)[:1000]
    return f"-{allowed}" if allowed in {".", ".."} else allowed


def conform_to_blueprint(entity: Entity, blueprint: Blueprint) -> tuple[Entity, list[str]]:
    """Give an entity the shape that its blueprint has, since Port refuses what it doesn't know.

    Args:
        entity: with every property that is known.
        blueprint: the blueprint.

    Returns:
        The conforming entity, and the names of properties and relations that had to be left out
        although both official blueprints have them.
    """
    properties = {
        name: conformed
        for name, value in entity.properties.items()
        if (conformed := _conform_value(value, blueprint.properties.get(name))) is not None
    }
    relations = _conform_relations(entity.relations, blueprint)
    left_out = [name for name in entity.properties if name not in {*properties, *_OPTIONAL}]
    left_out += [name for name in entity.relations if not relations]
    return replace(entity, properties=properties, relations=relations), left_out


def _conform_value(value: object, schema: PropertySchema | None) -> object:
    """Convert a value to a property's type; None where that can't be done."""
    if schema is None:
        return None
    if schema.type == "array" and not isinstance(value, list):
        return [value]
    if schema.type == "string" and isinstance(value, list):
        # Port's users are one to a property: then it is whoever is paged first.
        is_user = schema.format == "user"
        value = next(iter(value), None) if is_user else ", ".join(map(str, value))
    if schema.enum is not None and value not in schema.enum:
        return None
    return value


def _conform_relations(relations: Mapping[str, Any], blueprint: Blueprint) -> dict[str, Any]:
    """Use the blueprint's own name and arity of the relation to a service."""
    conformed = {}
    for target, related in relations.items():
        name = blueprint.relation_to(target)
        if name:
            conformed[name] = [related] if blueprint.relations[name].many else related
    return conformed
