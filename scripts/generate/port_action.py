"""``port/actions/<operation>.json``: the self-service action that dispatches the workflow.

https://docs.port.io/actions-and-automations/create-self-service-experiences/
"""

from __future__ import annotations

import json
from typing import Any

from generate.model import ActionInput, inputs_of
from generate.workflow import form_inputs
from pd_incident_action import providers
from pd_incident_action.operations.base import Operation

# Origins of inputs that the entity provides which the action is run on.
FROM_ENTITY = frozenset({"entity", "incident", "service", "service-entity", "schedule"})
_ICONS = {"pagerduty": "pagerduty", "incident-io": "Alert"}


def port_action(operation: type[Operation]) -> str:
    """Build the self-service action of an operation.

    Returns:
        JSON as Port's API takes it; ``<GITHUB_ORG>`` and ``<GITHUB_REPO>`` are to be filled in.
    """
    inputs = [one for one in form_inputs(operation) if one.spec.origin not in FROM_ENTITY]
    properties = {one.form_name: _property(one) for one in inputs}
    document = {
        "identifier": f"{operation.provider}_{operation.name}".replace("-", "_"),
        "title": _title(operation),
        "icon": _ICONS[operation.provider],
        "description": operation.summary,
        "trigger": {
            "type": "self-service",
            "operation": "DAY-2" if _runs_on_entity(operation) else "CREATE",
            "blueprintIdentifier": operation.port_blueprint,
            "userInputs": {
                "properties": properties,
                "required": [one.form_name for one in inputs if one.must_be_filled_in],
                "order": list(properties),
            },
        },
        "invocationMethod": {
            "type": "GITHUB",
            "org": "<GITHUB_ORG>",
            "repo": "<GITHUB_REPO>",
            "workflow": f"{operation.slug()}.yml",
            "workflowInputs": _workflow_inputs(properties),
            "reportWorkflowStatus": True,
        },
        "requiredApproval": False,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _runs_on_entity(operation: type[Operation]) -> bool:
    return any(one.spec.origin in FROM_ENTITY for one in inputs_of(operation.Inputs))


def _title(operation: type[Operation]) -> str:
    name = operation.name.replace("-", " ").capitalize()
    if operation.name == "trigger":
        return f"{name} alert"
    takes_one = operation.name == "create" or "incident" in operation.Inputs.model_fields
    is_verb = "-" not in operation.name and operation.name != "note"
    title = f"{name} incident" if takes_one and is_verb else name
    if operation.provider == providers.DEFAULT:
        return title
    return f"{title} in {providers.find(operation.provider).title}"


def _property(one: ActionInput) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "number" if one.is_number else "string",
        "title": one.name.replace("-", " ").capitalize(),
        "description": one.spec.help.replace("`", ""),
    }
    if one.choices:
        entry["enum"] = list(one.choices)
    if one.default:
        entry["default"] = one.default
    if one.name == "from":
        entry |= {"format": "user", "default": {"jqQuery": ".user.email"}}
    if one.spec.multiline:
        entry["format"] = "multi-line"
    return entry


def _workflow_inputs(names: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {name: f'{{{{ .inputs."{name}" }}}}' for name in names}
    values["port_context"] = {
        "blueprint": "{{ .action.blueprint }}",
        "entity": "{{ .entity.identifier }}",
        "run_id": "{{ .run.id }}",
        "relations": "{{ .entity.relations }}",
    }
    return values
