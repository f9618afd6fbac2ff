"""Close an incident in incident.io.

https://api-docs.incident.io/tag/Incidents-V2
"""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.incident_io.client import IncidentIo, Json
from pd_incident_action.incident_io.directory import IncidentIoDirectory
from pd_incident_action.inputs.fields import InputSpec, Text
from pd_incident_action.models import Outcome
from pd_incident_action.operations.base import Operation, OperationInputs

from .update import IncidentId, incident_outcome

_OVER = frozenset({"closed", "declined", "canceled", "merged"})


class Resolve(Operation):
    """Close an incident in incident.io."""

    name = "resolve"
    provider = "incident-io"
    summary = "Close an incident in incident.io"
    required_credentials = ("incident-io-token",)
    port_blueprint = "incidentIOIncident"
    entity_blueprint = "incidentIOIncident"

    class Inputs(OperationInputs):
        """The inputs of `resolve` with incident.io."""

        incident: IncidentId
        resolution: Annotated[
            Text | None,
            InputSpec(
                "What solved it; becomes the incident's summary.",
                example="Rolled back release 42",
                multiline=True,
            ),
        ] = None

    inputs: Inputs

    def start_message(self) -> str:
        return f"Resolving incident {self.inputs.incident} in incident.io"

    def run(self) -> Outcome:
        """Close the incident, unless it is over already.

        Returns:
            The incident as it now is.

        Raises:
            ActionError: incident.io refused or wasn't reached, or has no closed status.
        """
        json = self.context.client(IncidentIo).incident(self.inputs.incident)
        if _category(json) in _OVER:
            return incident_outcome(json, "Nothing to do: already over is")
        closed = IncidentIoDirectory(self.context.client(IncidentIo)).status_of_category("closed")
        changes = {"incident_status_id": closed, "summary": self.inputs.resolution}
        changes = {name: value for name, value in changes.items() if value}
        json = self.context.client(IncidentIo).edit_incident(
            self.inputs.incident, changes, "resolve the incident"
        )
        return incident_outcome(json, "Resolved")

    def recover(self) -> Outcome | None:
        """Look at the incident after an interrupted `run`; raises `ApiError`."""
        return incident_outcome(
            self.context.client(IncidentIo).incident(self.inputs.incident), "Found"
        )


def _category(json: Json) -> str:
    return str((json.get("incident_status") or {}).get("category") or "")
