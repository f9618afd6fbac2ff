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
    path_of_incident,
    refetch,
)
from pd_incident_action.pagerduty.incidents import reference, to_incident
from pd_incident_action.pagerduty.plan_errors import requires_plan_feature

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome


class SetPriority(SingleIncident):
    """Inputs of `set-priority`."""

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
            "Severity, as the configuration file names it; says the priority, unless it is given.",
            example="SEV-1",
        ),
    ] = None

    @model_validator(mode="after")
    def _something_to_set(self) -> Self:
        if not self.priority:
            msg = "must hold 'priority', or a 'severity' that says one"
            raise ValueError(msg)
        return self


def run(request: SetPriority, tools: OperationContext) -> Outcome:
    """Set the priority.

    Args:
        request: which incident, and which priority.
        tools: PagerDuty's REST API.

    Returns:
        The incident as it now is.

    Raises:
        Impossible: the account has no such priority, or no priorities at all.
        ApiError: PagerDuty refused or wasn't reached.
    """
    read = tools.rest.incident(request.incident)
    before = to_incident(read)
    with requires_plan_feature("incident priorities"):
        wanted = tools.names.priority(request.priority or "")
        if (read.get("priority") or {}).get("id") == wanted:
            what = f"{before.name} has priority {before.priority} already"
            return incident_outcome(read, f"Nothing to do: {what}.")
        changes = {"priority": reference("priority", wanted)}
        json = tools.rest.update_incident(request.incident, "set the priority", changes)
    # A dry run knows the priority as the user named it.
    now = to_incident(json).priority or request.priority
    was = f", it was {before.priority}" if before.priority else ""
    return incident_outcome(json, f"Incident {before.name} has priority {now} now{was}.")


def _announce(request: SetPriority) -> str:
    return f"Setting the priority of incident {request.incident} to {request.priority}"


OPERATION = Operation(
    name="set-priority",
    summary="Give an incident another priority",
    request=SetPriority,
    run=run,
    announce=_announce,
    recover=refetch,
    scopes=("incidents.read", "incidents.write", "priorities.read"),
    first_read=path_of_incident,
)
