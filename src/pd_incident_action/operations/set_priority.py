"""Change an incident's priority."""

from __future__ import annotations

from collections.abc import Iterator

from pd_incident_action.models import Outcome

from ._shared.common_inputs import PriorityName, SeverityName
from .base import SingleIncident, SingleIncidentOperation
from .update import Update


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
        inputs = Update.Inputs(incident=self.inputs.incident, priority=self.inputs.priority)
        return Update(inputs, self.context).run()
