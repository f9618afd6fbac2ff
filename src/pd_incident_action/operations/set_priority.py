"""Give an incident another priority.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import model_validator

from pd_incident_action.inputs.fields import InputSpec, Name, ShortText
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    refetch,
)
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.plan_errors import requires_plan_feature

from .base import Operation

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome


class SetPriority(Operation):
    """Give an incident another priority."""

    name = "set-priority"
    summary = "Give an incident another priority"
    scopes = ("incidents.read", "incidents.write", "priorities.read")

    class Inputs(SingleIncident):
        """The inputs of `set-priority`."""

        priority: Annotated[
            Name | None,
            InputSpec(
                "Priority, by name or id.",
                example="P1",
                aliases=("priority_id",),
            ),
        ] = None
        severity: Annotated[
            ShortText | None,
            InputSpec(
                "Severity, as the configuration file names it; says the priority, unless "
                "it is given.",
                example="SEV-1",
            ),
        ] = None

        @model_validator(mode="after")
        def _something_to_set(self) -> Self:
            if not self.priority:
                msg = "must hold 'priority', or a 'severity' that says one"
                raise ValueError(msg)
            return self

    inputs: Inputs

    def start_message(self) -> str:
        return f"Setting the priority of incident {self.inputs.incident} to {self.inputs.priority}"

    def run(self) -> Outcome:
        """Set the priority.

        Returns:
            The incident as it now is.

        Raises:
            Impossible: the account has no such priority, or no priorities at all.
            ApiError: PagerDuty refused or wasn't reached.
        """
        read = self.context.incidents.get(self.inputs.incident)
        before = read.to_incident()
        with requires_plan_feature("incident priorities"):
            wanted = self.context.names.priority(self.inputs.priority or "")
            if (read.get("priority") or {}).get("id") == wanted:
                what = f"{before.name} has priority {before.priority} already"
                return incident_outcome(read, f"Nothing to do: {what}.")
            changes = {"priority": reference("priority", wanted)}
            json = self.context.incidents.update(self.inputs.incident, "set the priority", changes)
        # A dry run knows the priority as the user named it.
        now = json.to_incident().priority or self.inputs.priority
        was = f", it was {before.priority}" if before.priority else ""
        return incident_outcome(json, f"Incident {before.name} has priority {now} now{was}.")

    def recover(self) -> Outcome | None:
        return refetch(self.inputs, self.context)
