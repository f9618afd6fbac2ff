"""Resolve incidents.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pd_incident_action.errors import ApiError
from pd_incident_action.inputs.fields import InputSpec, Text
from pd_incident_action.models import Incident
from pd_incident_action.operations._shared.status_transition import IncidentSelection
from pd_incident_action.pagerduty.notes import write_note

from ._shared.status_transition import StatusTransition, StatusTransitionOperation


class Resolve(StatusTransitionOperation):
    """Resolve one or more incidents, or all open ones of a service."""

    name = "resolve"
    summary = "Resolve one or more incidents, or all open ones of a service"

    class Inputs(IncidentSelection):
        """The inputs of `resolve`."""

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
        return StatusTransition(
            "resolved",
            verb="resolve",
            participle="resolved",
            satisfied_by=frozenset({"resolved"}),
            extra_fields={"resolution": resolution} if resolution else {},
        )

    def start_message(self) -> str:
        return f"Resolving {self.selection.label}"

    def complete(self, changed: Sequence[Incident]) -> tuple[str, ...]:
        """Add the resolution as a note to the incidents that were resolved."""
        if not self.inputs.resolution:
            return ()
        warnings = []
        for incident in changed:
            try:
                note = f"Resolution: {self.inputs.resolution}"
                write_note(self.context.pagerduty, incident.id, note)
            except ApiError as error:
                warnings.append(f"Incident {incident.name} is resolved, but {error}")
        return tuple(warnings)
