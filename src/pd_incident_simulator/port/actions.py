"""Self-service actions and automations: what Port accepts, and starting a run.

https://docs.port.io/api-reference/create-an-action-automation
https://docs.port.io/api-reference/execute-a-self-service-action
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pd_incident_simulator import routing
from pd_incident_simulator.exchange import Reply, Request

from .dispatch import dispatch
from .entities import check_value
from .objects import Json, identifier_taken, invalid, with_metadata
from .schema import Schema, check_choice
from .state import PortState

_PATH = "/v1/actions/{action}"
_IDENTIFIER = re.compile(r"(?!\.{1,2}$)[\w@.+:=-]+")
_FLAG = (bool, str)
_ACTION = Schema(
    {"identifier": str, "trigger": dict, "invocationMethod": dict},
    {
        "title": str,
        "icon": str,
        "description": str,
        "requiredApproval": (bool, dict),
        "approvalNotification": dict,
        "publish": bool,
        "allowAnyoneToViewRuns": bool,
    },
)
_SELF_SERVICE = Schema(
    {"type": str, "operation": str, "userInputs": dict},
    {
        "blueprintIdentifier": str,
        "actionCardButtonText": str,
        "executeActionButtonText": str,
        "condition": dict,
    },
)
_INPUTS = Schema(
    {"properties": dict},
    {"required": (list, dict), "order": list, "steps": list},
)
_AUTOMATION = Schema({"type": str, "event": dict}, {"condition": dict})
_CONDITION = Schema({"type": str, "expressions": list, "combinator": str})
_RUN_EVENT = Schema({"type": str, "actionIdentifier": str})
_INVOCATIONS = {
    "WEBHOOK": Schema(
        {"type": str, "url": str},
        {
            "method": str,
            "headers": dict,
            "body": (dict, list),
            "agent": _FLAG,
            "synchronized": _FLAG,
        },
    ),
    "GITHUB": Schema(
        {"type": str, "org": str, "repo": str, "workflow": str},
        {"workflowInputs": dict, "reportWorkflowStatus": _FLAG},
    ),
    "INTEGRATION_ACTION": Schema(
        {
            "type": str,
            "installationId": str,
            "integrationActionType": str,
            "integrationActionExecutionProperties": dict,
        }
    ),
    "UPSERT_ENTITY": Schema({"type": str, "blueprintIdentifier": str, "mapping": dict}),
}
_RUN = Schema({"properties": dict}, {"entity": str})

routes = routing.Routes[PortState]()


@routes("GET", "/v1/actions")
def list_actions(state: PortState, request: Request) -> Reply:
    """List actions and automations, by ``trigger_type`` if wanted."""
    types = request.params("trigger_type")
    actions = [
        one for one in state.actions.values() if not types or one["trigger"]["type"] in types
    ]
    return Reply(200, {"ok": True, "actions": actions})


@routes("POST", "/v1/actions")
def create_action(state: PortState, request: Request) -> Reply:
    """Create an action or automation."""
    return Reply(201, {"ok": True, "action": _define(state, request.json)})


@routes("GET", _PATH)
def get_action(state: PortState, request: Request) -> Reply:
    """Return an action or automation."""
    return Reply(200, {"ok": True, "action": state.action(request.path_params["action"])})


@routes("PUT", _PATH)
def replace_action(state: PortState, request: Request) -> Reply:
    """Replace an action or automation."""
    old = state.action(request.path_params["action"])
    return Reply(200, {"ok": True, "action": _define(state, request.json, old)})


@routes("POST", f"{_PATH}/runs")
def run_action(state: PortState, request: Request) -> Reply:
    """Start a run of a self-service action, and its workflow; approval isn't asked."""
    action = state.action(request.path_params["action"])
    trigger = action["trigger"]
    if trigger["type"] != "self-service":
        raise invalid(f'Action "{action["identifier"]}" is not a self-service action')
    body = _RUN.check("body", request.json)
    properties = _form(trigger["userInputs"], body["properties"])
    blueprint, entity = trigger.get("blueprintIdentifier", ""), body.get("entity", "")
    if trigger["operation"] != "CREATE" and blueprint:
        if not entity:
            raise invalid("body must have required property 'entity'")
        _check_condition(trigger, state.entity(blueprint, entity))
    run = state.runs[state.start_run()]
    run.action, run.blueprint, run.entity = action["identifier"], blueprint, entity
    run.properties = properties
    dispatch(state, action, run)
    return Reply(202, {"ok": True, "run": run.show()})


