"""Close an incident in incident.io.

https://api-docs.incident.io/tag/Incidents-V2
"""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.incident_io.models import OVER
from pd_incident_action.inputs.fields import InputSpec, Text
from pd_incident_action.models import Outcome

from .base import SingleIncidentOperation, label, outcome_of


class Resolve(SingleIncidentOperation):
    name = "resolve"
    summary = "Close an incident in incident.io"

    class Inputs(SingleIncidentOperation.Inputs):
        resolution: Annotated[
            Text | None,
            InputSpec(
                "How it was resolved; becomes the incident's summary.",
                example="Rolled back release 42",
                multiline=True,
            ),
        ] = None

    inputs: Inputs

    def start_message(self) -> str:
        return f"Resolving incident {self.inputs.incident} in incident.io"

    def run(self) -> Outcome:
        incident = self.incident_io.incident(self.inputs.incident)
        if incident.incident_status.category in OVER:
            return outcome_of(incident, f"No changes: incident {label(incident)} is already over.")
        changes = {"incident_status_id": self.incident_io.status_of_category("closed")}
        if self.inputs.resolution:
            changes["summary"] = self.inputs.resolution
        incident = self.incident_io.edit_incident(
            self.inputs.incident, changes, "resolve the incident"
        )
        return outcome_of(incident, f"Resolved incident {label(incident)}.")
