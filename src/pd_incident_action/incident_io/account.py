"""What the API key may do, and the account's severities as choices of Port's forms.

https://api-docs.incident.io/ under Utilities.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from pd_incident_action.doctor.finding import Check, Finding, error, ok, warning
from pd_incident_action.models import Outcome
from pd_incident_action.text import Json

from .client import IncidentIo
from .models import IncidentIoIncident

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext

_BLUEPRINT = "incidentIOIncident"
_BY_ID = "severity_id"
_WHAT = "incident-io-token"
_VIEWER = "viewer"
_FOR_WRITING = {
    "incident_creator": "create incidents",
    "incident_editor": "update or resolve incidents",
}
_NEW_KEY = "a key's roles can't be changed, so make a new key"


def examples() -> Mapping[str, Outcome]:
    """Return an outcome of which everything is known, by the blueprint that it is written to."""
    incident = IncidentIoIncident.read(
        {
            "id": "01EXAMPLE",
            "name": "Example",
            "summary": "An example",
            "visibility": "public",
            "permalink": "https://example.com",
            "created_at": "2026-01-01T00:00:00Z",
            "incident_status": {"name": "Closed"},
            "severity": {"name": "Major"},
            "creator": {"user": {"name": "Ada"}},
        }
    )
    return {_BLUEPRINT: Outcome("", incident=incident.to_incident())}


def checks(context: OperationContext, _services: Sequence[str]) -> list[Check]:
    """List the checks; none without an API key."""
    incident_io = context.find(IncidentIo)
    return [] if incident_io is None else [Check(_WHAT, partial(check_key, incident_io))]


def check_key(incident_io: IncidentIo) -> list[Finding]:
    """Check what the API key may do."""
    identity = incident_io.identity()
    lacking = [may for role, may in _FOR_WRITING.items() if role not in identity.roles]
    if _VIEWER not in identity.roles:
        finding = "may not view data, so no name can be looked up"
        return [error(_WHAT, finding, f"{_NEW_KEY} (role viewer)")]
    if len(lacking) == len(_FOR_WRITING):
        return [error(_WHAT, f"may not {' nor '.join(lacking)}", _NEW_KEY)]
    if lacking:
        return [warning(_WHAT, f"may not {lacking[0]}", f"if it has to, {_NEW_KEY}")]
    return [ok(_WHAT, f"is the key '{identity.name}', and may do everything needed")]


def offer_choices(context: OperationContext, action: Json) -> Json:
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
