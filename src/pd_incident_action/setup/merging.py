"""Merging what is installed into what Port has: users' changes stay, what is missing is added."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pd_incident_action.port.mapping import Blueprint, PropertySchema
from pd_incident_action.text import Json, shorten

from .backend import dispatch_of, with_dispatch

_TEXTS = ("title", "description")
_MAX_SHOWN = 100
_INCIDENT = "pagerdutyIncident"


def merge_blueprint(existing: Json, desired: Json) -> Json:
    """Add what a blueprint lacks: properties, relations, values of an enum.

    Types, arities, titles and what is required stay, since entities and other integrations rely
    on them.
    """
    merged = _merge(existing, desired)
    merged["schema"]["required"] = (existing.get("schema") or {}).get("required") or []
    return merged


def merge_action(existing: Json, desired: Json) -> Json:
    """Add what an action or automation lacks, and let it start the desired repository's workflow.

    One that starts no GitHub workflow still runs as it did.
    """
    invocation = _merge_invocation(existing["invocationMethod"], desired["invocationMethod"])
    new = {"invocationMethod": invocation}
    merged = _merge(existing | new, desired | new)
    trigger = desired["trigger"]
    if "userInputs" not in trigger:
        return merged
    if "blueprintIdentifier" not in trigger:
        # It concerns no entity, so it can have no condition on one either.
        place = ("blueprintIdentifier", "condition")
        kept = {name: value for name, value in merged["trigger"].items() if name not in place}
        merged["trigger"] = {**kept, "operation": trigger["operation"]}
    merged["trigger"]["userInputs"] = _merge_form(
        existing["trigger"].get("userInputs") or {}, trigger["userInputs"]
    )
    return merged


def _merge_invocation(existing: Json, desired: Json) -> Json:
    """Start what is started now, plus the inputs that are missing, by the desired backend."""
    theirs, ours = dispatch_of(existing), dispatch_of(desired)
    if theirs is None or ours is None:
        is_same = existing.get("type") == desired["type"]
        return _merge(existing, desired) if is_same else existing
    merged = _merge(theirs, ours) | {name: ours[name] for name in ("org", "repo")}
    for name, expression in ours["workflowInputs"].items():
        # This action's older form, which sends "null" for an empty field.
        if merged["workflowInputs"][name] == f'{{{{ .inputs."{name}" }}}}':
            merged["workflowInputs"] |= {name: expression}
    return with_dispatch(desired, merged)


def _merge_form(existing: Json, desired: Json) -> Json:
    """Require only inputs that are new in the form, and show them on its last step."""
    known = existing.get("properties") or {}
    new = [name for name in desired["properties"] if name not in known]
    required = existing.get("required")
    if not isinstance(required, dict):
        required = _union(required or [], [name for name in desired["required"] if name in new])
    merged = _merge(existing, desired)
    form = {name: value for name, value in merged.items() if name not in {"steps", "order"}}
    return {**form, "required": required, **_merge_layout(existing, desired, known, new)}


def _merge_layout(existing: Json, desired: Json, known: Iterable[str], new: list[str]) -> Json:
    """Keep the steps or the order that users gave a form; Port refuses both at once."""
    order = existing.get("order") or []
    steps = existing.get("steps")
    if not steps:
        is_ours = order in ([], list(known))
        if not ("steps" in desired and is_ours):
            ours = desired.get("order") or desired["properties"]
            return {"order": _union(order, ours)}
        steps = desired["steps"]
        shown = [name for step in steps for name in step["order"]]
        new = [name for name in known if name not in shown]
    *first, last = steps
    return {"steps": [*first, {**last, "order": _union(last.get("order") or [], new)}]}


def merge_webhook(existing: Json, desired: Json) -> Json:
    """Add the mappings that a webhook lacks, and let it check PagerDuty's signatures."""
    merged = _merge(existing, desired)
    merged["enabled"] = desired["enabled"]
    merged["security"] = {**(existing.get("security") or {}), **desired["security"]}
    mappings = {_subject(one): one for one in existing.get("mappings") or []}
    for one in desired["mappings"]:
        mappings[_subject(one)] = _merge(mappings.get(_subject(one), {}), one)
    merged["mappings"] = list(mappings.values())
    return merged


