"""Putting ours beside what is there: what users made of it stays, and what is missing is added.

All of these are pure: they take what Port has and what we bring, and give what Port should have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .resources import Json

_WORDS = ("title", "description")


def merge_blueprint(theirs: Json, ours: Json) -> Json:
    """Add what a blueprint lacks: properties, relations, values of an enum.

    Args:
        theirs: the blueprint as Port has it.
        ours: the blueprint that we bring.

    Returns:
        Theirs with all of ours; types, arities and titles are left as they are, since entities
        and other integrations rely on them.
    """
    merged = _merge(theirs, ours)
    # What users don't demand of their entities isn't for us to demand.
    merged["schema"]["required"] = (theirs.get("schema") or {}).get("required") or []
    return merged


def merge_action(theirs: Json, ours: Json) -> Json:
    """Add what an action or automation lacks, and let it start the workflow of our repository.

    Args:
        theirs: the action as Port has it.
        ours: the action that we bring.

    Returns:
        Theirs with all of ours; one that runs by other means than ours still does.
    """
    if theirs["invocationMethod"].get("type") != ours["invocationMethod"]["type"]:
        ours = {**ours, "invocationMethod": theirs["invocationMethod"]}
    merged = _merge(theirs, ours)
    for name in ("org", "repo"):
        if name in ours["invocationMethod"]:
            merged["invocationMethod"][name] = ours["invocationMethod"][name]
    if "userInputs" in ours["trigger"]:
        inputs = _form(theirs["trigger"].get("userInputs") or {}, ours["trigger"]["userInputs"])
        merged["trigger"]["userInputs"] |= inputs
    return merged


def _form(theirs: Json, ours: Json) -> Json:
    """Demand only those inputs that are new in the form, and show them on its last step."""
    known = theirs.get("properties") or {}
    new = [name for name in ours["properties"] if name not in known]
    required = theirs.get("required")
    if not isinstance(required, dict):
        required = _union(required or [], [name for name in ours["required"] if name in new])
    if not theirs.get("steps"):
        return {"required": required, "order": _union(theirs.get("order") or [], ours["order"])}
    *first, last = theirs["steps"]
    steps = [*first, {**last, "order": _union(last.get("order") or [], new)}]
    return {"required": required, "steps": steps, "order": theirs.get("order") or []}


def merge_webhook(theirs: Json, ours: Json) -> Json:
    """Add the mappings that a webhook lacks, and let it check PagerDuty's signatures.

    Args:
        theirs: the webhook as Port has it.
        ours: the webhook that we bring.

    Returns:
        Theirs with all of ours.
    """
    merged = _merge(theirs, ours)
    merged["enabled"] = ours["enabled"]
    merged["security"] = {**(theirs.get("security") or {}), **ours["security"]}
    mappings = {_subject(one): one for one in theirs.get("mappings") or []}
    for one in ours["mappings"]:
        mappings[_subject(one)] = _merge(mappings.get(_subject(one), {}), one)
    merged["mappings"] = list(mappings.values())
    return merged


def _subject(mapping: Mapping[str, Any]) -> tuple[str, str, str]:
    """Tell which entities of which events a mapping is about."""
    operation = mapping.get("operation") or "create"
    kind = operation if isinstance(operation, str) else operation.get("type", "")
    return str(mapping.get("blueprint")), str(mapping.get("filter")), kind


def fit_mapping(mapping: Json, blueprint: Json, ours: Json) -> tuple[Json, list[str]]:
    """Give a mapping the shape that its blueprint has, since Port refuses what doesn't fit.

    Args:
        mapping: one of the webhook's, made for our blueprint.
        blueprint: the blueprint as Port has it.
        ours: our blueprint.

    Returns:
        The mapping that fits, and the names of properties that have another type and had to be
        left out.
    """
    entity = mapping["entity"]
    schemas, known = blueprint["schema"]["properties"], ours["schema"]["properties"]
    wrong = [
        name
        for name in entity.get("properties", {})
        if schemas[name].get("type") != known[name]["type"]
    ]
    properties = {n: e for n, e in entity.get("properties", {}).items() if n not in wrong}
    relations = {
        name: expression if blueprint["relations"][name].get("many") else expression.strip("[]")
        for name, expression in entity.get("relations", {}).items()
    }
    parts = {"properties": properties, "relations": relations}
    fitted = {**entity, **{name: part for name, part in parts.items() if name in entity}}
    return {**mapping, "entity": fitted}, wrong


def _merge(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Json:
    """Add what is missing, at every depth; whatever they have stays."""
    merged = dict(theirs)
    for name, value in ours.items():
        held = theirs.get(name)
        if held is None or held in ("", [], {}):
            merged[name] = value
        elif name == "properties":
            merged[name] = {**value, **{one: _property(held[one], value.get(one)) for one in held}}
        elif name == "order":
            merged[name] = _union(held, value)
        elif isinstance(value, Mapping) and isinstance(held, Mapping):
            merged[name] = _merge(held, value)
    return merged


def _property(theirs: Any, ours: Any) -> Any:  # noqa: ANN401 - a schema, or an expression
    """Keep a property as they have it, but let it take all the values that we write."""
    if not (isinstance(theirs, Mapping) and isinstance(ours, Mapping)):
        return theirs
    described = {name: ours[name] for name in _WORDS if name in ours and not theirs.get(name)}
    if not (isinstance(theirs.get("enum"), list) and isinstance(ours.get("enum"), list)):
        return {**theirs, **described}
    colours = {**(ours.get("enumColors") or {}), **(theirs.get("enumColors") or {})}
    enum = {"enum": _union(theirs["enum"], ours["enum"])}
    return {**theirs, **described, **enum, **({"enumColors": colours} if colours else {})}


def _union(theirs: Iterable[Any], ours: Iterable[Any]) -> list[Any]:
    held = list(theirs)
    return [*held, *(one for one in ours if one not in held)]
