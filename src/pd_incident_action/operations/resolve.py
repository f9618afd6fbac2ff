"""Resolve incidents.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.inputs.fields import InputSpec, Text
from pd_incident_action.operations._shared.status_transition import IncidentSelection

from ._shared.common_inputs import NoteText
from ._shared.status_transition import StatusTransition, StatusTransitionOperation


class Resolve(StatusTransitionOperation):
    name = "resolve"
    summary = "Resolve one or more incidents, or all open ones of a service"
    hidden_on = ("resolved",)

    class Inputs(IncidentSelection):
        resolution: Annotated[
            Text | None,
            InputSpec(
                "How it was resolved. Stored as the incident's resolution and as a note, since "
                "PagerDuty's pages don't show the resolution.",
                example="Rolled back release 42",
                aliases=("resolution_note",),
                multiline=True,
            ),
        ] = None
        note: NoteText = None

    inputs: Inputs

    @property
    def selection(self) -> IncidentSelection:
        return self.inputs

    @property
    def transition(self) -> StatusTransition:
        resolution = self.inputs.resolution
        return StatusTransition(
            "resolved",
            verb="resolve",
            participle="resolved",
            satisfied_by=frozenset({"resolved"}),
            extra_fields={"resolution": resolution} if resolution else {},
        )

    @property
    def notes(self) -> tuple[str | None, ...]:
        resolution = self.inputs.resolution
        return (resolution and f"Resolution: {resolution}", self.inputs.note)

    def start_message(self) -> str:
        return f"Resolving {self.selection.label}"
