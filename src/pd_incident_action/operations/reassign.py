"""Hand an open incident to other people, or to an escalation policy.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import model_validator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, Name, NameList
from pd_incident_action.notification.post_page import OUTPUTS, RequireResponder, follow_up
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    SingleIncidentOperation,
    incident_outcome,
)
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .base import OperationContext

if TYPE_CHECKING:
    from pd_incident_action.models import Incident, Outcome

_NO_ESCALATION = (
    "The incident is assigned to a person, so PagerDuty no longer escalates it: if nobody answers, "
    "nobody else is paged."
)


class Reassign(SingleIncidentOperation):
    """Hand an open incident to other people, or to an escalation policy."""

    name = "reassign"
    summary = "Hand an open incident to other people, or to an escalation policy"
    scopes = ("incidents.read", "incidents.write", "escalation_policies.read", "users.read")
    outputs = OUTPUTS

    class Inputs(SingleIncident):
        """The inputs of `reassign`."""

        assignee: Annotated[
            NameList | None,
            InputSpec(
                "Users to hand it to, separated by commas: e-mail addresses, ids, or names in the "
                "configuration file.",
                example="ada@example.com",
                aliases=("new_owner", "assignee_id", "assignees"),
            ),
        ] = None
        escalation_policy: Annotated[
            Name | None,
            InputSpec(
                "Escalation policy to hand it to, by id or name, instead of users.",
                example="Platform",
                aliases=("escalation_policy_id",),
            ),
        ] = None
        require_responder: RequireResponder = False

        @model_validator(mode="after")
        def _one_recipient(self) -> Self:
            if bool(self.assignee) == bool(self.escalation_policy):
                msg = "must say who gets it: 'assignee' or 'escalation-policy', one of them"
                raise ValueError(msg)
            return self

    inputs: Inputs

    def start_message(self) -> str:
        to = ", ".join(self.inputs.assignee or ()) or f"policy {self.inputs.escalation_policy}"
        return f"Reassigning PagerDuty incident {self.inputs.incident} to {to}"

    def run(self) -> Outcome:
        """Hand the incident over.

        Returns:
            The incident as it now is, with a warning where a person is the end of escalation.

        Raises:
            Impossible: the incident is resolved, or a name is unknown.
            ApiError: PagerDuty refused or wasn't reached.
        """
        before = self.context.incidents.get(self.inputs.incident)
        if before.status == "resolved":
            raise NotApplicable(
                f"Incident {before.to_incident().name} is already resolved and was not reassigned",
                "PagerDuty would reopen it",
                "open a new incident with operation: create, or reopen this one",
            )
        warnings = (_NO_ESCALATION,) if self.inputs.assignee else ()
        changes, is_so_already = _changes(self.inputs, before, self.context)
        if is_so_already:
            message = (
                f"Nothing to do: incident {_with_owner(before.to_incident(), self.inputs)} already."
            )
            return replace(incident_outcome(before, message), warnings=warnings)
        json = self.context.incidents.update(self.inputs.incident, "reassign the incident", changes)
        owner = _with_owner(json.to_incident(), self.inputs)
        return replace(incident_outcome(json, f"Incident {owner} now."), warnings=warnings)

    def after(self, outcome: Outcome) -> Outcome:
        return follow_up(self.inputs, outcome, self.context)


def _changes(
    request: Reassign.Inputs, before: PagerDutyIncident, tools: OperationContext
) -> tuple[dict[str, Any], bool]:
    """Say what to change, and whether it is so already."""
    if request.escalation_policy:
        # Even the policy in charge is handed to anew: it starts over on its first level.
        policy = tools.names.escalation_policy(request.escalation_policy)
        return {"escalation_policy": reference("escalation_policy", policy)}, False
    # Whoever is named twice, by id and by address, gets it once.
    users = list(dict.fromkeys(map(tools.names.user, request.assignee or ())))
    now = {str((a.get("assignee") or {}).get("id")) for a in before.get("assignments") or []}
    is_direct = before.assigned_via == "direct_assignment"
    assignments = [{"assignee": reference("user", user)} for user in users]
    return {"assignments": assignments}, is_direct and now == set(users)


def _with_owner(incident: Incident, request: Reassign.Inputs) -> str:
    """Name who has it; a dry run knows them as the user named them."""
    owners = ", ".join(filter(None, incident.assignees)) or ", ".join(request.assignee or ())
    return f"{incident.name} is assigned to {owners or 'nobody'}"
