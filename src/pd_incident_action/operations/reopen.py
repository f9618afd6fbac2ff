"""Open resolved incidents again, which pages anew.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pd_incident_action.inputs.fields import InputSpec, PagerDutyIds
from pd_incident_action.operations._shared.incident_selection import (
    IncidentSelection,
)
from pd_incident_action.operations._shared.status_transition import (
    Change,
    change_status,
    refetch_selected,
)

from .base import Operation, OperationInputs

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome

_REOPENED = Change("triggered", "reopen", "reopened", frozenset({"triggered", "acknowledged"}))


class Reopen(Operation):
    """Open a resolved incident again, which pages anew."""

    name = "reopen"
    summary = "Open a resolved incident again, which pages anew"
    scopes = ("incidents.read", "incidents.write")

    class Inputs(OperationInputs):
        """The inputs of `reopen`."""

        incident: Annotated[
            PagerDutyIds,
            InputSpec(
                "Id of the resolved incident, or several ids separated by commas.",
                example="Q1ABCDEF234567",
                aliases=("incident_id", "incidents", "incident_ids"),
                origin="entity",
                default_help="the entity that the Port action was run on",
            ),
        ]

        @property
        def chosen(self) -> IncidentSelection:
            """The same, as other operations choose incidents."""
            return IncidentSelection(incident=self.incident)

    inputs: Inputs

    def start_message(self) -> str:
        return f"Reopening {self.inputs.chosen.humanize}"

    def run(self) -> Outcome:
        """Open the incidents again; raises as `change_status` does.

        Returns:
            The incidents as they now are.
        """
        return change_status(self.inputs.chosen, self.context, _REOPENED)[0]

    def recover(self) -> Outcome | None:
        return refetch_selected(self.inputs.chosen, self.context)
