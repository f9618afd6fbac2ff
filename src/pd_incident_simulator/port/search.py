"""Port's entity search, as far as it is simulated."""

from __future__ import annotations

from collections.abc import Iterable

from .objects import Json, invalid

_DEFAULT_PAGE = 200
_MAX_PAGE = 1000
_AFTER = "after-"


def search(entities: Iterable[Json], query: Json) -> list[Json]:
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


def result_page(entities: list[Json], body: Json) -> tuple[list[Json], str]:
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
