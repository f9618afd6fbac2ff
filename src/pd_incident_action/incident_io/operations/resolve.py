"""Close an incident in incident.io.

https://api-docs.incident.io/tag/Incidents-V2
"""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.incident_io.client import Json
from pd_incident_action.incident_io.directory import IncidentIoDirectory
from pd_incident_action.inputs.fields import InputSpec, Text
from pd_incident_action.inputs.request import Request
from pd_incident_action.models import Outcome
from pd_incident_action.operations.base import Operation, OperationContext

from .update import IncidentId, incident_outcome

_OVER = frozenset({"closed", "declined", "canceled", "merged"})


class ResolveInIncidentIo(Request):
    """Inputs of `resolve` with incident.io."""

    incident: IncidentId
    resolution: Annotated[
        Text | None,
        InputSpec(
            "What solved it; becomes the incident's summary.",
            example="Rolled back release 42",
            multiline=True,
        ),
    ] = None


def run(request: ResolveInIncidentIo, tools: OperationContext) -> Outcome:
    """Close the incident, unless it is over already.

    Args:
        request: which incident.
        tools: incident.io's API.

    Returns:
        The incident as it now is.

    Raises:
        ActionError: incident.io refused or wasn't reached, or has no closed status.
    """
    json = tools.io.incident(request.incident)
    if _category(json) in _OVER:
        return incident_outcome(json, "Nothing to do: already over is")
    closed = IncidentIoDirectory(tools.io).status_of_category("closed")
    changes = {"incident_status_id": closed, "summary": request.resolution}
    changes = {name: value for name, value in changes.items() if value}
    json = tools.io.edit_incident(request.incident, changes, "resolve the incident")
    return incident_outcome(json, "Resolved")


def recover(request: ResolveInIncidentIo, tools: OperationContext) -> Outcome:
    """Look at the incident after an interrupted `run`; raises `ApiError`."""
    return incident_outcome(tools.io.incident(request.incident), "Found")


def _category(json: Json) -> str:
    return str((json.get("incident_status") or {}).get("category") or "")


def _announce(request: ResolveInIncidentIo) -> str:
    return f"Resolving incident {request.incident} in incident.io"


OPERATION = Operation(
    name="resolve",
    provider="incident-io",
    summary="Close an incident in incident.io",
    request=ResolveInIncidentIo,
    run=run,
    announce=_announce,
    recover=recover,
    needs=("incident-io-token",),
    port_blueprint="incidentIOIncident",
    entity_blueprint="incidentIOIncident",
)
