"""Acknowledge incidents: somebody is on it, nobody else needs to be woken.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.operations._shared.incident_selection import (
    IncidentSelection,
)
from pd_incident_action.operations._shared.status_transition import (
    Change,
    change_status,
    refetch_selected,
)

from .base import Operation

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome

_ACKNOWLEDGED = Change(
    "acknowledged",
    "acknowledge",
    "acknowledged",
    enough=frozenset({"acknowledged"}),
    forbidden_from=frozenset({"resolved"}),
)


class Acknowledge(Operation):
    """Acknowledge an incident, several, or all that a service has open."""

    name = "acknowledge"
    summary = "Acknowledge an incident, several, or all that a service has open"
    scopes = ("incidents.read", "incidents.write", "services.read")

    class Inputs(IncidentSelection):
        """The inputs of `acknowledge`."""

    inputs: Inputs

    def start_message(self) -> str:
        return f"Acknowledging {self.inputs.humanize}"

    def run(self) -> Outcome:
        """Acknowledge the incidents; raises as `change_status` does.

        Returns:
            The incidents as they now are.
        """
        return change_status(self.inputs, self.context, _ACKNOWLEDGED)[0]

    def recover(self) -> Outcome | None:
        return refetch_selected(self.inputs, self.context)
