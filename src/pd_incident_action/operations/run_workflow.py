"""Start an incident workflow on an incident.

https://support.pagerduty.com/main/docs/incident-workflows
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pd_incident_action.inputs.fields import InputSpec, Name
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    path_of_incident,
    refetch,
)
from pd_incident_action.pagerduty.incident_actions import Incidents
from pd_incident_action.pagerduty.incidents import to_incident
from pd_incident_action.pagerduty.plan_errors import requires_plan_feature

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome


class RunWorkflow(SingleIncident):
    """Inputs of `run-workflow`."""

    workflow: Annotated[
        Name,
        InputSpec(
            "Incident workflow to start, by name or id.",
            example="Major incident bridge",
            aliases=("incident_workflow", "workflow_id"),
        ),
    ]


def run(request: RunWorkflow, tools: OperationContext) -> Outcome:
    """Start the workflow.

    Args:
        request: which workflow, on which incident.
        tools: PagerDuty's REST API.

    Returns:
        The incident.

    Raises:
        Impossible: there is no such workflow, or the plan lacks incident workflows.
        ApiError: PagerDuty refused or wasn't reached; it isn't started twice.
    """
    json = tools.rest.incident(request.incident)
    with requires_plan_feature("Incident Workflows"):
        workflow = tools.names.incident_workflow(request.workflow)
    started = Incidents(tools.rest).start_workflow(workflow, request.incident)
    name = str(started.get("summary") or request.workflow)
    outcome = incident_outcome(
        json, f"Started workflow {name} on incident {to_incident(json).name}."
    )
    instance = str(started.get("id") or "")
    return outcome._replace(outputs={"workflow-instance-id": instance})


def _announce(request: RunWorkflow) -> str:
    return f"Starting workflow {request.workflow} on incident {request.incident}"


OPERATION = Operation(
    name="run-workflow",
    summary="Start an incident workflow on an incident",
    request=RunWorkflow,
    run=run,
    announce=_announce,
    recover=refetch,
    scopes=(
        "incidents.read",
        "incident_workflows.read",
        "incident_workflows:instances.write",
    ),
    outputs={"workflow-instance-id": "Id of the workflow's run."},
    first_read=path_of_incident,
)
