"""Starting an action's run, as a click in Port or a request does.

https://docs.port.io/api-reference/execute-a-self-service-action
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .actions import is_self_service
from .rules import check_value
from .shapes import Shape
from .things import Json, invalid

if TYPE_CHECKING:
    from .runs import Run
    from .state import PortState

_BODY = Shape({"properties": dict, "entity": str}, required=("properties",))
_OF_AN_ENTITY = ("DAY-2", "DELETE")


def start(state: PortState, action: Json, wanted: object) -> Run:
    """Start a run of a self-service action; what it invokes isn't called, nor is approval asked.

    Args:
        state: the account.
        action: the action.
        wanted: the request's body: ``properties``, and the ``entity`` that it is run on.

    Returns:
        The run, in progress.

    Raises:
        RefusedError: it is an automation, lacks a required property, has one that the action
            doesn't ask for or of a wrong type, or the entity is missing.
    """
    if not is_self_service(action):
        raise invalid(f'Action "{action["identifier"]}" is not a self-service action')
    body = _BODY.check("body", wanted)
    trigger = action["trigger"]
    properties = _filled_in(trigger["userInputs"], body["properties"])
    blueprint, entity = trigger.get("blueprintIdentifier", ""), body.get("entity", "")
    if trigger["operation"] in _OF_AN_ENTITY and blueprint:
        if not entity:
            raise invalid("body must have required property 'entity'")
        state.entity(blueprint, entity)
    run = state.runs[state.start_run()]
    run.action, run.blueprint, run.entity = action["identifier"], blueprint, entity
    run.properties = properties
    return run


def _filled_in(inputs: Json, given: Mapping[str, object]) -> Json:
    """Add the fields' fixed defaults to what was given, and refuse what the form would refuse."""
    fields = inputs["properties"]
    fixed = {name: field.get("default") for name, field in fields.items()}
    usual = {
        name: value for name, value in fixed.items() if not (value is None or _is_query(value))
    }
    properties = {**usual, **given}
    required = inputs.get("required", [])
    for name in required if isinstance(required, list) else []:
        # What a query would fill in is only known to Port's own form.
        if properties.get(name) is None and not _is_query(fixed.get(name)):
            raise invalid(f"body/properties must have required property '{name}'")
    for name, value in properties.items():
        if name not in fields:
            raise invalid(f"body/properties must NOT have additional property '{name}'")
        if value is not None:
            check_value(name, value, fields[name])
    return properties


def _is_query(value: object) -> bool:
    return isinstance(value, dict) and "jqQuery" in value
