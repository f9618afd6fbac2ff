"""Hand an open incident to another escalation policy or level, or change its urgency.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from pd_incident_action.errors import Impossible
from pd_incident_action.fields import Input, Line, Name, Urgency
from pd_incident_action.outcome import Incident, Outcome
from pd_incident_action.providers.pagerduty import Json, reference, to_incident
from pd_incident_action.selection import OneIncident, look_again, outcome_of, path_of_incident

from .base import Operation, Tools

NEXT = "next"
_MOST_LEVELS = 20


def _level(value: object) -> object:
    """Take a level's number, or the word for the one after."""
    if not isinstance(value, str) or value.strip().lower() == NEXT:
        return NEXT if isinstance(value, str) else value
    if not value.strip().isdecimal() or not 1 <= int(value) <= _MOST_LEVELS:
        msg = f"must be 'next' or a level from 1 to {_MOST_LEVELS}"
        raise ValueError(msg)
    return int(value)


class Escalate(OneIncident):
    """Inputs of `escalate`."""

    escalation_policy: Annotated[
        Name | None,
        Input(
            "Escalation policy to page, by id or name.",
            example="Platform",
            aliases=("escalation_policy_id",),
        ),
    ] = None
    escalation_level: Annotated[
        Annotated[int, Field(ge=1, le=_MOST_LEVELS)] | Literal["next"] | None,
        BeforeValidator(_level),
        Input(
            "Level of the incident's current policy to page, counted from 1, or `next`.",
            example="next",
        ),
    ] = None
    urgency: Annotated[
        Urgency | None, Input("How loudly to page: `high` or `low`.", example="high")
    ] = None
    severity: Annotated[
        Line | None,
        Input(
            "Severity, as the configuration file names it; says the urgency, unless it is given.",
            example="SEV-1",
        ),
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
        Impossible: the incident is resolved, which PagerDuty would undo, or what is asked for
            is something that PagerDuty would accept and ignore.
        ApiError: PagerDuty refused or wasn't reached.
    """
    before = tools.rest.incident(request.incident)
    if before.get("status") == "resolved":
        raise Impossible(
            f"Incident {to_incident(before).name} is already resolved and was not escalated",
            "PagerDuty would reopen it",
            "open a new incident with operation: create",
        )
    level = _level_to_page(request, before, tools)
    changes = _changes(request, level, tools)
    json = tools.rest.update_incident(request.incident, "escalate the incident", changes)
    return outcome_of(json, _message(request, level, to_incident(json)))


def _level_to_page(request: Escalate, before: Json, tools: Tools) -> int | None:
    level = request.escalation_level
    if level is None:
        return None
    # Only here: another policy or urgency doesn't wait for it.
    from pd_incident_action.escalation import (  # noqa: PLC0415
        next_level,
        refuse_what_is_ignored,
    )

    refuse_what_is_ignored(before, request.urgency)
    return next_level(before, tools.rest) if level == NEXT else int(level)


def _changes(request: Escalate, level: int | None, tools: Tools) -> dict[str, Any]:
    policy = request.escalation_policy
    identifier = tools.names.escalation_policy(policy) if policy else None
    changes = {
        "escalation_policy": identifier and reference("escalation_policy", identifier),
        "escalation_level": level,
        "urgency": request.urgency,
    }
    return {name: value for name, value in changes.items() if value}


def _message(request: Escalate, level: int | None, incident: Incident) -> str:
    steps = []
    if request.escalation_policy:
        steps.append(f"to policy {incident.escalation_policy}")
    if level:
        steps.append(f"to level {level}")
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
    scopes=("incidents.read", "incidents.write", "escalation_policies.read", "oncalls.read"),
    first_read=path_of_incident,
)
