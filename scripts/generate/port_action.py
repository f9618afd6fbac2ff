"""``port/actions/<operation>.json``: the self-service action that dispatches the workflow.

https://docs.port.io/actions-and-automations/create-self-service-experiences/
"""

from __future__ import annotations

import json
from typing import Any

from generate.model import ActionInput, title, title_word
from generate.workflow import form_inputs
from pd_incident_action.inputs.sources import input_specs
from pd_incident_action.operations.base import Operation

# Origins of inputs that the entity provides which the action is run on.
FROM_ENTITY = frozenset({"entity", "incident", "service", "service_entity", "schedule"})
MAX_FIELDS = 10
_ICONS = {"pagerduty": "pagerduty", "incident-io": "Alert"}
# The blueprints whose entities an input picks; their identifiers are PagerDuty's ids.
_PICKED = {
    "assignee": "pagerdutyUser",
    "escalation_policy": "pagerdutyEscalationPolicy",
    "responders": "pagerdutyUser",
    "schedule": "pagerdutySchedule",
    "service": "pagerdutyService",
    "source_incidents": "pagerdutyIncident",
}
_COLORS = {
    "high": "red",
    "low": "green",
    "critical": "red",
    "error": "orange",
    "warning": "yellow",
    "info": "blue",
    "trigger": "red",
    "triggered": "red",
    "acknowledged": "yellow",
    "resolved": "green",
    "acknowledge": "yellow",
    "resolve": "green",
    "public": "green",
    "private": "darkGray",
    "standard": "blue",
    "retrospective": "purple",
    "test": "lightGray",
    "tutorial": "turquoise",
    "true": "green",
    "false": "lightGray",
}


def port_action(operation: type[Operation]) -> str:
    """Build the self-service action of an operation.

    Returns:
        JSON as Port's API takes it; ``<GITHUB_ORG>`` and ``<GITHUB_REPO>`` are to be filled in.
    """
    is_day_2 = _runs_on_entity(operation)
    inputs = [
        one for one in form_inputs(operation) if not (is_day_2 and one.spec.origin in FROM_ENTITY)
    ]
    place = {"blueprintIdentifier": operation.port_blueprint} if operation.port_blueprint else {}
    document = {
        "identifier": f"{operation.provider}_{operation.name}".replace("-", "_"),
        "title": title(operation),
        "icon": _ICONS[operation.provider],
        "description": operation.summary,
        "trigger": {
            "type": "self-service",
            "operation": "DAY-2" if is_day_2 else "CREATE",
            **place,
            **_condition(operation),
            "userInputs": {
                "properties": {one.form_name: _property(one) for one in inputs},
                "required": [one.form_name for one in inputs if one.must_be_filled_in],
                **_layout([one.form_name for one in inputs]),
            },
        },
        "invocationMethod": {
            "type": "GITHUB",
            "org": "<GITHUB_ORG>",
            "repo": "<GITHUB_REPO>",
            "workflow": f"{operation.slug()}.yml",
            "workflowInputs": _workflow_inputs(inputs),
            "reportWorkflowStatus": True,
        },
        "requiredApproval": False,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _runs_on_entity(operation: type[Operation]) -> bool:
    """Check whether an entity of the action's blueprint provides an input."""
    origins = {spec.origin for _, _, spec in input_specs(operation.Inputs)}
    return bool(operation.port_blueprint and origins & FROM_ENTITY)


def _condition(operation: type[Operation]) -> dict[str, Any]:
    if not operation.hidden_on:
        return {}
    rule = {"property": "status", "operator": "notIn", "value": list(operation.hidden_on)}
    return {"condition": {"type": "SEARCH", "rules": [rule], "combinator": "and"}}


def _layout(names: list[str]) -> dict[str, Any]:
    """Show the first fields at once, and the others on a second step."""
    if len(names) <= MAX_FIELDS:
        return {"order": names}
    first, rest = names[:MAX_FIELDS], names[MAX_FIELDS:]
    return {"steps": [{"title": "Basics", "order": first}, {"title": "More", "order": rest}]}


def _property(one: ActionInput) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "string",
        "title": " ".join(map(title_word, one.name.split("-"))),
        "description": _description(one),
    }
    if one.is_switch:
        return entry | {"type": "boolean", "default": one.default == "true"}
    if one.is_number:
        return entry | {"type": "number"} | ({"default": int(one.default)} if one.default else {})
    if one.name == "from":
        return entry | {
            "icon": "User",
            "format": "user",
            "default": {"jqQuery": ".user.email"},
        }
    if one.form_name in _PICKED:
        return entry | _picker(one)
    if one.choices and one.is_list:
        return entry | {"type": "array", "items": {"type": "string", **_choices(one.choices)}}
    if one.choices:
        entry |= _choices(one.choices)
    if one.default:
        entry["default"] = one.default
    if one.spec.multiline:
        entry["format"] = "multi-line"
    return entry


def _description(one: ActionInput) -> str:
    text = one.spec.help.replace("`", "")
    is_typed = not (one.choices or one.form_name in _PICKED)
    return text if is_typed else text.replace(", separated by commas", "")


def _choices(words: tuple[str, ...]) -> dict[str, Any]:
    colors = {word: _COLORS.get(word, "lightGray") for word in words}
    return {"enum": list(words), "enumColors": colors}


def _picker(one: ActionInput) -> dict[str, Any]:
    blueprint = _PICKED[one.form_name]
    picked = {"type": "string", "format": "entity", "blueprint": blueprint}
    return {"type": "array", "items": picked} if one.is_list else picked


def _workflow_inputs(inputs: list[ActionInput]) -> dict[str, Any]:
    # An empty field is null, which GitHub refuses for a choice or a switch.
    values: dict[str, Any] = {
        one.form_name: f'{{{{ .inputs."{one.form_name}" // {_nothing(one)} }}}}' for one in inputs
    }
    values["port_context"] = {
        "blueprint": "{{ .action.blueprint }}",
        "entity": "{{ .entity.identifier }}",
        "run_id": "{{ .run.id }}",
        "relations": "{{ .entity.relations }}",
    }
    return values


def _nothing(one: ActionInput) -> str:
    return "false" if one.is_switch else '""'
