"""The account's severities as choices of Port's forms, which would ask for an id otherwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .client import IncidentIo

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext

_BLUEPRINT = "incidentIOIncident"
_BY_ID = "severity_id"


def offer_choices(context: OperationContext, action: dict[str, Any]) -> dict[str, Any]:
    """Return a self-service action in which one chooses among the account's severities.

    An action of which Port calls incident.io itself has their ids in its body.

    Raises:
        ApiError: incident.io didn't list them.
    """
    client, trigger = context.find(IncidentIo), action["trigger"]
    properties = trigger.get("userInputs", {}).get("properties", {})
    name = next((one for one in (_BY_ID, "severity") if one in properties), None)
    if client is None or name is None or trigger.get("blueprintIdentifier") != _BLUEPRINT:
        return action
    ids = {one.name: one.id for one in client.severities()}
    if not ids:
        return action
    offered = {**properties[name], "description": "How bad it is.", "enum": list(ids)}
    inputs = {**trigger["userInputs"], "properties": {**properties, name: offered}}
    adapted = {**action, "trigger": {**trigger, "userInputs": inputs}}
    if name != _BY_ID:
        return adapted
    lookup = f'{{{{ {json.dumps(ids, ensure_ascii=False)}[.inputs."{_BY_ID}"] }}}}'
    invocation = action["invocationMethod"]
    body = {**invocation["body"], _BY_ID: lookup}
    return {**adapted, "invocationMethod": {**invocation, "body": body}}
