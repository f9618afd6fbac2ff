"""Hand an open incident to another escalation policy or level, or change its urgency.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, Name, ShortText, Urgency
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.notification.post_page import OUTPUTS, RequireResponder, follow_up
from pd_incident_action.operations._shared.escalation import ensure_escalatable, next_level
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    SingleIncidentOperation,
    incident_outcome,
)
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .base import OperationContext

NEXT = "next"
_MOST_LEVELS = 20


def _level(value: object) -> object:
    """Take a level's number, or the word for the one after."""
    text = str(value).strip().lower()
    if value is None or text == NEXT:
        return value and NEXT
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_LEVELS:
        msg = f"must be 'next' or a level from 1 to {_MOST_LEVELS}"
        raise ValueError(msg)
    return int(text)


class Escalate(SingleIncidentOperation):
    """Hand an open incident to another escalation policy or level, or change its urgency."""

    name = "escalate"
    summary = "Hand an open incident to another escalation policy or level, or change its urgency"
    scopes = ("incidents.read", "incidents.write", "escalation_policies.read", "oncalls.read")
    outputs = OUTPUTS

    class Inputs(SingleIncident):
        """The inputs of `escalate`."""

        escalation_policy: Annotated[
            Name | None,
            InputSpec(
                "Escalation policy to page, by id or name.",
                example="Platform",
                aliases=("escalation_policy_id",),
            ),
        ] = None
        escalation_level: Annotated[
            # Not a Literal: forms would offer it as the only choice.
            int | str | None,
            BeforeValidator(_level),
            InputSpec(
                "Level of the incident's current policy to page, counted from 1, or `next` for the "
                "next one with somebody else on call; each run goes on from where the incident is.",
                example="next",
            ),
        ] = None
        urgency: Annotated[
            Urgency | None, InputSpec("How loudly to page: `high` or `low`.", example="high")
        ] = None
        severity: Annotated[
            ShortText | None,
            InputSpec(
                "Severity, as the configuration file names it; says the urgency, unless "
                "it is given.",
                example="SEV-1",
            ),
        ] = None
        require_responder: RequireResponder = False

        @model_validator(mode="after")
        def _something_to_change(self) -> Self:
            if not (self.escalation_policy or self.escalation_level or self.urgency):
                msg = (
                    "must say what to change: 'escalation-policy', 'escalation-level' or 'urgency'"
                )
                raise ValueError(msg)
            if self.escalation_policy and self.escalation_level:
                msg = "must not hold both 'escalation-policy' and 'escalation-level': choose one"
                raise ValueError(msg)
            return self

    inputs: Inputs

    def start_message(self) -> str:
        return f"Escalating PagerDuty incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Change an open incident.

        Returns:
            The incident as it now is.

        Raises:
            Impossible: the incident is resolved, which PagerDuty would undo, or what is asked for
                is something that PagerDuty would accept and ignore.
            ApiError: PagerDuty refused or wasn't reached.
        """
        before = self.context.incidents.get(self.inputs.incident)
        if before.status == "resolved":
            raise NotApplicable(
                f"Incident {before.to_incident().name} is already resolved and was not escalated",
                "PagerDuty would reopen it",
                "open a new incident with operation: create",
            )
        level = _level_to_page(self.inputs, before, self.context)
        changes = _changes(self.inputs, level, self.context)
        json = self.context.incidents.update(self.inputs.incident, "escalate the incident", changes)
        outcome = incident_outcome(json, _message(self.inputs, level, json.to_incident()))
        return replace(outcome, warnings=_unmoved(before, json, level))

    def after(self, outcome: Outcome) -> Outcome:
        return follow_up(self.inputs, outcome, self.context)


def _level_to_page(
    request: Escalate.Inputs, before: PagerDutyIncident, tools: OperationContext
) -> int | None:
    level = request.escalation_level
    if level is None:
        return None
    ensure_escalatable(before, request.urgency)
    return next_level(before, tools.pagerduty) if level == NEXT else int(level)


def _changes(
    request: Escalate.Inputs, level: int | None, tools: OperationContext
) -> dict[str, Any]:
    policy = request.escalation_policy
    identifier = tools.names.escalation_policy(policy) if policy else None
    changes = {
        "escalation_policy": identifier and reference("escalation_policy", identifier),
        "escalation_level": level,
        "urgency": request.urgency,
    }
    return {name: value for name, value in changes.items() if value}


def _unmoved(
    before: PagerDutyIncident, after: PagerDutyIncident, level: int | None
) -> tuple[str, ...]:
    """Point out what may mean that PagerDuty ignored the level."""
    had, has = (
        sorted(str((one.get("assignee") or {}).get("id")) for one in json.get("assignments") or ())
        for json in (before, after)
    )
    if not level or not had or had != has:
        return ()
    now = after.to_incident()
    text = (
        f"Incident {now.name} is assigned to {', '.join(now.assignees)} as before: either they are "
        f"on call on level {level} as well, or policy {now.escalation_policy} has no such level."
    )
    return (text,)


def _message(request: Escalate.Inputs, level: int | None, incident: Incident) -> str:
    steps = []
    if request.escalation_policy:
        steps.append(f"to policy {incident.escalation_policy}")
    if level:
        steps.append(f"to level {level}")
    if request.urgency:
        steps.append(f"with {incident.urgency} urgency")
    to = f", now assigned to {', '.join(incident.assignees)}" if incident.assignees else ""
    return f"Escalated incident {incident.name} {' '.join(steps)}{to}."
