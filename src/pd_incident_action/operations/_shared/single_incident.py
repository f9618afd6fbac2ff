"""What operations on a single incident have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pd_incident_action.inputs.fields import InputSpec, PagerDutyId
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.operations.base import OperationInputs
from pd_incident_action.pagerduty.models import PagerDutyIncident

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext


class SingleIncident(OperationInputs):
    """The inputs of operations on a single incident."""

    incident: Annotated[
        PagerDutyId,
        InputSpec(
            "Id of the incident.",
            example="Q1ABCDEF234567",
            aliases=("incident_id",),
            origin="entity",
            default_help="the entity that the Port action was run on",
        ),
    ]


def incident_outcome(json: PagerDutyIncident, message: str) -> Outcome:
    """Make the outcome of an operation on one incident.

    Args:
        json: the incident as PagerDuty shows it.
        message: what was achieved, in one sentence.

    Returns:
        The outcome.
    """
    incident = json.to_incident()
    return Outcome(
        message=message,
        incident=incident,
        dedup_key=incident.dedup_key,
        response={"incident": json.raw},
    )


def refetch(request: SingleIncident, tools: OperationContext) -> Outcome:
    """Look at the incident after an interrupted run.

    Args:
        request: which incident.
        tools: PagerDuty's REST API.

    Returns:
        The incident as it is.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    json = tools.incidents.get(request.incident)
    return incident_outcome(json, f"Incident {describe_state(json.to_incident())}.")


def describe_state(incident: Incident) -> str:
    """Say how an incident stands: its name, status, urgency, and who has it."""
    to = f", assigned to {', '.join(incident.assignees)}" if incident.assignees else ""
    return f"{incident.name} is {incident.status}, {incident.urgency} urgency{to}"


def incidents_response(incidents: Sequence[PagerDutyIncident]) -> dict[str, Any]:
    """Build the output ``response``: PagerDuty's JSON of one incident, or of several."""
    if len(incidents) == 1:
        return {"incident": incidents[0].raw}
    return {"incidents": [one.raw for one in incidents]}
