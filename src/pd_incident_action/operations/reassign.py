"""Reassign an incident to other people, or to an escalation policy.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Self

from pydantic import model_validator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, Name, NameList
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.client import Json, reference
from pd_incident_action.pagerduty.models import PagerDutyIncident

from ._shared.paging import PagingInputs, PagingOperation
from ._shared.single_incident import SingleIncident, SingleIncidentOperation, incident_outcome

_NO_ESCALATION = (
    "The incident is assigned to a person, so PagerDuty no longer escalates it: if nobody answers, "
    "nobody else is paged."
)


class Reassign(SingleIncidentOperation, PagingOperation):
    """Reassign an incident to other people, or to an escalation policy."""

    name = "reassign"
    summary = "Reassign an incident to other people or to an escalation policy"
    scopes = ("incidents.read", "incidents.write", "escalation_policies.read", "users.read")

    class Inputs(SingleIncident, PagingInputs):
        """The inputs of `reassign`."""

        assignee: Annotated[
            NameList | None,
            InputSpec(
                "New assignees, separated by commas: e-mail addresses, ids, or names in the "
                "configuration file.",
                example="ada@example.com",
                aliases=("new_owner", "assignee_id", "assignees"),
            ),
        ] = None
        escalation_policy: Annotated[
            Name | None,
            InputSpec(
                "New escalation policy, instead of users, by id or name.",
                example="Platform",
                aliases=("escalation_policy_id",),
            ),
        ] = None

        @model_validator(mode="after")
        def _one_recipient(self) -> Self:
            if bool(self.assignee) == bool(self.escalation_policy):
                msg = "Set either 'assignee' or 'escalation-policy'"
                raise ValueError(msg)
            return self

    inputs: Inputs

    def start_message(self) -> str:
        to = ", ".join(self.inputs.assignee or ()) or f"policy {self.inputs.escalation_policy}"
        return f"Reassigning PagerDuty incident {self.inputs.incident} to {to}"

    def run(self) -> Outcome:
        """Reassign the incident, with a warning where that ends its escalation.

        Raises:
            NotApplicable: the incident is resolved, or a name is unknown.
            ApiError: PagerDuty refused or wasn't reached.
        """
        before = self.fetch()
        if before.status == "resolved":
            raise NotApplicable(
                f"Incident {before.label} is already resolved and was not reassigned",
                "PagerDuty would reopen it",
                "open a new incident with operation: create, or reopen this one",
            )
        outcome = self._to_policy() if self.inputs.escalation_policy else self._to_people(before)
        return replace(outcome, warnings=(_NO_ESCALATION,) if self.inputs.assignee else ())

    def _to_policy(self) -> Outcome:
        """Assign it to a policy; even the one in charge starts over on its first level."""
        policy = self.context.names.escalation_policy(self.inputs.escalation_policy or "")
        return self._update({"escalation_policy": reference("escalation_policy", policy)})

    def _to_people(self, before: PagerDutyIncident) -> Outcome:
        # Whoever is named twice, by id and by address, gets it once.
        users = dict.fromkeys(map(self.context.names.user, self.inputs.assignee or ()))
        if before.is_directly_assigned and before.assignee_ids == set(users):
            owners = ", ".join(before.to_incident().assignees)
            message = f"No changes: incident {before.label} is already assigned to {owners}."
            return incident_outcome(before, message)
        return self._update({"assignments": [{"assignee": reference("user", u)} for u in users]})

    def _update(self, changes: Json) -> Outcome:
        after = self.context.incidents.update(
            self.inputs.incident, "reassign the incident", changes
        )
        # A dry run knows the new owners only as the user named them.
        owners = tuple(filter(None, after.to_incident().assignees)) or self.inputs.assignee or ()
        message = f"Reassigned {after.label} to {', '.join(owners) or 'nobody'}."
        return incident_outcome(after, message)
