"""Change an incident in incident.io.

https://api-docs.incident.io/tag/Incidents-V2
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import model_validator

from pd_incident_action.incident_io.client import IncidentIo, Json, to_incident
from pd_incident_action.incident_io.directory import IncidentIoDirectory
from pd_incident_action.inputs.fields import InputSpec, Name, PagerDutyId, ShortText, Text
from pd_incident_action.models import Outcome
from pd_incident_action.operations.base import Operation, OperationContext, OperationInputs

IncidentId = Annotated[
    PagerDutyId,
    InputSpec(
        "Id of the incident.",
        example="01FCNDV6P870EA6S7TK1DSYDG0",
        aliases=("incident_id",),
        origin="entity",
        default_help="the entity that the Port action was run on",
    ),
]


class Update(Operation):
    """Change title, summary, severity or status of an incident in incident.io."""

    name = "update"
    provider = "incident-io"
    summary = "Change title, summary, severity or status of an incident in incident.io"
    required_credentials = ("incident-io-token",)
    port_blueprint = "incidentIOIncident"
    entity_blueprint = "incidentIOIncident"

    class Inputs(OperationInputs):
        """The inputs of `update` with incident.io."""

        incident: IncidentId
        title: Annotated[
            ShortText | None, InputSpec("New title.", "Checkout is down", aliases=("name",))
        ] = None
        details: Annotated[
            Text | None,
            InputSpec(
                "New summary.",
                example="The database is out of connections",
                aliases=("summary", "description"),
                multiline=True,
            ),
        ] = None
        severity: Annotated[
            Name | None, InputSpec("New severity, by name or id.", example="Major")
        ] = None
        status: Annotated[
            Name | None, InputSpec("New status, by name or id.", example="Fixing")
        ] = None

        @model_validator(mode="after")
        def _something_to_change(self) -> Self:
            if not (self.title or self.details or self.severity or self.status):
                msg = "must say what to change: 'title', 'details', 'severity' or 'status'"
                raise ValueError(msg)
            return self

    inputs: Inputs

    def start_message(self) -> str:
        return f"Updating incident {self.inputs.incident} in incident.io"

    def run(self) -> Outcome:
        """Change what is given.

        Returns:
            The incident as it now is.

        Raises:
            ActionError: a name is unknown, or incident.io refused or wasn't reached.
        """
        changes = _changes(self.inputs, self.context)
        json = self.context.client(IncidentIo).edit_incident(
            self.inputs.incident, changes, "update the incident"
        )
        return incident_outcome(json, "Updated")

    def recover(self) -> Outcome | None:
        """Look at the incident after an interrupted `run`; raises `ApiError`."""
        return incident_outcome(
            self.context.client(IncidentIo).incident(self.inputs.incident), "Found"
        )


def incident_outcome(json: Json, what_was_done: str) -> Outcome:
    """Make the outcome of a change.

    Args:
        json: the incident as incident.io shows it.
        what_was_done: for example ``Updated``.

    Returns:
        The outcome.
    """
    incident = to_incident(json)
    severity = f", severity {incident.severity}" if incident.severity else ""
    message = f"{what_was_done} incident {incident.name}: {incident.status}{severity}."
    return Outcome(message=message, incident=incident, response={"incident": json})


def _changes(request: Update.Inputs, tools: OperationContext) -> dict[str, Any]:
    directory = IncidentIoDirectory(tools.client(IncidentIo))
    severity, status = request.severity, request.status
    changes = {
        "name": request.title,
        "summary": request.details,
        "severity_id": severity and directory.severity(severity),
        "incident_status_id": status and directory.status(status),
    }
    return {name: value for name, value in changes.items() if value}