def _check_condition(trigger: Json, entity: Json) -> None:
    """Reject a run on an entity that the action isn't offered on."""
    for rule in trigger.get("condition", {}).get("rules", []):
        value = entity.get("properties", {}).get(rule["property"])
        if rule["operator"] == "notIn" and value in rule["value"]:
            raise invalid("The action is not available for this entity")


def _define(state: PortState, body: Json, old: Json | None = None) -> Json:
    """Create an action or automation, or replace one."""
    identifier = _ACTION.check("body", body)["identifier"]
    if not _IDENTIFIER.fullmatch(identifier):
        raise invalid(f'body/identifier must match pattern "{_IDENTIFIER.pattern}"')
    if identifier in state.actions and (old is None or old["identifier"] != identifier):
        raise identifier_taken("Action", identifier)
    kind = check_choice(
        "body/trigger/type", body["trigger"].get("type"), ("self-service", "automation")
    )
    if kind == "automation":
        _check_automation(state, body["trigger"])
    else:
        _check_self_service(state, body["trigger"])
    where, invocation = "body/invocationMethod", body["invocationMethod"]
    kind = check_choice(f"{where}/type", invocation.get("type"), _INVOCATIONS)
    _INVOCATIONS[kind].check(where, invocation)
    if "blueprintIdentifier" in invocation:
        state.blueprint(invocation["blueprintIdentifier"])
    if old:
        del state.actions[old["identifier"]]
    added = {"id": f"action_{identifier}", "requiredApproval": False, "publish": True}
    state.actions[identifier] = with_metadata(added | body, old)
    return state.actions[identifier]


def _check_self_service(state: PortState, trigger: Json) -> None:
    where = "body/trigger"
    _SELF_SERVICE.check(where, trigger)
    check_choice(f"{where}/operation", trigger["operation"], ("CREATE", "DAY-2", "DELETE"))
    if "blueprintIdentifier" in trigger:
        state.blueprint(trigger["blueprintIdentifier"])
    inputs = _INPUTS.check(f"{where}/userInputs", trigger["userInputs"])
    if {"order", "steps"} <= inputs.keys():
        raise invalid(f"{where}/userInputs must match exactly one schema in oneOf")
    for name, field in inputs["properties"].items():
        if not isinstance(field, dict) or not isinstance(field.get("type"), str):
            place = f"{where}/userInputs/properties/{name}"
            raise invalid(f"{place} must have required property 'type'")


def _check_automation(state: PortState, trigger: Json) -> None:
    where = "body/trigger"
    event = _AUTOMATION.check(where, trigger)["event"]
    check_choice(f"{where}/event/type", event.get("type"), ("RUN_UPDATED",))
    state.action(_RUN_EVENT.check(f"{where}/event", event)["actionIdentifier"])
    if "condition" in trigger:
        condition = _CONDITION.check(f"{where}/condition", trigger["condition"])
        check_choice(f"{where}/condition/type", condition["type"], ("JQ",))
        check_choice(f"{where}/condition/combinator", condition["combinator"], ("and",))


def _form(inputs: Json, properties: Mapping[str, object]) -> Json:
    """Add the fields' fixed defaults to what was filled in; reject what the form would reject."""
    fields = inputs["properties"]
    defaults = {name: field["default"] for name, field in fields.items() if "default" in field}
    # What a query fills in is only known to Port's own form.
    queries = {name for name, value in defaults.items() if isinstance(value, dict)}
    filled = {
        **{name: value for name, value in defaults.items() if name not in queries},
        **properties,
    }
    required = inputs.get("required", [])
    for name in required if isinstance(required, list) else []:
        if filled.get(name) is None and name not in queries:
            raise invalid(f"body/properties must have required property '{name}'")
    for name, value in filled.items():
        if name not in fields:
            raise invalid(f"body/properties must NOT have additional property '{name}'")
        if value is not None:
            check_value(name, value, fields[name])
    return filled
