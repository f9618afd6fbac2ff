"""Add a note to an incident.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from pd_incident_action.inputs.fields import InputSpec, Text

from ._shared.common_inputs import MAX_NOTE
from ._shared.single_incident import SingleIncident, SingleIncidentOperation, incident_outcome

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome


class Note(SingleIncidentOperation):
    """Add a note to an incident."""

    name = "note"
    summary = "Add a note to an incident"

    class Inputs(SingleIncident):
        """The inputs of `note`."""

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
        # Nothing comes after the note: a failure then would make people write it again.
        incident = self.fetch()
        note = self.context.incidents.add_note(self.inputs.incident, self.inputs.note)
        author = f" (as {note.user.summary})" if note.user.summary else ""
        return incident_outcome(incident, f"Note added to incident {incident.label}{author}.")
