"""Start an incident workflow on an incident.

https://support.pagerduty.com/main/docs/incident-workflows
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pd_incident_action.inputs.fields import InputSpec, Name
from pd_incident_action.models import Outcome

from ._shared.once_per_run import RunNoteOperation
from .base import SingleIncident, SingleIncidentOperation, incident_outcome


class RunWorkflow(RunNoteOperation, SingleIncidentOperation):
    name = "run-workflow"
    summary = "Start an incident workflow on an incident"
    scopes = (
        "incidents.read",
        "incidents.write",
        "incident_workflows.read",
        "incident_workflows:instances.write",
    )
    outputs = {"workflow-instance-id": "Id of the workflow instance."}

    class Inputs(SingleIncident):
        workflow: Annotated[
            Name,
            InputSpec(
                "Incident workflow to start, by name or id.",
                example="Major incident bridge",
                aliases=("incident_workflow", "workflow_id"),
            ),
        ]

    inputs: Inputs

    def start_message(self) -> str:
        return f"Starting workflow {self.inputs.workflow} on incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Start the workflow, unless an earlier attempt of the run is known to have done so."""
        incident = self.fetch()
        if self.is_done_on(incident.id):
            workflow = self.inputs.workflow
            message = f"No changes: this run has already started {workflow} on {incident.label}."
            return incident_outcome(incident, message)
        workflow_id = self.context.names.incident_workflow(self.inputs.workflow)
        instance = self.context.incidents.start_workflow(workflow_id, self.inputs.incident)
        name = instance.summary or self.inputs.workflow
        self.remember(incident.id, f"Workflow {name} started")
        outcome = incident_outcome(
            incident, f"Started workflow {name} on incident {incident.label}."
        )
        return replace(outcome, outputs={"workflow-instance-id": instance.id})
