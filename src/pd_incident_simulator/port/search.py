"""Port's entity search, as far as it is simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .things import Json, invalid

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda actual, value: bool(actual == value),
    "!=": lambda actual, value: bool(actual != value),
    "contains": lambda actual, value: actual is not None and value in actual,
    "in": lambda actual, value: actual in value,
    "isEmpty": lambda actual, _value: actual in (None, "", []),
    "isNotEmpty": lambda actual, _value: actual not in (None, "", []),
}
_USUAL_PAGE = 200
_LARGEST_PAGE = 1000
_AFTER = "after-"
_COMBINATORS: dict[str, Callable[[list[bool]], bool]] = {"and": all, "or": any}


def found(entities: Mapping[str, Mapping[str, Json]], query: Json) -> list[Json]:
    """Find entities.

    Args:
        entities: where to look, by blueprint and identifier.
        query: ``combinator`` and ``rules``; a rule may be a query itself. A rule's property is
            ``$identifier``, ``$title``, ``$blueprint`` or one of the entity's own.

    Returns:
        The entities that fit.

    Raises:
        RefusedError: an operator or combinator that isn't simulated.
    """
    check(query)
    return [
        entity
        for blueprint, known in entities.items()
        for entity in known.values()
        if _fits(blueprint, entity, query)
    ]


def check(query: object) -> Json:
    """Refuse what isn't a query, however deep inside.

    Args:
        query: what was sent.

    Returns:
        The query.

    Raises:
        RefusedError: it, or a rule in it, has the wrong shape.
    """
    if not isinstance(query, dict):
        raise invalid("body/query must be object")
    rules = query.get("rules", [])
    if not isinstance(rules, list):
        raise invalid("body/rules must be array")
    for rule in rules:
        check(rule)
    return query


def page_of(entities: list[Json], body: Json) -> tuple[list[Json], str]:
    """Give the page that a search asks for.

    Args:
        entities: all that were found.
        body: the search: ``limit``, and ``from``, which is what the page before gave as next.

    Returns:
        The page, and what to give as ``from`` for the next one; empty where there is none.

    Raises:
        RefusedError: either isn't right.
    """
    limit, token = body.get("limit", _USUAL_PAGE), body.get("from", f"{_AFTER}0")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= _LARGEST_PAGE:
        raise invalid(f"body/limit must be between 1 and {_LARGEST_PAGE}")
    start = str(token).removeprefix(_AFTER)
    if not (isinstance(token, str) and token.startswith(_AFTER) and start.isdecimal()):
        raise invalid("body/from is not what a search gave as next")
    end = int(start) + limit
    return entities[int(start) : end], f"{_AFTER}{end}" if end < len(entities) else ""


def _fits(blueprint: str, entity: Json, rule: Json) -> bool:
    if "rules" in rule:
        combine = _COMBINATORS.get(str(rule.get("combinator")))
        if combine is None:
            raise invalid("body/combinator must be one of and, or")
        return combine([_fits(blueprint, entity, inner) for inner in rule["rules"]])
    operator = _OPERATORS.get(str(rule.get("operator")))
    if operator is None:
        raise invalid(f"body/rules/operator must be one of {', '.join(_OPERATORS)}")
    return operator(_value(blueprint, entity, str(rule.get("property"))), rule.get("value"))


def _value(blueprint: str, entity: Json, name: str) -> object:
    meta = {
        "$identifier": entity["identifier"],
        "$title": entity["title"],
        "$blueprint": blueprint,
    }
    return meta.get(name, entity["properties"].get(name))
