"""Resolve incidents."""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.inputs.fields import InputSpec, Text

from ._shared.status_transition import (
    IncidentSelection,
    StatusTransition,
    StatusTransitionOperation,
)


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

    inputs: Inputs

    @property
    def selection(self) -> IncidentSelection:
        return self.inputs

    @property
    def transition(self) -> StatusTransition:
        resolution = self.inputs.resolution
        extra_fields = {"resolution": resolution} if resolution else {}
        return StatusTransition("resolve", "resolved", extra_fields=extra_fields)

    @property
    def notes(self) -> tuple[str, ...]:
        resolution = self.inputs.resolution
        return ((f"Resolution: {resolution}",) if resolution else ()) + super().notes
