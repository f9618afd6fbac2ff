"""Self-service actions and automations: what Port takes as one.

https://docs.port.io/api-reference/create-an-action-automation
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import action_shapes as shapes
from .shapes import one_of
from .things import Json, RefusedError, invalid, now

if TYPE_CHECKING:
    from .state import PortState

SELF_SERVICE = "self-service"
_AUTOMATION = "automation"
_IDENTIFIER = re.compile(r"(?!\.{1,2}$)[\w@.+:=-]+")


def define(state: PortState, wanted: Json, old: Json | None = None) -> Json:
    """Add an action or automation, or replace one.

    Args:
        state: the account.
        wanted: the request's body.
        old: what it takes the place of.

    Returns:
        The action with what Port adds to it.

    Raises:
        RefusedError: it has the wrong shape, names what doesn't exist, or its identifier is taken.
    """
    shapes.ACTION.check("body", wanted)
    identifier = wanted["identifier"]
    if not _IDENTIFIER.fullmatch(identifier):
        raise invalid(f'body/identifier must match pattern "{_IDENTIFIER.pattern}"')
    if identifier in state.actions and (old is None or old["identifier"] != identifier):
        raise RefusedError(409, "identifier_taken", f'Action "{identifier}" already exists')
    _check_trigger(state, wanted["trigger"])
    _check_invocation(state, wanted["invocationMethod"])
    at = now()
    made = {name: old[name] for name in ("createdAt", "createdBy", "id")} if old else {}
    stamps = {"createdAt": at, "createdBy": "simulator", "updatedAt": at, "updatedBy": "simulator"}
    known = {"id": f"action_{identifier}", "requiredApproval": False, "publish": True}
    action = {**known, **wanted, **stamps, **made}
    if old:
        del state.actions[old["identifier"]]
    state.actions[identifier] = action
    return action


def is_self_service(action: Json) -> bool:
    """Tell whether people run it, not events."""
    return bool(action["trigger"]["type"] == SELF_SERVICE)


def _check_trigger(state: PortState, trigger: Json) -> None:
    where = "body/trigger"
    one_of(f"{where}/type", trigger.get("type"), (SELF_SERVICE, _AUTOMATION))
    if trigger["type"] == _AUTOMATION:
        _check_reaction(state, where, trigger)
        return
    one_of(f"{where}/operation", trigger.get("operation"), tuple(shapes.TRIGGERS))
    shapes.TRIGGERS[trigger["operation"]].check(where, trigger)
    if "blueprintIdentifier" in trigger:
        state.blueprint(trigger["blueprintIdentifier"])
    inputs = shapes.INPUTS.check(f"{where}/userInputs", trigger["userInputs"])
    for name, field in inputs["properties"].items():
        if not isinstance(field, dict) or not isinstance(field.get("type"), str):
            place = f"{where}/userInputs/properties/{name}"
            raise invalid(f"{place} must have required property 'type'")


def _check_reaction(state: PortState, where: str, trigger: Json) -> None:
    shapes.REACTION.check(where, trigger)
    event = trigger["event"]
    one_of(f"{where}/event/type", event.get("type"), tuple(shapes.EVENTS))
    shapes.EVENTS[event["type"]].check(f"{where}/event", event)
    if "blueprintIdentifier" in event:
        state.blueprint(event["blueprintIdentifier"])
    if "actionIdentifier" in event:
        state.action(event["actionIdentifier"])
    if "condition" in trigger:
        condition = shapes.CONDITION.check(f"{where}/condition", trigger["condition"])
        one_of(f"{where}/condition/type", condition["type"], ("JQ",))
        one_of(f"{where}/condition/combinator", condition.get("combinator", "and"), ("and", "or"))


def _check_invocation(state: PortState, invocation: Json) -> None:
    where = "body/invocationMethod"
    one_of(f"{where}/type", invocation.get("type"), tuple(shapes.INVOCATIONS))
    shapes.INVOCATIONS[invocation["type"]].check(where, invocation)
    if "blueprintIdentifier" in invocation:
        state.blueprint(invocation["blueprintIdentifier"])
