"""Port's entity search, as far as it is simulated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .objects import Json, invalid

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda actual, value: bool(actual == value),
    "!=": lambda actual, value: bool(actual != value),
    "contains": lambda actual, value: actual is not None and value in actual,
    "in": lambda actual, value: actual in value,
    "isEmpty": lambda actual, _value: actual in (None, "", []),
    "isNotEmpty": lambda actual, _value: actual not in (None, "", []),
}
_COMBINATORS: dict[str, Callable[[list[bool]], bool]] = {"and": all, "or": any}
_DEFAULT_PAGE = 200
_MAX_PAGE = 1000
_AFTER = "after-"


def search(entities: Iterable[Json], query: object) -> list[Json]:
    """Return the entities that match a query.

    Args:
        entities: where to look.
        query: ``combinator`` and ``rules``; a rule may be a query itself. A rule's property is
            ``$identifier``, ``$title`` or one of the entity's own.

    Raises:
        ApiError: it is no query, or has an operator or combinator that isn't simulated.
    """
    return [entity for entity in entities if _matches(entity, query)]


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
    start = str(token).removeprefix(_AFTER)
    if not start.isdecimal():
        raise invalid("body/from is not the next of a search")
    end = int(start) + limit
    return entities[int(start) : end], f"{_AFTER}{end}" if end < len(entities) else ""


def _matches(entity: Json, rule: object) -> bool:
    if not isinstance(rule, dict):
        raise invalid("body/query must be object")
    if "rules" in rule:
        combine = _COMBINATORS.get(str(rule.get("combinator")))
        if combine is None or not isinstance(rule["rules"], list):
            raise invalid("body/query must have a list of rules, and combinator and or or")
        return combine([_matches(entity, inner) for inner in rule["rules"]])
    operator = _OPERATORS.get(str(rule.get("operator")))
    if operator is None:
        raise invalid(f"body/rules/operator must be one of {', '.join(_OPERATORS)}")
    name = str(rule.get("property"))
    meta = {"$identifier": entity["identifier"], "$title": entity["title"]}
    return operator(meta.get(name, entity["properties"].get(name)), rule.get("value"))
