"""Start an incident workflow on an incident.

https://support.pagerduty.com/main/docs/incident-workflows
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pd_incident_action.incidents.one_incident import (
    OneIncident,
    look_again,
    outcome_of,
    path_of_incident,
)
from pd_incident_action.inputs.fields import Input, Name
from pd_incident_action.providers.pagerduty import to_incident
from pd_incident_action.providers.pagerduty_incidents import Incidents
from pd_incident_action.providers.plan import plan_feature

from .base import Operation, Tools

if TYPE_CHECKING:
    from pd_incident_action.outcome import Outcome


class RunWorkflow(OneIncident):
    """Inputs of `run-workflow`."""

    workflow: Annotated[
        Name,
        Input(
            "Incident workflow to start, by name or id.",
            example="Major incident bridge",
            aliases=("incident_workflow", "workflow_id"),
        ),
    ]


def run(request: RunWorkflow, tools: Tools) -> Outcome:
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
    with plan_feature("Incident Workflows"):
        workflow = tools.names.incident_workflow(request.workflow)
    started = Incidents(tools.rest).start_workflow(workflow, request.incident)
    name = str(started.get("summary") or request.workflow)
    outcome = outcome_of(json, f"Started workflow {name} on incident {to_incident(json).name}.")
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
    recover=look_again,
    scopes=(
        "incidents.read",
        "incident_workflows.read",
        "incident_workflows:instances.write",
    ),
    outputs={"workflow-instance-id": "Id of the workflow's run."},
    first_read=path_of_incident,
)
