"""Merging what is installed into what Port has: users' changes stay, what is missing is added."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pd_incident_action.port.resources import APP, OCEAN
from pd_incident_action.text import Json, shorten

_DISPATCH = "dispatch_workflow"
_DISPATCHED = "integrationActionExecutionProperties"
_TEXTS = ("title", "description")
_MAX_SHOWN = 100


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


def dispatch_of(invocation: Json) -> Json | None:
    """Return the workflow that an invocation starts, and its inputs; None where it starts none."""
    if invocation.get("type") == APP:
        return {name: value for name, value in invocation.items() if name != "type"}
    if invocation.get("type") != OCEAN or invocation.get("integrationActionType") != _DISPATCH:
        return None
    return dict(invocation.get(_DISPATCHED) or {})


def with_dispatch(invocation: Json, dispatch: Json) -> Json:
    """Return an invocation by the same backend that starts another workflow."""
    if invocation["type"] == APP:
        return {"type": APP, **dispatch}
    return {**invocation, "integrationActionType": _DISPATCH, _DISPATCHED: dispatch}


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
