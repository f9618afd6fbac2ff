"""Change title, summary, severity or status of an incident in incident.io.

https://api-docs.incident.io/tag/Incidents-V2
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pd_incident_action.inputs.fields import InputSpec, Name, ShortText, Text
from pd_incident_action.models import Outcome

from .base import SingleIncidentOperation, label, outcome_of


class Update(SingleIncidentOperation):
    name = "update"
    summary = "Change the title, summary, severity or status of an incident in incident.io"

    class Inputs(SingleIncidentOperation.Inputs):
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

        def problems(self) -> Iterator[str]:
            if not (self.title or self.details or self.severity or self.status):
                yield "'update' needs at least one of 'title', 'details', 'severity' and 'status'"

    inputs: Inputs

    def start_message(self) -> str:
        return f"Updating incident {self.inputs.incident} in incident.io"

    def run(self) -> Outcome:
        inputs = self.inputs
        changes = {
            "name": inputs.title,
            "summary": inputs.details,
            "severity_id": inputs.severity and self.incident_io.severity_id(inputs.severity),
            "incident_status_id": inputs.status and self.incident_io.status_id(inputs.status),
        }
        incident = self.incident_io.edit_incident(
            inputs.incident,
            {name: value for name, value in changes.items() if value},
            "update the incident",
        )
        return outcome_of(incident, f"Updated incident {label(incident)}.")
