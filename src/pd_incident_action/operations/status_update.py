"""Post a status update to an incident's subscribers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pd_incident_action.inputs.fields import InputSpec, ShortText, Text
from pd_incident_action.models import Outcome

from ._shared.once_per_run import RunNoteOperation
from .base import SingleIncident, SingleIncidentOperation, incident_outcome


class StatusUpdate(RunNoteOperation, SingleIncidentOperation):
    name = "status-update"
    summary = "Post a status update to an incident's subscribers"

    class Inputs(SingleIncident):
        message: Annotated[
            Text,
            InputSpec(
                "Message to the subscribers.",
                example="We found the cause and are rolling back",
                aliases=("status_update",),
                multiline=True,
            ),
        ]
        subject: Annotated[
            ShortText | None,
            InputSpec("Subject of a custom e-mail; requires `html-message`.", "Checkout is down"),
        ] = None
        html_message: Annotated[
            Text | None,
            InputSpec(
                "HTML body of a custom e-mail; requires `subject`.",
                example="<p>We are rolling back</p>",
                multiline=True,
            ),
        ] = None

        def problems(self) -> Iterator[str]:
            if bool(self.subject) != bool(self.html_message):
                yield (
                    "Set 'subject' and 'html-message' together, for a custom e-mail; without both, "
                    "PagerDuty sends 'message'"
                )

    inputs: Inputs

    def start_message(self) -> str:
        return f"Posting a status update on incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Post the update, unless an earlier attempt of the run is known to have done so."""
        incident = self.fetch()
        if self.is_done_on(incident.id):
            message = f"No changes: this run has already posted its update to {incident.label}."
            return incident_outcome(incident, message)
        update = self.inputs.model_dump(
            include={"message", "subject", "html_message"}, exclude_none=True
        )
        self.context.incidents.send_status_update(self.inputs.incident, update)
        self.remember(incident.id, "Status update posted")
        return incident_outcome(
            incident, f'Status update posted to {incident.label}: "{self.inputs.message}"'
        )