def _subject(mapping: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return which entities of which events a mapping is about."""
    operation = mapping.get("operation") or "create"
    kind = operation if isinstance(operation, str) else operation.get("type", "")
    return str(mapping.get("blueprint")), str(mapping.get("filter")), kind


def conform_webhook(
    webhook: Json, existing: Mapping[str, Json], desired: Iterable[Json]
) -> tuple[Json, list[str]]:
    """Make a webhook's mappings suit the blueprints.

    Args:
        webhook: made for the desired blueprints.
        existing: the blueprints as Port has them, by identifier.
        desired: the blueprints as they are installed.

    Returns:
        The webhook, and what the user should know about it.
    """
    ours = {body["identifier"]: Blueprint.read(body) for body in desired}
    mappings, warnings = [], dict[str, None]()
    for mapping in webhook["mappings"]:
        name = mapping["blueprint"]
        theirs = Blueprint.read(existing[name])
        conformed, left_out = conform_mapping(mapping, theirs, ours[name])
        mappings.append(conformed)
        if left_out:
            names = ", ".join(left_out)
            warnings[f"Blueprint {name} has {names} of another type: left out of webhooks."] = None
    theirs = Blueprint.read(existing[_INCIDENT])
    own = theirs.properties.keys() - ours[_INCIDENT].properties.keys()
    mappings += map(_custom_field_mapping, sorted(own))
    return {**webhook, "mappings": mappings}, list(warnings)


def _custom_field_mapping(name: str) -> Json:
    """Make the mapping of a custom field of incidents to a property of that name."""
    field = f".body.event.data.custom_fields[]? | select(.name == {json.dumps(name)})"
    return {
        "blueprint": _INCIDENT,
        "filter": f'.body.event.event_type == "incident.custom_field_values.updated" and '
        f"([{field}] | length > 0)",
        "entity": {
            "identifier": ".body.event.data.incident.id",
            "properties": {name: f"[{field}][0].value"},
        },
    }


def conform_mapping(
    mapping: Json, blueprint: Blueprint, desired: Blueprint
) -> tuple[Json, list[str]]:
    """Make a webhook's mapping suit a blueprint, since Port refuses what doesn't.

    Returns:
        The mapping, and the names of properties that were left out because of their type.
    """
    entity = mapping["entity"]
    pairs = {
        name: (blueprint.properties[name], desired.properties[name])
        for name in entity.get("properties", {})
    }
    left_out = [name for name, (existing, ours) in pairs.items() if not _is_alike(existing, ours)]
    parts = {
        "properties": {
            name: _restrict(expression, *pairs[name])
            for name, expression in entity.get("properties", {}).items()
            if name not in left_out
        },
        "relations": {
            name: expression if blueprint.relations[name].many else expression.strip("[]")
            for name, expression in entity.get("relations", {}).items()
        },
    }
    conformed = {**entity, **{name: part for name, part in parts.items() if name in entity}}
    return {**mapping, "entity": conformed}, left_out


def _is_alike(existing: PropertySchema, desired: PropertySchema) -> bool:
    """Check whether a property takes the same kind of values; webhooks have no addresses."""
    return (existing.type, existing.takes_users) == (desired.type, desired.takes_users)


def _restrict(expression: str, existing: PropertySchema, desired: PropertySchema) -> str:
    """Make a jq expression give null in place of a value that the property doesn't take."""
    if existing.enum is None or existing.enum == desired.enum or existing.type == "array":
        return expression
    allowed = json.dumps(existing.enum, ensure_ascii=False)
    return f"({expression}) as $value | if {allowed} | index([$value]) then $value else null end"


def _merge(existing: Mapping[str, Any], desired: Mapping[str, Any]) -> Json:
    """Add what is missing, at every depth; what exists stays."""
    merged = dict(existing)
    for name, value in desired.items():
        held = existing.get(name)
        if held is None or held in ("", [], {}):
            merged[name] = value
        elif name == "properties":
            properties = {one: _merge_property(held[one], value.get(one)) for one in held}
            merged[name] = {**value, **properties}
        elif isinstance(value, Mapping) and isinstance(held, Mapping):
            merged[name] = _merge(held, value)
    return merged


def _merge_property(existing: object, desired: object) -> object:
    """Keep a property, but let it take all the values that the action writes."""
    if not (isinstance(existing, Mapping) and isinstance(desired, Mapping)):
        return existing
    texts = {name: desired[name] for name in _TEXTS if name in desired and not existing.get(name)}
    if desired.get("format") == "entity" and _takes_any_text(existing, desired):
        texts |= {name: desired[name] for name in ("format", "blueprint")}
    if not (isinstance(existing.get("enum"), list) and isinstance(desired.get("enum"), list)):
        return {**existing, **texts}
    colors = {**(desired.get("enumColors") or {}), **(existing.get("enumColors") or {})}
    enum = {"enum": _union(existing["enum"], desired["enum"])}
    return {**existing, **texts, **enum, **({"enumColors": colors} if colors else {})}


def _takes_any_text(existing: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    is_free = not existing.get("format") and not existing.get("enum")
    return is_free and existing.get("type") == desired["type"]


def _union(existing: Iterable[Any], desired: Iterable[Any]) -> list[Any]:
    held = list(existing)
    return [*held, *(one for one in desired if one not in held)]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """List what changes from one JSON object to another.

    Returns:
        ``+ path: value``, ``- path: value`` and ``~ path: old → new``. Empty members count as
        missing, since Port shows or hides them as it likes.
    """
    return tuple(_differences("", _without_empty(old), _without_empty(new)))


def _without_empty(value: object) -> object:
    if isinstance(value, Mapping):
        kept = {name: _without_empty(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in (None, "", [], {})}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def _differences(path: str, old: object, new: object) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            place = f"{path}.{name}" if path else name
            yield from _differences(place, old.get(name), new.get(name))
    elif old == new:
        return
    elif old is None:
        yield f"+ {path}: {_shown(new)}"
    elif new is None:
        yield f"- {path}: {_shown(old)}"
    else:
        yield f"~ {path}: {_shown(old)} → {_shown(new)}"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shorten(text, _MAX_SHOWN)
