"""Open an incident in incident.io.

https://api-docs.incident.io/tag/Incidents-V2
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pd_incident_action.incident_io.client import IncidentIo, to_incident
from pd_incident_action.incident_io.directory import IncidentIoDirectory
from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec, Name, ShortText, Text
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.operations.base import Operation, OperationContext, OperationInputs


class Create(Operation):
    """Open an incident in incident.io, which tells its responders."""

    name = "create"
    provider = "incident-io"
    summary = "Open an incident in incident.io, which tells its responders"
    required_credentials = ("incident-io-token",)
    port_blueprint = "incidentIOIncident"
    entity_blueprint = "incidentIOIncident"

    class Inputs(OperationInputs):
        """The inputs of `create` with incident.io."""

        title: Annotated[
            ShortText,
            InputSpec("What is wrong, in a few words.", "Checkout answers 500", aliases=("name",)),
        ]
        details: Annotated[
            Text | None,
            InputSpec(
                "What responders should know; the incident's summary.",
                example="Error rate 40 % since 03:10, see the dashboard",
                aliases=("summary", "description"),
                multiline=True,
            ),
        ] = None
        severity: Annotated[Name | None, InputSpec("Severity, by name or id.", example="Major")] = (
            None
        )
        incident_type: Annotated[
            Name | None, InputSpec("Type of the incident, by name or id.", example="Production")
        ] = None
        visibility: Annotated[
            Literal["public", "private"],
            CaseInsensitive,
            InputSpec("Who may see the incident: `public` or `private`.", example="private"),
        ] = "public"
        mode: Annotated[
            Literal["standard", "retrospective", "test", "tutorial"],
            CaseInsensitive,
            InputSpec(
                "Kind of the incident: `standard`, `retrospective` (over already), `test` or "
                "`tutorial`.",
                example="test",
            ),
        ] = "standard"

    inputs: Inputs

    def start_message(self) -> str:
        return f"Creating an incident in incident.io: {self.inputs.title}"

    def run(self) -> Outcome:
        """Open the incident; a repetition of the same wish finds the one that is there.

        Returns:
            The incident, and whether this run opened it.

        Raises:
            ActionError: it wasn't opened.
        """
        json, created = self.context.client(IncidentIo).create_incident(
            _body(self.inputs, self.context)
        )
        incident = to_incident(json)
        return Outcome(
            message=_message(incident, created=created),
            incident=incident,
            created=created,
            dedup_key=self.context.key,
            response={"incident": json},
        )


def _body(request: Create.Inputs, tools: OperationContext) -> dict[str, Any]:
    directory = IncidentIoDirectory(tools.client(IncidentIo))
    severity, kind = request.severity, request.incident_type
    optional = {
        "summary": request.details,
        "severity_id": severity and directory.severity(severity),
        "incident_type_id": kind and directory.incident_type(kind),
    }
    return {
        "idempotency_key": tools.key,
        "name": request.title,
        "visibility": request.visibility,
        "mode": request.mode,
        **{name: value for name, value in optional.items() if value},
    }


def _message(incident: Incident, *, created: bool | None) -> str:
    what = "Found the incident that was asked for before," if created is False else "Created"
    severity = f", severity {incident.severity}" if incident.severity else ""
    return f"{what} incident {incident.name} in incident.io: {incident.status}{severity}."
