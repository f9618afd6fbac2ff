"""Hand an open incident to another escalation policy or level, or change its urgency.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pd_incident_action.errors import Impossible
from pd_incident_action.fields import Input, PagerDutyId, Urgency
from pd_incident_action.outcome import Incident, Outcome
from pd_incident_action.providers.pagerduty import reference, to_incident
from pd_incident_action.selection import OneIncident, look_again, path_of_incident

from .base import Operation, Tools


class Escalate(OneIncident):
    """Inputs of `escalate`."""

    escalation_policy: Annotated[
        PagerDutyId | None,
        Input(
            "Id of the escalation policy to page.",
            example="PESC123",
            aliases=("escalation_policy_id",),
        ),
    ] = None
    escalation_level: Annotated[
        int | None,
        Field(ge=1, le=20),
        Input("Level of the incident's current policy to page, counted from 1.", example="2"),
    ] = None
    urgency: Annotated[
        Urgency | None, Input("How loudly to page: `high` or `low`.", example="high")
    ] = None

    @model_validator(mode="after")
    def _something_to_change(self) -> Self:
        if not (self.escalation_policy or self.escalation_level or self.urgency):
            msg = "must say what to change: 'escalation-policy', 'escalation-level' or 'urgency'"
            raise ValueError(msg)
        if self.escalation_policy and self.escalation_level:
            msg = "must not hold both 'escalation-policy' and 'escalation-level': choose one"
            raise ValueError(msg)
        return self


def run(request: Escalate, tools: Tools) -> Outcome:
    """Change an open incident.

    Args:
        request: which incident, and what to change.
        tools: PagerDuty's REST API.

    Returns:
        The incident as it now is.

    Raises:
        Impossible: the incident is resolved; PagerDuty would reopen it.
        ApiError: PagerDuty refused or wasn't reached.
    """
    before = to_incident(tools.rest.incident(request.incident))
    if before.status == "resolved":
        raise Impossible(
            f"Incident {before.name} is already resolved and was not escalated",
            "PagerDuty would reopen it",
            "open a new incident with operation: create",
        )
    json = tools.rest.update_incident(request.incident, "escalate the incident", _changes(request))
    incident = to_incident(json)
    return Outcome(
        message=_message(request, incident),
        incident=incident,
        dedup_key=incident.dedup_key,
        response={"incident": json},
    )


def _changes(request: Escalate) -> dict[str, Any]:
    policy = request.escalation_policy
    changes = {
        "escalation_policy": policy and reference("escalation_policy", policy),
        "escalation_level": request.escalation_level,
        "urgency": request.urgency,
    }
    return {name: value for name, value in changes.items() if value}


def _message(request: Escalate, incident: Incident) -> str:
    steps = []
    if request.escalation_policy:
        steps.append(f"to policy {incident.escalation_policy}")
    if request.escalation_level:
        steps.append(f"to level {request.escalation_level}")
    if request.urgency:
        steps.append(f"with {incident.urgency} urgency")
    to = f", now assigned to {', '.join(incident.assignees)}" if incident.assignees else ""
    return f"Escalated incident {incident.name} {' '.join(steps)}{to}."


def _announce(request: Escalate) -> str:
    return f"Escalating PagerDuty incident {request.incident}"


OPERATION = Operation(
    name="escalate",
    summary="Hand an open incident to another escalation policy or level, or change its urgency",
    request=Escalate,
    run=run,
    announce=_announce,
    recover=look_again,
    first_read=path_of_incident,
)
