"""From an outcome to entities in the shape that their blueprint has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import AliasPath, Field

from pd_incident_action.http.api_model import ApiModel, Flag, Members, Text, Texts
from pd_incident_action.models import Entity, Incident, Outcome, Service

FindEmail = Callable[[str], str]

SERVICE_BLUEPRINT = "pagerdutyService"
_MAX_SHOWN = 10
_NOT_IN_IDENTIFIERS = re.compile(r"[^A-Za-z0-9@_.+:\\/=-]")
# Official blueprints differ in these; a catalog has one or the other, so the rest isn't missed.
_OPTIONAL = frozenset({"responder", "assignees", "priority", "description", "triggered_by"})
_REQUIRED_OF_SERVICES = frozenset({"status", "url", "oncall"})
_DOCUMENTED = (
    "status",
    "url",
    "urgency",
    "responder",
    "escalation_policy",
    "created_at",
    "updated_at",
)


class PropertySchema(ApiModel):
    """The JSON schema of a blueprint's property."""

    type: Text = ""
    format: Text = ""

    @property
    def enum(self) -> list[Any] | None:
        """The values that it takes, of a list each item, or None if it takes any."""
        values = self.raw.get("enum", self._items.get("enum"))
        return values if isinstance(values, list) else None

    @property
    def takes_users(self) -> bool:
        """Whether its values are users of Port, by their e-mail addresses."""
        return "user" in {self.format, self._items.get("format")}

    @property
    def _items(self) -> dict[str, Any]:
        items = self.raw.get("items")
        return items if isinstance(items, dict) else {}


class RelationSchema(ApiModel):
    """A blueprint's relation to another one."""

    target: Text = ""
    many: Flag = False
    required: Flag = False


class Blueprint(ApiModel):
    """The shape of entities: https://docs.port.io/api-reference/get-a-blueprint."""

    identifier: Text = ""
    properties: Members[PropertySchema] = Field(
        default_factory=dict, validation_alias=AliasPath("schema", "properties")
    )
    required: Texts = Field(default=(), validation_alias=AliasPath("schema", "required"))
    relations: Members[RelationSchema] = Field(default_factory=dict)

    def relation_to(self, target: str) -> str:
        """Return the name of the relation to another blueprint, or an empty text."""
        if target in self.relations:
            return target
        return next((name for name, one in self.relations.items() if one.target == target), "")


@cache
def documented_blueprint() -> Blueprint:
    """Return the blueprint of Port's documentation, in place of one that can't be read."""
    properties = {name: {"type": "string"} for name in _DOCUMENTED}
    relations = {SERVICE_BLUEPRINT: {"target": SERVICE_BLUEPRINT, "many": True}}
    return Blueprint.read({"schema": {"properties": properties}, "relations": relations})


def to_entities(
    outcome: Outcome, blueprint: str, related: Mapping[str, Any] = MappingProxyType({})
) -> tuple[Entity, ...]:
    """Build the entities of an outcome: one for each incident, or the one for the service.

    Incidents get those relations of the entity that the run was started on that their blueprint
    has, too.
    """
    if not outcome.write_entity:
        return ()
    if outcome.service is not None:
        return (entity_of_service(outcome.service, blueprint),)
    replaced, entities = identifier(outcome.replaces_alert), []
    for incident in outcome.incidents:
        overrides = outcome.property_overrides.get(incident.id, {})
        entity = entity_of_incident(incident, blueprint, overrides, related)
        replaces = replaced if entity.identifier != replaced else ""
        entities.append(replace(entity, replaces=replaces, is_update=outcome.is_update))
    return tuple(entities)


def entity_of_incident(
    incident: Incident,
    blueprint: str,
    overrides: Mapping[str, Any],
    related: Mapping[str, Any] = MappingProxyType({}),
) -> Entity:
    """Build the entity of an incident, with every property that is known.

    Args:
        incident: the incident.
        blueprint: its blueprint.
        overrides: values of the configuration file's mapping; None leaves a property out.
        related: relations besides the one to the service.
    """
    known = {name: value for name, value in incident.properties().items() if value}
    properties = {**incident.custom_fields, **known, **overrides}
    service = {SERVICE_BLUEPRINT: incident.service_id} if incident.service_id else {}
    return Entity(
        blueprint,
        identifier(incident.id),
        incident.title,
        {n: one for n, one in properties.items() if one is not None or n not in overrides},
        {**related, **service},
        users={name: users for name, users in incident.users().items() if name not in overrides},
        optional=frozenset(incident.custom_fields) | (related.keys() - service.keys()),
    )


