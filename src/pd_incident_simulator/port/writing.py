"""How entities are written, and the note of it."""

from __future__ import annotations

from dataclasses import dataclass

from .things import Json

API = "API"


@dataclass(frozen=True)
class Writing:
    """How an entity is to be written: the endpoint's query parameters.

    Attributes:
        upsert: whether it may exist already.
        merge: whether what is there stays where nothing else is given.
        create_missing: whether entities that it relates to are made where they are missing.
        validation_only: whether it is only checked.
    """

    upsert: bool = False
    merge: bool = False
    create_missing: bool = False
    validation_only: bool = False


@dataclass(frozen=True)
class Written:
    """That an entity was written or deleted.

    Attributes:
        blueprint: the blueprint's identifier.
        identifier: the entity's identifier.
        change: ``CREATE``, ``UPDATE`` or ``DELETE``.
        by: a run's id, a webhook's identifier, or ``API``.
    """

    blueprint: str
    identifier: str
    change: str
    by: str


def merged(old: Json | None, wanted: Json) -> Json:
    """Make the entity that comes of one that is there, or None, and what is written."""
    old = old or {}
    return {
        "identifier": wanted["identifier"],
        "title": wanted.get("title") or old.get("title") or wanted["identifier"],
        "properties": {**old.get("properties", {}), **(wanted.get("properties") or {})},
        "relations": {**old.get("relations", {}), **(wanted.get("relations") or {})},
    }
