"""Blueprints and entities: what Port accepts, and what upserting does.

https://docs.port.io/api-reference/port-api under Blueprints and Entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pd_incident_simulator import routing
from pd_incident_simulator.exchange import Reply, Request

from .blueprints import complete
from .objects import ApiError, Json, identifier_taken, invalid, not_found
from .state import PortState

_MAX_BULK = 20
_DEFAULT_PAGE = 200
_MAX_PAGE = 1000
_AFTER = "after-"
_BLUEPRINT = "/v1/blueprints/{blueprint}"
_ENTITIES = f"{_BLUEPRINT}/entities"
_ENTITY = f"{_ENTITIES}/{{identifier}}"
_IDENTIFIER = re.compile(r"(?!\.{1,2}$)[\w@.+:\\/=-]{1,1000}", re.ASCII)
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}

routes = routing.Routes[PortState]()


@dataclass(frozen=True)
class WriteOptions:
    """How an entity is written.

    Attributes:
        upsert: whether it may exist already.
        merge: whether what isn't given stays; otherwise the entity is replaced.
        create_missing: whether missing entities that it relates to are created.
        validation_only: whether it is only checked.
    """

    upsert: bool = False
    merge: bool = False
    create_missing: bool = False
    validation_only: bool = False


@routes("POST", "/v1/blueprints")
def create_blueprint(state: PortState, request: Request) -> Reply:
    """Create a blueprint."""
    return Reply(201, {"ok": True, "blueprint": _define(state, request.json, is_new=True)})


@routes("GET", _BLUEPRINT)
def get_blueprint(state: PortState, request: Request) -> Reply:
    """Return a blueprint."""
    blueprint = state.blueprint(request.path_params["blueprint"])
    return Reply(200, {"ok": True, "blueprint": blueprint})


@routes("PUT", _BLUEPRINT)
def replace_blueprint(state: PortState, request: Request) -> Reply:
    """Replace a blueprint."""
    old = state.blueprint(request.path_params["blueprint"])
    blueprint = {"identifier": old["identifier"], **request.json}
    return Reply(200, {"ok": True, "blueprint": _define(state, blueprint, is_new=False)})


@routes("POST", _ENTITIES)
def create_entity(state: PortState, request: Request) -> Reply:
    """Create an entity, or with ``upsert`` update it."""
    return Reply(201, {"ok": True, "entity": _write_one(state, request, request.json)})


@routes("POST", f"{_ENTITIES}/bulk")
def create_entities(state: PortState, request: Request) -> Reply:
    """Create or update some entities at once; each may fail alone."""
    bodies = request.json.get("entities")
    if not isinstance(bodies, list) or not 1 <= len(bodies) <= _MAX_BULK:
        raise invalid(f"Give between 1 and {_MAX_BULK} entities")
    known = set(state.entities.get(request.path_params["blueprint"], {}))
    written: list[Json] = []
    errors: list[Json] = []
    for index, body in enumerate(bodies):
        place = {"identifier": str(body.get("identifier")), "index": index}
        try:
            _write_one(state, request, body)
            written.append({**place, "created": place["identifier"] not in known})
        except ApiError as error:
            details = {"error": error.error, "message": str(error)}
            errors.append({**place, "statusCode": error.status, **details})
    return Reply(207 if errors else 200, {"ok": True, "entities": written, "errors": errors})


@routes("POST", f"{_ENTITIES}/search")
def search_entities(state: PortState, request: Request) -> Reply:
    """Find a blueprint's entities by a query, page by page."""
    blueprint = request.path_params["blueprint"]
    state.blueprint(blueprint)
    entities = state.entities.get(blueprint, {}).values()
    page, following = _result_page(_search(entities, request.json["query"]), request.json)
    return Reply(200, {"ok": True, "entities": page} | ({"next": following} if following else {}))


@routes("GET", f"{_BLUEPRINT}/entities-count")
def count_entities(state: PortState, request: Request) -> Reply:
    """Count a blueprint's entities."""
    identifier = state.blueprint(request.path_params["blueprint"])["identifier"]
    return Reply(200, {"ok": True, "count": len(state.entities.get(identifier, {}))})


@routes("GET", _ENTITY)
def get_entity(state: PortState, request: Request) -> Reply:
    """Return an entity."""
    entity = state.entity(request.path_params["blueprint"], request.path_params["identifier"])
    return Reply(200, {"ok": True, "entity": entity})


@routes("DELETE", _ENTITY)
def delete_entity(state: PortState, request: Request) -> Reply:
    """Delete an entity."""
    delete(state, request.path_params["blueprint"], request.path_params["identifier"])
    return Reply(200, {"ok": True})


def write(state: PortState, blueprint: str, body: Json, options: WriteOptions) -> Json:
    """Create an entity, replace it, or merge into it.

    Args:
        state: the account.
        blueprint: the blueprint's identifier.
        body: the entity, or the part of it that changes.
        options: how to write it.

    Returns:
        The entity as it is then.

    Raises:
        ApiError: it doesn't fit the blueprint, or exists although it mustn't.
    """
    schema = state.blueprint(blueprint)
    entities = state.entities.setdefault(blueprint, {})
    identifier = _check_identifier(body.get("identifier"))
    if identifier in entities and not options.upsert:
        raise identifier_taken("Entity", identifier)
    _check_properties(schema, body.get("properties") or {})
    targets = _targets(schema, body.get("relations") or {})
    absent = [(kind, one) for kind, one in targets if one not in state.entities.get(kind, {})]
    if absent and not options.create_missing:
        raise not_found(f"Related entity of blueprint {absent[0][0]}", absent[0][1])
    entity = _merged(entities.get(identifier) if options.merge else None, body)
    _check_required(schema, entity)
    if not options.validation_only:
        entities[identifier] = entity
        for kind, one in absent:
            state.entities.setdefault(kind, {})[one] = _merged(None, {"identifier": one})
    return entity


