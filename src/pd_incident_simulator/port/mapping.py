"""What a webhook's mapping makes of an event: entities to write, or to delete.

https://docs.port.io/build-your-software-catalog/custom-integration/webhook/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .expressions import evaluate
from .things import Json, RefusedError, invalid


@dataclass(frozen=True)
class Mapped:
    """What a mapping makes of an event, or of one item in it.

    Attributes:
        blueprint: the blueprint's identifier.
        entity: the entity, its identifier only where it is to be deleted.
        delete: whether it is to be deleted.
        dependents: whether those that need it are deleted, too.
        failure: why nothing came of it, or None.
    """

    blueprint: str
    entity: Json = field(default_factory=dict)
    delete: bool = False
    dependents: bool = False
    failure: RefusedError | None = None


def mapped(mapping: Json, event: Json) -> Iterator[Mapped]:
    """Evaluate a mapping.

    Args:
        mapping: ``blueprint``, ``entity``, and perhaps ``filter``, ``itemsToParse``, ``operation``.
        event: ``body``, ``headers`` and ``queryParams``.

    Raises:
        RefusedError: jq expressions can't be evaluated at all.
    """
    try:
        for data in _items(mapping, event):
            if "filter" not in mapping or evaluate(mapping["filter"], data) is True:
                yield _one(mapping, data)
    except RefusedError as refusal:
        yield _failed(mapping, refusal)


def _items(mapping: Json, event: Json) -> list[Json]:
    if "itemsToParse" not in mapping:
        return [event]
    items = evaluate(mapping["itemsToParse"], event)
    return [{**event, "item": item} for item in items] if isinstance(items, list) else []


def _one(mapping: Json, data: Json) -> Mapped:
    operation = mapping.get("operation", "create")
    options = operation if isinstance(operation, dict) else {"type": operation}
    delete, dependents = options["type"] == "delete", options.get("deleteDependents") is True
    try:
        entity = _entity(mapping["entity"], data, whole=not delete)
    except RefusedError as refusal:
        return _failed(mapping, refusal)
    return Mapped(mapping["blueprint"], entity, delete=delete, dependents=dependents)


def _entity(wanted: Json, data: Json, *, whole: bool) -> Json:
    identifier = evaluate(wanted["identifier"], data)
    if not isinstance(identifier, str) or not identifier:
        raise invalid(f"{wanted['identifier']} gives no identifier")
    if not whole:
        return {"identifier": identifier}
    return {
        "identifier": identifier,
        "title": evaluate(wanted["title"], data) if "title" in wanted else None,
        "properties": _evaluated(wanted.get("properties", {}), data),
        "relations": _evaluated(wanted.get("relations", {}), data),
    }


def _evaluated(expressions: Json, data: Json) -> Json:
    if not all(isinstance(expression, str) for expression in expressions.values()):
        raise invalid("Relations by search aren't simulated: use jq expressions")
    return {name: evaluate(expression, data) for name, expression in expressions.items()}


def _failed(mapping: Json, refusal: RefusedError) -> Mapped:
    # Without jq nothing can be mapped at all, and whoever sends should hear about it.
    if refusal.error == "jq_missing":
        raise refusal
    return Mapped(mapping["blueprint"], failure=refusal)
