"""Change an incident's priority."""

from __future__ import annotations

from collections.abc import Iterator

from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.client import reference

from ._shared.common_inputs import PriorityName, SeverityName
from .base import SingleIncident, SingleIncidentOperation, incident_outcome


class SetPriority(SingleIncidentOperation):
    name = "set-priority"
    summary = "Change an incident's priority"
    scopes = ("incidents.read", "incidents.write", "priorities.read")

    class Inputs(SingleIncident):
        priority: PriorityName = None
        severity: SeverityName = None

        def problems(self) -> Iterator[str]:
            if not self.priority:
                yield "Set 'priority', or a 'severity' that has one in the configuration file"

    inputs: Inputs

    def start_message(self) -> str:
        return f"Setting the priority of incident {self.inputs.incident} to {self.inputs.priority}"

    def run(self) -> Outcome:
        before = self.fetch()
        had = before.priority.label
        priority_id = self.context.names.priority(self.inputs.priority or "")
        if before.priority.id == priority_id:
            message = f"No changes: incident {before.label} already has priority {had}."
            return incident_outcome(before, message)
        changes = {"priority": reference("priority", priority_id)}
        after = self.context.incidents.update(before.id, "set the priority", changes)
        # A dry run only knows the priority as the user named it.
        has = after.priority.label or self.inputs.priority
        was = f" (was {had})" if had else ""
        return incident_outcome(
            after, f"Set the priority of incident {before.label} to {has}{was}."
        )
