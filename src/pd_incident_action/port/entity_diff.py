"""What writing entities would change in the catalog, without writing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import ApiError

from . import mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pd_incident_action.models import Entity

    from .client import Port


@dataclass(frozen=True)
class Change:
    """What would become of an entity.

    Attributes:
        entity: as it would be written.
        is_new: whether it isn't in the catalog yet.
        changes: old and new value by the name of the property or relation.
        problem: why Port wouldn't take it, or empty.
    """

    entity: Entity
    is_new: bool = False
    changes: Mapping[str, tuple[Any, Any]] | None = None
    problem: str = ""


def preview(port: Port, entities: Sequence[Entity]) -> tuple[Change, ...]:
    """Find out what writing entities would change.

    Args:
        port: Port's API.
        entities: what would be written, all of one blueprint.

    Returns:
        A change for each; Port's trouble is told in it, since it wouldn't prevent a page.
    """
    schema: Mapping[str, Any] = mapping.DOCUMENTED_BLUEPRINT
    problem = ""
    try:
        schema = port.blueprint(entities[0].blueprint) if entities else schema
    except ApiError as error:
        problem = str(error)
    return tuple(_preview_one(port, entity, schema, problem) for entity in entities)


def _preview_one(port: Port, entity: Entity, schema: Mapping[str, Any], problem: str) -> Change:
    fitted, left_out = mapping.fit(entity, schema)
    if problem:
        return Change(fitted, problem=problem)
    if left_out:
        problem = f"The blueprint lacks {', '.join(left_out)}, which would be left out."
    try:
        port.validate(fitted)
        now = port.entity(fitted.blueprint, fitted.identifier)
    except ApiError as error:
        return Change(fitted, problem=str(error))
    if now is None:
        return Change(fitted, is_new=True, changes=_difference({}, fitted), problem=problem)
    return Change(fitted, changes=_difference(now, fitted), problem=problem)


def _difference(now: Mapping[str, Any], entity: Entity) -> dict[str, tuple[Any, Any]]:
    wanted = {"title": entity.title, **entity.properties, **entity.relations}
    held = {
        "title": now.get("title"),
        **(now.get("properties") or {}),
        **(now.get("relations") or {}),
    }
    return {
        name: (held.get(name), value) for name, value in wanted.items() if held.get(name) != value
    }
