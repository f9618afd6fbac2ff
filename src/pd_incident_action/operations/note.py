"""Add a note to an incident."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pd_incident_action.inputs.fields import InputSpec, Text
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.idempotency import find_note, write_note

from ._shared.common_inputs import MAX_NOTE
from .base import SingleIncident, SingleIncidentOperation, incident_outcome


class Note(SingleIncidentOperation):
    name = "note"
    summary = "Add a note to an incident"

    class Inputs(SingleIncident):
        note: Annotated[
            Text,
            Field(max_length=MAX_NOTE),
            InputSpec(
                "Text of the note.",
                example="The database is out of connections",
                aliases=("content", "message"),
                multiline=True,
            ),
        ]

    inputs: Inputs

    def start_message(self) -> str:
        return f"Adding a note to incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Add the note; a re-run leaves it at one with the same text."""
        # Nothing comes after the note: a failure then would make people write it again.
        incident = self.fetch()
        incidents, text = self.context.incidents, self.inputs.note
        if self.context.is_rerun and find_note(incidents, incident.id, text):
            message = f"No changes: incident {incident.label} already has this note."
            return incident_outcome(incident, message)
        note = write_note(self.context.pagerduty, incident.id, text)
        author = f" (as {note.user.summary})" if note.user.summary else ""
        return incident_outcome(incident, f"Note added to incident {incident.label}{author}.")