def entity_of_service(service: Service, blueprint: str) -> Entity:
    """Build the entity of a service, with every property that is known."""
    known = {name: value for name, value in service.properties().items() if value}
    optional = frozenset(known) - _REQUIRED_OF_SERVICES
    return Entity(blueprint, identifier(service.id), service.name, known, optional=optional)


def identifier(text: str) -> str:
    """Return an id or key as an entity identifier: each character Port refuses becomes ``-``."""
    allowed = _NOT_IN_IDENTIFIERS.sub("-", text)[:1000]
    return f"-{allowed}" if allowed in {".", ".."} else allowed


class Conformed(NamedTuple):
    """An entity in the shape of its blueprint.

    Attributes:
        missing: properties and relations that the blueprint lacks, of those that both official
            blueprints have.
        unfit: sentences about values that the blueprint's properties don't take.
    """

    entity: Entity
    missing: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know about what was left out."""
        if not self.missing:
            return self.unfit
        lacks = (
            f"The blueprint lacks {', '.join(self.missing)}, left out of the entity; add them to "
            "the blueprint to see them in the catalog."
        )
        return (lacks, *self.unfit)


def unknown_email(_user_id: str) -> str:
    """Return no address: there is nobody to ask for it."""
    return ""


def conform_to_blueprint(
    entity: Entity, blueprint: Blueprint, find_email: FindEmail = unknown_email
) -> Conformed:
    """Give an entity the shape that its blueprint has, since Port refuses what it doesn't know."""
    properties, unfit = dict[str, Any](), list[str]()
    for name, value in entity.properties.items():
        schema = blueprint.properties.get(name)
        if schema is None:
            continue
        if value is None:
            # Port merges: what isn't named would stay as it was.
            properties |= {name: None} if name not in blueprint.required else {}
            continue
        conformed, left_out = _conform_value(value, schema, entity.users.get(name), find_email)
        if conformed is not None:
            properties[name] = conformed
        if left_out:
            unfit.append(f"Property '{name}' of the entity {left_out}; that was left out.")
    relations = _conform_relations(entity, blueprint)
    known = {*blueprint.properties, *blueprint.relations, *_OPTIONAL, *entity.optional}
    missing = [name for name in entity.properties if name not in known]
    missing += [
        name
        for name in entity.relations
        if name not in entity.optional and not blueprint.relation_to(name)
    ]
    optional = entity.optional | {blueprint.relation_to(name) for name in entity.optional}
    optional |= relations.keys() & entity.properties.keys()
    conforming = replace(entity, properties=properties, relations=relations, optional=optional)
    return Conformed(conforming, tuple(missing), tuple(unfit))


def _conform_value(
    value: object,
    schema: PropertySchema,
    users: Sequence[str] | None,
    find_email: FindEmail,
) -> tuple[object, str]:
    """Convert a value to a property's type.

    Returns:
        The value, None where nothing of it can be used, and what the property doesn't take.
    """
    items, left_out = _items_of(value), ""
    if schema.takes_users and users is not None:
        emails = {user: user if "@" in user else find_email(user) for user in users if user}
        items = [email for email in emails.values() if email]
        if len(items) < len(emails) or not items:
            names = ", ".join(map(str, _items_of(value)))
            left_out = f"takes e-mail addresses, and not all of {names} have a known one"
    if schema.takes_users and schema.type != "array":
        # Port's users are one to a property: then it is whoever is paged first.
        items = items[:1]
    elif schema.type == "string":
        items = [", ".join(map(str, items)) if isinstance(value, list) else value]
    if schema.enum is not None:
        refused = [item for item in items if item not in schema.enum]
        items = [item for item in items if item in schema.enum]
        if refused:
            allowed = ", ".join(map(str, schema.enum[:_MAX_SHOWN]))
            left_out = f"takes only {allowed}, not {', '.join(map(str, refused))}"
    if schema.type == "array" or (schema.type != "string" and isinstance(value, list)):
        return items or None, left_out
    return next(iter(items), None), left_out


def _items_of(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _conform_relations(entity: Entity, blueprint: Blueprint) -> dict[str, Any]:
    """Use the blueprint's own names and arities; the mapping sets relations like properties."""
    mapped = {
        name: related
        for name, related in entity.properties.items()
        if name in blueprint.relations and name not in blueprint.properties
    }
    named = {blueprint.relation_to(name): related for name, related in entity.relations.items()}
    conformed = {}
    for name, related in {**named, **mapped}.items():
        schema, items = blueprint.relations.get(name), [one for one in _items_of(related) if one]
        # Of several, nothing shows which one is meant.
        if schema and items and (schema.many or len(items) == 1):
            conformed[name] = items if schema.many else items[0]
    return conformed
