"""What operations on a single incident have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pd_incident_action.inputs.fields import InputSpec, PagerDutyId
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.operations.base import Operation, OperationInputs
from pd_incident_action.pagerduty.models import PagerDutyIncident


class SingleIncident(OperationInputs):
    """The inputs of operations on a single incident."""

    incident: Annotated[
        PagerDutyId,
        InputSpec(
            "Id of the incident.",
            example="Q1ABCDEF234567",
            aliases=("incident_id",),
            origin="incident",
            main=("incident", "incident_id"),
            default_help="the entity that the Port action was run on",
        ),
    ]


class SingleIncidentOperation(Operation):
    """An operation on a single incident."""

    scopes: ClassVar[tuple[str, ...]] = ("incidents.read", "incidents.write")
    Inputs = SingleIncident
    inputs: SingleIncident

    def fetch(self) -> PagerDutyIncident:
        """Fetch the incident.

        Raises:
            ApiError: it doesn't exist, or PagerDuty wasn't reached.
        """
        return self.context.incidents.get(self.inputs.incident)

    def recover(self) -> Outcome | None:
        incident = self.fetch()
        return incident_outcome(incident, f"Incident {describe_state(incident.to_incident())}.")


def incident_outcome(incident: PagerDutyIncident, message: str) -> Outcome:
    """Build the outcome of an operation on one incident."""
    return incidents_outcome([incident], message)


def incidents_outcome(incidents: Sequence[PagerDutyIncident], message: str) -> Outcome:
    """Build the outcome of an operation on one or several incidents."""
    first, *others = [one.to_incident() for one in incidents]
    return Outcome(
        message=message,
        incident=first,
        related_incidents=tuple(others),
        dedup_key=first.dedup_key,
        response=incidents_response(incidents),
    )


def incidents_response(incidents: Sequence[PagerDutyIncident]) -> dict[str, Any]:
    """Build the output ``response``: PagerDuty's JSON of one incident, or of several."""
    if len(incidents) == 1:
        return {"incident": incidents[0].raw}
    return {"incidents": [one.raw for one in incidents]}


def describe_state(incident: Incident) -> str:
    """Describe an incident by its name and state."""
    return f"{incident.name} is {incident.state}"
