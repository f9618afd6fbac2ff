"""``port/actions/<operation>.json``: the self-service action that dispatches the workflow.

https://docs.port.io/actions-and-automations/create-self-service-experiences/
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generate.model import Offered, inputs_of
from generate.workflow import dispatch_name, dispatched, is_required

if TYPE_CHECKING:
    from pd_incident_action.operations.base import Operation

_FROM_THE_CLICK = frozenset({"entity", "incident", "service", "service-entity"})
_ICONS = {"pagerduty": "pagerduty", "incident-io": "Alert"}


def port_action(operation: type[Operation]) -> str:
    """Make the self-service action of an operation.

    Args:
        operation: the operation.

    Returns:
        JSON as Port's API takes it; ``<GITHUB_ORG>`` and ``<GITHUB_REPO>`` are to be filled in.
    """
    offered = [one for one in dispatched(operation) if one.input.origin not in _FROM_THE_CLICK]
    properties = {dispatch_name(one): _property(one) for one in offered}
    document = {
        "identifier": f"{operation.provider}_{operation.name}".replace("-", "_"),
        "title": _title(operation),
        "icon": _ICONS[operation.provider],
        "description": operation.summary,
        "trigger": {
            "type": "self-service",
            "operation": "DAY-2" if _is_on_entity(operation) else "CREATE",
            "blueprintIdentifier": operation.port_blueprint,
            "userInputs": {
                "properties": properties,
                "required": [dispatch_name(one) for one in offered if is_required(one)],
                "order": list(properties),
            },
        },
        "invocationMethod": {
            "type": "GITHUB",
            "org": "<GITHUB_ORG>",
            "repo": "<GITHUB_REPO>",
            "workflow": f"{operation.slug()}.yml",
            "workflowInputs": _workflow_inputs(list(properties)),
            "reportWorkflowStatus": True,
        },
        "requiredApproval": False,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _is_on_entity(operation: type[Operation]) -> bool:
    """Tell whether what was clicked on says what it is about."""
    return any(one.input.origin in _FROM_THE_CLICK for one in inputs_of(operation.Inputs))


def _title(operation: type[Operation]) -> str:
    name = operation.name.replace("-", " ").capitalize()
    if operation.name == "trigger":
        return f"{name} alert"
    takes_one = operation.name == "create" or "incident" in operation.Inputs.model_fields
    is_verb = "-" not in operation.name and operation.name != "note"
    title = f"{name} incident" if takes_one and is_verb else name
    return f"{title} in incident.io" if operation.provider == "incident-io" else title


def _property(offered: Offered) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "number" if offered.is_number else "string",
        "title": offered.name.replace("-", " ").capitalize(),
        "description": offered.input.help.replace("`", ""),
    }
    if offered.choices:
        entry["enum"] = list(offered.choices)
    if offered.default:
        entry["default"] = offered.default
    if offered.name == "from":
        entry |= {"format": "user", "default": {"jqQuery": ".user.email"}}
    if offered.input.multiline:
        entry["format"] = "multi-line"
    return entry


def _workflow_inputs(names: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: f'{{{{ .inputs."{name}" }}}}' for name in names}
    values["port_context"] = {
        "blueprint": "{{ .action.blueprint }}",
        "entity": "{{ .entity.identifier }}",
        "run_id": "{{ .run.id }}",
        "relations": "{{ .entity.relations }}",
    }
    return values
