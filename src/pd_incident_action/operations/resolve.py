"""Resolve incidents.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pd_incident_action.errors import ApiError
from pd_incident_action.inputs.fields import InputSpec, Text
from pd_incident_action.operations._shared.incident_selection import (
    IncidentSelection,
)
from pd_incident_action.operations._shared.status_transition import (
    Change,
    change_status,
    refetch_selected,
)

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pd_incident_action.models import Incident, Outcome


class Resolve(Operation):
    """Resolve an incident, several, or all that a service has open."""

    name = "resolve"
    summary = "Resolve an incident, several, or all that a service has open"
    scopes = ("incidents.read", "incidents.write", "services.read")

    class Inputs(IncidentSelection):
        """The inputs of `resolve`."""

        resolution: Annotated[
            Text | None,
            InputSpec(
                "What solved it. Stored as the incident's resolution and, since PagerDuty's pages "
                "don't show that, as a note as well.",
                example="Rolled back release 42",
                aliases=("resolution_note",),
                multiline=True,
            ),
        ] = None

    inputs: Inputs

    def start_message(self) -> str:
        return f"Resolving {self.inputs.humanize}"

    def run(self) -> Outcome:
        """Resolve the incidents; raises as `change_status` does.

        Returns:
            The incidents as they now are; a note that couldn't be written is a warning.
        """
        members = {"resolution": self.inputs.resolution} if self.inputs.resolution else {}
        resolved = Change("resolved", "resolve", "resolved", frozenset({"resolved"}), members)
        outcome, changed = change_status(self.inputs, self.context, resolved)
        warnings = (
            _note(self.inputs.resolution, changed, self.context) if self.inputs.resolution else ()
        )
        return replace(outcome, warnings=outcome.warnings + warnings)

    def recover(self) -> Outcome | None:
        return refetch_selected(self.inputs, self.context)


def _note(resolution: str, changed: Sequence[Incident], tools: OperationContext) -> tuple[str, ...]:
    warnings = []
    for incident in changed:
        try:
            tools.incidents.add_note(incident.id, f"Resolution: {resolution}")
        except ApiError as error:
            warnings.append(f"Incident {incident.name} is resolved, but {error}")
    return tuple(warnings)