def delete(state: PortState, blueprint: str, identifier: str) -> None:
    """Delete an entity, and remove it from the relations that lead to it."""
    state.entity(blueprint, identifier)
    del state.entities[blueprint][identifier]
    for kind, entities in state.entities.items():
        for name, relation in state.blueprints[kind].get("relations", {}).items():
            for entity in entities.values() if relation["target"] == blueprint else ():
                targets = entity["relations"].get(name)
                if isinstance(targets, list):
                    entity["relations"][name] = [one for one in targets if one != identifier]
                elif targets == identifier:
                    entity["relations"][name] = None


def check_value(name: str, value: object, schema: Json) -> None:
    """Reject a property's value that doesn't fit the property's schema."""
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


def _write_one(state: PortState, request: Request, body: Json) -> Json:
    run_id = request.param("run_id")
    if run_id:
        state.run(run_id, changing=True)
    options = WriteOptions(
        upsert=request.flag("upsert"),
        merge=request.flag("merge"),
        create_missing=request.flag("create_missing_related_entities"),
        validation_only=request.flag("validation_only"),
    )
    return write(state, request.path_params["blueprint"], body, options)


def _define(state: PortState, blueprint: Json, *, is_new: bool) -> Json:
    """Create a blueprint, or replace one."""
    identifier, schema = blueprint.get("identifier"), blueprint.get("schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    relations = blueprint.get("relations", {})
    if not isinstance(identifier, str) or not isinstance(properties, dict):
        raise invalid("A blueprint needs identifier and schema/properties")
    for name, one in properties.items():
        if not isinstance(one, dict) or one.get("type") not in _TYPES:
            raise invalid(f"body/schema/properties/{name}/type must be one of {', '.join(_TYPES)}")
    for name, relation in relations.items():
        if relation.get("target") not in {*state.blueprints, identifier}:
            raise invalid(f"body/relations/{name}/target is not a blueprint")
    if is_new and identifier in state.blueprints:
        raise identifier_taken("Blueprint", identifier)
    state.blueprints[identifier] = complete(blueprint, state.blueprints.get(identifier))
    state.entities.setdefault(identifier, {})
    return state.blueprints[identifier]


def _merged(old: Json | None, body: Json) -> Json:
    old = old or {}
    return {
        "identifier": body["identifier"],
        "title": body.get("title") or old.get("title") or body["identifier"],
        "properties": {**old.get("properties", {}), **(body.get("properties") or {})},
        "relations": {**old.get("relations", {}), **(body.get("relations") or {})},
    }


def _check_identifier(identifier: object) -> str:
    if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier):
        raise invalid(f"identifier {identifier!r} is not valid")
    return identifier


def _check_properties(schema: Json, properties: Json) -> None:
    known = schema["schema"]["properties"]
    for name, value in properties.items():
        if name not in known:
            raise invalid(f'"properties" must NOT have additional property "{name}"')
        if value is not None:
            check_value(name, value, known[name])


def _check_required(schema: Json, entity: Json) -> None:
    for name in schema["schema"].get("required") or []:
        if entity["properties"].get(name) is None:
            raise invalid(f'"properties" must have required property "{name}"')
    for name, relation in (schema.get("relations") or {}).items():
        if relation.get("required") and not entity["relations"].get(name):
            raise invalid(f'"relations" must have required property "{name}"')


def _targets(schema: Json, relations: Json) -> list[tuple[str, str]]:
    """List blueprint and identifier of all that an entity's relations lead to."""
    found = []
    for name, value in relations.items():
        relation = (schema.get("relations") or {}).get(name)
        if relation is None:
            raise invalid(f'"relations" must NOT have additional property "{name}"')
        if value is not None and relation.get("many", False) != isinstance(value, list):
            raise invalid(f'relation "{name}" has the wrong number of targets')
        targets = value if isinstance(value, list) else [] if value is None else [value]
        found += [(relation["target"], _check_identifier(target)) for target in targets]
    return found


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _search(entities: Iterable[Json], query: Json) -> list[Json]:
    """Return the entities that match all rules of a query, which say what a property is one of.

    Raises:
        ApiError: it is no such query.
    """
    rules = query["rules"]
    if query["combinator"] != "and" or any(rule["operator"] != "in" for rule in rules):
        raise invalid("body/query must have the combinator and, its rules the operator in")
    return [
        entity
        for entity in entities
        if all(entity["properties"].get(rule["property"]) in rule["value"] for rule in rules)
    ]


def _result_page(entities: list[Json], body: Json) -> tuple[list[Json], str]:
    """Return the page that a search asks for.

    Args:
        entities: all matches.
        body: the search: ``limit``, and ``from``, which is the previous page's ``next``.

    Returns:
        The page, and the ``from`` of the next one; empty if there is none.
    """
    limit, token = body.get("limit", _DEFAULT_PAGE), body.get("from", f"{_AFTER}0")
    if type(limit) is not int or not 1 <= limit <= _MAX_PAGE:
        raise invalid(f"body/limit must be between 1 and {_MAX_PAGE}")
    start = int(token.removeprefix(_AFTER))
    end = start + limit
    return entities[start:end], f"{_AFTER}{end}" if end < len(entities) else ""
