"""Reassign an incident to other people, or to an escalation policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

from pd_incident_action.inputs.fields import InputSpec, NameList
from pd_incident_action.models import Outcome, Page
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.text import Json

from ._shared.once_per_run import AssignmentInputs, AssignmentOperation
from .base import incident_outcome

_NO_ESCALATION = (
    "The incident is assigned to a person, so PagerDuty no longer escalates it: if nobody answers, "
    "nobody else is paged."
)


class Reassign(AssignmentOperation):
    name = "reassign"
    summary = "Reassign an incident to other people or to an escalation policy"
    hidden_on = ("resolved",)
    participle = "reassigned"
    scopes = ("incidents.read", "incidents.write", "escalation_policies.read", "users.read")

    class Inputs(AssignmentInputs):
        assignee: Annotated[
            NameList | None,
            InputSpec(
                "New assignees, separated by commas: e-mail addresses, ids, or names in the "
                "configuration file.",
                example="ada@example.com",
                names_people=True,
                aliases=("new_owner", "assignee_id", "assignees"),
            ),
        ] = None

        def problems(self) -> Iterator[str]:
            if bool(self.assignee) == bool(self.escalation_policy):
                yield "Set either 'assignee' or 'escalation-policy'"

    inputs: Inputs

    def start_message(self) -> str:
        to = ", ".join(self.inputs.assignee or ()) or f"policy {self.inputs.escalation_policy}"
        return f"Reassigning PagerDuty incident {self.inputs.incident} to {to}"

    def assign(self, before: PagerDutyIncident) -> Outcome:
        """Reassign the incident, with a warning where that ends its escalation."""
        if self.policy_id:
            # Even the one in charge starts over on its first level.
            return self._update(
                before, {"escalation_policy": reference("escalation_policy", self.policy_id)}
            )
        # Whoever is named twice, by id and by address, gets it once.
        users = dict.fromkeys(map(self.context.names.user, self.inputs.assignee or ()))
        if before.is_directly_assigned and before.assignee_ids == set(users):
            owners = ", ".join(before.to_incident().assignees)
            message = f"Incident {before.label} is already assigned to {owners}."
            outcome = incident_outcome(before, message, Page.NOBODY)
        else:
            outcome = self._update(
                before, {"assignments": [{"assignee": reference("user", one)} for one in users]}
            )
        return replace(outcome, warnings=(_NO_ESCALATION,))

    def _update(self, before: PagerDutyIncident, changes: Json) -> Outcome:
        after = self.update_once(before, "reassign the incident", changes)
        to = ", ".join(filter(None, after.to_incident().assignees)) or "nobody"
        self.remember(before.id, f"Reassigned to {to}")
        return incident_outcome(after, f"Reassigned {after.label} to {to}.", Page.ACCEPTED)
