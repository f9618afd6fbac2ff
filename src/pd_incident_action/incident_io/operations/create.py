"""Create an incident in incident.io.

https://api-docs.incident.io/tag/Incidents-V2
"""

from __future__ import annotations

from typing import Annotated, Literal

from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec, Name, ShortText, Text
from pd_incident_action.models import Outcome
from pd_incident_action.operations.base import OperationInputs

from .base import IncidentIoOperation, label, outcome_of


class Create(IncidentIoOperation):
    """Create an incident in incident.io, which notifies its responders."""

    name = "create"
    summary = "Create an incident in incident.io"

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
            Name | None, InputSpec("Incident type, by name or id.", example="Production")
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
                "Mode of the incident: `standard`, `retrospective` (already over), `test` or "
                "`tutorial`.",
                example="test",
            ),
        ] = "standard"

    inputs: Inputs

    def start_message(self) -> str:
        return f"Creating an incident in incident.io: {self.inputs.title}"

    def run(self) -> Outcome:
        incident, created = self.incident_io.create_incident(self._body())
        message = f"Created incident {label(incident)} in incident.io."
        if created is False:
            message = (
                f"Incident {label(incident)} already exists in incident.io; "
                "nobody was notified again."
            )
        return outcome_of(incident, message, created=created, key=self.context.key)

    def _body(self) -> dict[str, str]:
        inputs = self.inputs
        optional = {
            "summary": inputs.details,
            "severity_id": inputs.severity and self.directory.severity(inputs.severity),
            "incident_type_id": inputs.incident_type
            and self.directory.incident_type(inputs.incident_type),
        }
        return {
            "idempotency_key": self.context.key,
            "name": inputs.title,
            "visibility": inputs.visibility,
            "mode": inputs.mode,
            **{name: value for name, value in optional.items() if value},
        }
