"""Write a note on an incident, for the other responders.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from pd_incident_action.inputs.fields import InputSpec, Text
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    refetch,
)

from .base import Operation

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome

_MOST_CHARACTERS = 25_000


class Note(Operation):
    """Write a note on an incident, for the other responders."""

    name = "note"
    summary = "Write a note on an incident, for the other responders"
    scopes = ("incidents.read", "incidents.write")

    class Inputs(SingleIncident):
        """The inputs of `note`."""

        note: Annotated[
            Text,
            Field(max_length=_MOST_CHARACTERS),
            InputSpec(
                "The note's text.",
                example="The database is out of connections",
                aliases=("content", "message"),
                multiline=True,
            ),
        ]

    inputs: Inputs

    def start_message(self) -> str:
        return f"Writing a note on incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Write the note.

        Returns:
            The incident.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; where nobody knows whether the note was
                taken it isn't sent again.
        """
        # Nothing comes after the note: a failure then would make people write it again.
        json = self.context.incidents.get(self.inputs.incident)
        note = self.context.incidents.add_note(self.inputs.incident, self.inputs.note)
        author = str((note.get("user") or {}).get("summary") or "")
        by = f" by {author}" if author else ""
        return incident_outcome(json, f"Noted{by} on incident {json.to_incident().name}.")

    def recover(self) -> Outcome | None:
        return refetch(self.inputs, self.context)
