"""What Port checks before it takes an entity."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from .things import Json, invalid

_IDENTIFIER = re.compile(r"(?!\.{1,2}$)[\w@.+:\\/=-]{1,1000}", re.ASCII)
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def check_blueprint(blueprint: Json, known: Collection[str]) -> None:
    """Refuse a blueprint whose properties have no type, or whose relations lead nowhere.

    Args:
        blueprint: the blueprint.
        known: identifiers of the blueprints that there are.
    """
    properties = blueprint["schema"].get("properties")
    if not isinstance(properties, dict):
        raise invalid("body/schema must have required property 'properties'")
    for name, schema in properties.items():
        if not isinstance(schema, dict) or schema.get("type") not in _TYPES:
            raise invalid(f"body/schema/properties/{name}/type must be one of {', '.join(_TYPES)}")
    relations = blueprint.get("relations", {})
    if not isinstance(relations, dict):
        raise invalid("body/relations must be object")
    for name, relation in relations.items():
        if not isinstance(relation, dict) or relation.get("target") not in known:
            raise invalid(f"body/relations/{name}/target is not a blueprint")


def check_identifier(identifier: object) -> str:
    """Refuse what can't be an entity's identifier."""
    if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier):
        raise invalid(f"identifier {identifier!r} is not valid")
    return identifier


def check_title(title: object) -> None:
    """Refuse what can't be an entity's title."""
    if not (title is None or isinstance(title, str)):
        raise invalid('"title" must be string')


def check_properties(schema: Json, properties: object) -> None:
    """Refuse properties that the blueprint doesn't have, or not like this."""
    if not isinstance(properties, Mapping):
        raise invalid('"properties" must be object')
    known = schema["schema"]["properties"]
    for name, value in properties.items():
        if name not in known:
            raise invalid(f'"properties" must NOT have additional property "{name}"')
        if value is not None:
            check_value(name, value, known[name])


def check_complete(schema: Json, entity: Json) -> None:
    """Refuse an entity that lacks what its blueprint requires."""
    for name in schema["schema"].get("required") or []:
        if entity["properties"].get(name) is None:
            raise invalid(f'"properties" must have required property "{name}"')
    for name, relation in (schema.get("relations") or {}).items():
        if relation.get("required") and not entity["relations"].get(name):
            raise invalid(f'"relations" must have required property "{name}"')


def targets_of(schema: Json, relations: object) -> list[tuple[str, str]]:
    """List blueprint and identifier of all that an entity's relations lead to.

    Raises:
        RefusedError: the blueprint has no such relation, or one where many are given, or the
            other way round.
    """
    if not isinstance(relations, Mapping):
        raise invalid('"relations" must be object')
    found = []
    for name, value in relations.items():
        relation = (schema.get("relations") or {}).get(name)
        if relation is None:
            raise invalid(f'"relations" must NOT have additional property "{name}"')
        if value is not None and relation.get("many", False) != isinstance(value, list):
            raise invalid(f'relation "{name}" has the wrong number of targets')
        targets = value if isinstance(value, list) else [] if value is None else [value]
        found += [(relation["target"], check_identifier(target)) for target in targets]
    return found


def check_value(name: str, value: object, schema: Json) -> None:
    """Refuse a property's value that doesn't fit the property's schema."""
    kind = schema.get("type", "string")
    is_flag = isinstance(value, bool) and kind != "boolean"
    if is_flag or not isinstance(value, _TYPES[kind]):
        raise invalid(f'"properties/{name}" must be {kind}')
    if "enum" in schema and value not in schema["enum"]:
        raise invalid(f'"properties/{name}" must be equal to one of the allowed values')
    if schema.get("format") == "url" and urlsplit(str(value)).scheme not in {"http", "https"}:
        raise invalid(f'"properties/{name}" must match format "url"')
    if schema.get("format") == "date-time" and not _is_time(str(value)):
        raise invalid(f'"properties/{name}" must match format "date-time"')


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
