"""From what was achieved to the catalog's entity, in the shape that the blueprint has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pd_incident_action.models import Entity

from .jq_mapping import overridden

if TYPE_CHECKING:
    from pd_incident_action.models import Incident, Outcome, Service

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
# What Port's documentation has people create; stands in when the blueprint can't be read.
DOCUMENTED_BLUEPRINT: Mapping[str, Any] = {
    "schema": {"properties": {name: {"type": "string"} for name in _DOCUMENTED}},
    "relations": {SERVICE_BLUEPRINT: {"target": SERVICE_BLUEPRINT, "many": True}},
}


def to_entities(outcome: Outcome, blueprint: str) -> tuple[Entity, ...]:
    """Make the catalog's entities of an outcome.

    Args:
        outcome: what the operation achieved.
        blueprint: identifier of their blueprint.

    Returns:
        An entity for each incident, or the one for the service, with every property that is
        known; nothing if there is none to write.
    """
    if not outcome.write_entity:
        return ()
    if outcome.service is not None:
        return (entity_of_service(outcome.service, blueprint),)
    return tuple(_of_incident(one, blueprint, outcome) for one in outcome.incidents)


def _of_incident(incident: Incident, blueprint: str, outcome: Outcome) -> Entity:
    entity = entity_of_incident(incident, blueprint)
    own = outcome.overrides.get(incident.id, {})
    return replace(entity, properties=overridden(entity.properties, own))


def entity_of_incident(incident: Incident, blueprint: str) -> Entity:
    """Make the entity of an incident, with every property that is known."""
    properties = {name: value for name, value in _properties(incident).items() if value}
    relations = {SERVICE_BLUEPRINT: incident.service_id} if incident.service_id else {}
    return Entity(blueprint, identifier(incident.id), incident.title, properties, relations)


def entity_of_service(service: Service, blueprint: str) -> Entity:
    """Make the entity of a service, with every property that is known."""
    properties = {
        "status": service.status,
        "url": service.url,
        "oncall": list(service.on_call),
    }
    known = {name: value for name, value in properties.items() if value}
    return Entity(blueprint, identifier(service.id), service.name, known)


def identifier(text: str) -> str:
    """Make a text an entity identifier, for which Port takes only some characters.

    Args:
        text: an incident's id or a dedup key.

    Returns:
        The text, each character that Port refuses replaced by ``-``, at most 1,000 characters.
    """
    allowed = _NOT_IN_IDENTIFIERS.sub("-", text)[:1000]
    return f"-{allowed}" if allowed in {".", ".."} else allowed


def _properties(incident: Incident) -> dict[str, Any]:
    if incident.provider == "incident-io":
        return {
            "status": incident.status,
            "url": incident.url,
            "severity": incident.severity,
            "description": incident.description,
            "visibility": incident.visibility,
            "createdBy": incident.created_by,
            "createdAt": incident.created_at,
        }
    return {
        "status": incident.status,
        "url": incident.url,
        "urgency": incident.urgency,
        "responder": ", ".join(incident.assignees),
        "assignees": list(incident.assignees),
        "escalation_policy": incident.escalation_policy,
        "priority": incident.priority,
        "description": incident.description,
        "created_at": incident.created_at,
        "updated_at": incident.updated_at,
    }


def fit(entity: Entity, blueprint: Mapping[str, Any]) -> tuple[Entity, list[str]]:
    """Give an entity the shape that its blueprint has, since Port refuses what it doesn't know.

    Args:
        entity: with every property that is known.
        blueprint: as Port shows it.

    Returns:
        The entity that fits, and the names of properties and relations that had to be left out
        and that both official blueprints have.
    """
    schemas = (blueprint.get("schema") or {}).get("properties") or {}
    properties = {
        name: fitted
        for name, value in entity.properties.items()
        if (fitted := _fit_value(value, schemas.get(name))) is not None
    }
    relations = _fit_relations(entity.relations, blueprint.get("relations") or {})
    left_out = [name for name in entity.properties if name not in {*properties, *_OPTIONAL}]
    left_out += [name for name in entity.relations if not relations]
    return replace(entity, properties=properties, relations=relations), left_out


def _fit_value(value: Any, schema: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - JSON
    """Make a value fit a property's schema; None where it can't."""
    if schema is None:
        return None
    if schema.get("type") == "array" and not isinstance(value, list):
        return [value]
    if schema.get("type") == "string" and isinstance(value, list):
        # Port's users are one to a property: then it is whoever is paged first.
        value = value[0] if schema.get("format") == "user" else ", ".join(value)
    if "enum" in schema and value not in schema["enum"]:
        return None
    return value


def _fit_relations(
    relations: Mapping[str, Any], schemas: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Follow the blueprint's own name and arity of the relation to a service."""
    fitted = {}
    for target, identifier_ in relations.items():
        name = target if target in schemas else _relation_to(target, schemas)
        if name:
            fitted[name] = [identifier_] if schemas[name].get("many") else identifier_
    return fitted


def _relation_to(target: str, schemas: Mapping[str, Mapping[str, Any]]) -> str | None:
    return next((name for name, s in schemas.items() if s.get("target") == target), None)
