"""What writing entities would change in the catalog, without writing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pd_incident_action.errors import ApiError
from pd_incident_action.models import Entity

from .client import PortClient
from .entities import PortEntities
from .mapping import DOCUMENTED_BLUEPRINT, conform_to_blueprint
from .models import Blueprint, CatalogEntity


@dataclass(frozen=True)
class EntityChange:
    """What would become of an entity.

    Attributes:
        entity: as it would be written.
        is_new: whether it isn't in the catalog yet.
        changes: old and new value by the name of the property or relation; None if Port wouldn't
            take it.
        problem: why Port wouldn't take it, or only in part; or empty.
    """

    entity: Entity
    is_new: bool = False
    changes: Mapping[str, tuple[Any, Any]] | None = None
    problem: str = ""


def preview(port: PortClient, entities: Sequence[Entity]) -> tuple[EntityChange, ...]:
    """Find out what writing entities of one blueprint would change.

    Problems with Port are part of the result, since they wouldn't prevent a page.
    """
    if not entities:
        return ()
    try:
        blueprint = port.blueprint(entities[0].blueprint)
    except ApiError as error:
        conformed = [conform_to_blueprint(one, DOCUMENTED_BLUEPRINT)[0] for one in entities]
        return tuple(EntityChange(entity, problem=str(error)) for entity in conformed)
    endpoint = PortEntities(port.send, entities[0].blueprint, create_missing=port.create_missing)
    return tuple(_preview_one(endpoint, entity, blueprint) for entity in entities)


def _preview_one(endpoint: PortEntities, entity: Entity, blueprint: Blueprint) -> EntityChange:
    conformed, left_out = conform_to_blueprint(entity, blueprint)
    names = ", ".join(left_out)
    problem = f"The blueprint lacks {names}, which would be left out." if left_out else ""
    try:
        endpoint.upsert(conformed, validate_only=True)
        current = endpoint.get(conformed.identifier)
    except ApiError as error:
        return EntityChange(conformed, problem=str(error))
    changes = _difference(current or CatalogEntity(), conformed)
    return EntityChange(conformed, current is None, changes, problem)


def _difference(current: CatalogEntity, entity: Entity) -> dict[str, tuple[Any, Any]]:
    after = {"title": entity.title, **entity.properties, **entity.relations}
    before = {"title": current.title or None, **current.properties, **current.relations}
    return {
        name: (before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value
    }
