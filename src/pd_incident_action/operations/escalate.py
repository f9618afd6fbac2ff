"""Escalate an incident to another policy or level, or change its urgency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, Urgency
from pd_incident_action.models import Outcome, Page
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.directory import OnCalls, current_level
from pd_incident_action.pagerduty.models import LogEntry, PagerDutyIncident
from pd_incident_action.text import Json

from ._shared.common_inputs import SeverityName
from ._shared.once_per_run import AssignmentInputs, AssignmentOperation
from .base import incident_outcome

NEXT = "next"
_MOST_LEVELS = 20
_SAME_PEOPLE = (
    "Incident {0.name} is assigned to {1} as before: either they are on call on level {2} as well, "
    "or policy {0.escalation_policy} has no such level."
)


def _level(value: object) -> object:
    """Accept a level's number, or the word for the one after."""
    text = str(value).strip().lower()
    if value is None or text == NEXT:
        return value and NEXT
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_LEVELS:
        raise ValueError(f"must be 'next' or a level from 1 to {_MOST_LEVELS}")
    return int(text)


class Escalate(AssignmentOperation):
    name = "escalate"
    summary = "Escalate an incident to another policy or level, or change its urgency"
    group = "Paging"
    hidden_on = ("resolved",)
    participle = "escalated"
    scopes = ("incidents.read", "incidents.write", "escalation_policies.read", "oncalls.read")

    class Inputs(AssignmentInputs):
        escalation_level: Annotated[
            # Not a Literal: forms would offer it as the only choice.
            int | str | None,
            BeforeValidator(_level),
            InputSpec(
                "Level of the incident's current policy to page, counted from 1, or `next` for "
                "the next level with somebody else on call. `next` starts from the incident's "
                "current level in every run.",
                example="next",
            ),
        ] = None
        urgency: Annotated[
            Urgency | None, InputSpec("Urgency: `high` or `low`.", "high", decoration=True)
        ] = None
        severity: SeverityName = None

        def problems(self) -> Iterator[str]:
            if not (self.escalation_policy or self.escalation_level or self.urgency):
                yield (
                    "'escalate' needs at least one of 'escalation-policy', 'escalation-level' and "
                    "'urgency'"
                )
            if self.escalation_policy and self.escalation_level:
                yield "Set 'escalation-policy' or 'escalation-level', not both"

    inputs: Inputs

    def start_message(self) -> str:
        return f"Escalating PagerDuty incident {self.inputs.incident}"

    def assign(self, before: PagerDutyIncident) -> Outcome:
        changes, action = self._changes(before), "escalate the incident"
        level = changes.get("escalation_level")
        if changes == {"urgency": before.urgency}:
            message = f"No changes: incident {before.label} already has {before.urgency} urgency."
            return incident_outcome(before, message, Page.NOBODY)
        if set(changes) == {"urgency"}:
            after = self.context.incidents.update(before.id, action, changes)
        else:
            after = self.update_once(before, action, changes)
        incident = after.to_incident()
        steps = {
            "escalation_policy": f"to policy {incident.escalation_policy}",
            "escalation_level": f"to level {level}",
            "urgency": f"with {incident.urgency} urgency",
        }
        done = " ".join(steps[name] for name in changes)
        self.remember(before.id, f"Escalated {done}")
        people = ", ".join(incident.assignees)
        to = f", now assigned to {people}" if people else ""
        page = Page.NOT_ASKED if changes == {"urgency": "low"} else Page.ACCEPTED
        outcome = incident_outcome(after, f"Escalated incident {incident.name} {done}{to}.", page)
        if level and before.assignments and before.assignee_ids == after.assignee_ids:
            return replace(outcome, warnings=(_SAME_PEOPLE.format(incident, people, level),))
        return outcome

    def may_show(self, before: PagerDutyIncident) -> bool:
        if self.policy_id:
            return super().may_show(before)
        return bool(self.inputs.escalation_level) and before.may_be_reassigned(datetime.now(UTC))

    def asked_for(self, entry: LogEntry, before: PagerDutyIncident) -> bool:
        level = self.inputs.escalation_level
        if self.policy_id:
            return super().asked_for(entry, before)
        if level is None or entry.type != "escalate_log_entry":
            return False
        if level == NEXT:
            return True
        on_calls, policy = OnCalls(self.context.pagerduty), before.escalation_policy
        people = on_calls.people_by_level(policy.id, entry.created_at)
        # PagerDuty skips levels on which nobody is on call.
        paged = min((one for one in people if one >= int(level)), default=0)
        return bool(paged) and entry.assignee_ids == frozenset(people[paged])

    def _changes(self, before: PagerDutyIncident) -> Json:
        changes = {
            "escalation_policy": self.policy_id and reference("escalation_policy", self.policy_id),
            "escalation_level": self._level(before),
            "urgency": self.inputs.urgency,
        }
        return {name: value for name, value in changes.items() if value}

    def _level(self, before: PagerDutyIncident) -> int | None:
        """Return the level to page, where PagerDuty wouldn't accept it and do nothing."""
        level = self.inputs.escalation_level
        if level is None:
            return None
        what = f"Incident {before.label} was not escalated to another level"
        if (self.inputs.urgency or before.urgency) == "low":
            raise NotApplicable(
                what,
                "it has low urgency, with which PagerDuty escalates nothing",
                "give urgency: high as well",
            )
        if before.is_directly_assigned:
            raise NotApplicable(
                what,
                "it is assigned to a person directly, so that no policy's level applies",
                "give an escalation-policy instead, or another person with operation: reassign",
            )
        return self._next_level(before) if level == NEXT else int(level)

    def _next_level(self, before: PagerDutyIncident) -> int:
        """Find the next level that pages somebody who doesn't have the incident yet."""
        policy, on_calls = before.escalation_policy, OnCalls(self.context.pagerduty)
        people = on_calls.people_by_level(policy.id)
        level = current_level(before, people)
        assigned_at = max((one.at for one in before.assignments), default="")
        if level is None and assigned_at:
            # Somebody else's shift may have begun since.
            level = current_level(before, on_calls.people_by_level(policy.id, assigned_at))
        if level is None:
            who = ", ".join(filter(None, before.to_incident().assignees)) or "nobody"
            raise NotApplicable(
                f"Could not determine the escalation level of incident {before.label}, and it was "
                "not escalated",
                f"it is assigned to {who}, and policy {policy.label} has them on call on no level",
                "give escalation-level as a number",
            )
        assigned = before.assignee_ids
        later = [one for one in people if one > level and not people[one] <= assigned]
        if not later:
            raise NotApplicable(
                f"Incident {before.label} is on level {level}, the last of policy {policy.label} "
                "with anybody else on call, and was not escalated",
                "there is nobody left to page",
                "give another escalation-policy, or ask more people with operation: add-responders",
            )
        return min(later)
