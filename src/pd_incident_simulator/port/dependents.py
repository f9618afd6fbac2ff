"""What relates to an entity that is to be deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .things import Json

Place = tuple[str, str]


def dependents_of(
    blueprints: Mapping[str, Json], entities: Mapping[str, Mapping[str, Json]], place: Place
) -> list[Place]:
    """List the entities that can't be without another: a relation to it is required.

    Args:
        blueprints: blueprints by identifier.
        entities: entities by blueprint and identifier.
        place: blueprint and identifier of the other.

    Returns:
        Blueprint and identifier of each.
    """
    relating = _relating(blueprints, entities, place)
    return [
        (kind, entity["identifier"])
        for kind, entity, name in relating
        if blueprints[kind]["relations"][name].get("required")
        and entity["relations"][name] in (place[1], [place[1]])
    ]


def forget(
    blueprints: Mapping[str, Json], entities: Mapping[str, Mapping[str, Json]], place: Place
) -> None:
    """Take an entity out of all relations that lead to it.

    Args:
        blueprints: blueprints by identifier.
        entities: entities by blueprint and identifier.
        place: blueprint and identifier of the entity.
    """
    for _, entity, name in _relating(blueprints, entities, place):
        old = entity["relations"][name]
        kept = [one for one in old if one != place[1]] if isinstance(old, list) else None
        entity["relations"][name] = kept


def _relating(
    blueprints: Mapping[str, Json], entities: Mapping[str, Mapping[str, Json]], place: Place
) -> Iterator[tuple[str, Json, str]]:
    """Give blueprint, entity and relation of whatever relates to an entity."""
    for kind, known in entities.items():
        for name, relation in blueprints[kind].get("relations", {}).items():
            for entity in known.values():
                value = entity["relations"].get(name)
                targets = value if isinstance(value, list) else [value]
                if relation["target"] == place[0] and place[1] in targets:
                    yield kind, entity, name
