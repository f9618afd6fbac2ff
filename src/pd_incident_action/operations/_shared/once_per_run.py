"""Operations that change an incident once in a run, and what is done once in an incident's life.

PagerDuty takes an idempotency key only to open an incident. Whatever else mustn't be done twice
leaves a note with a key once it is done, by which a later attempt finds that.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from typing import ClassVar

from pd_incident_action.config.model import SeverityPolicy
from pd_incident_action.errors import ActionError, ApiError, NotApplicable
from pd_incident_action.identity import KEY_PREFIX, derive_key
from pd_incident_action.models import Incident, Outcome, Page
from pd_incident_action.operations.base import (
    Operation,
    OperationContext,
    OperationInputs,
    SingleIncident,
    SingleIncidentOperation,
    describe_state,
    incident_outcome,
    load_operation,
)
from pd_incident_action.pagerduty.idempotency import send_or_find, write_note
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import LogEntry, Note, PagerDutyIncident
from pd_incident_action.text import Json

from .common_inputs import PolicyName
from .paging import PagingInputs, PagingOperation

# An operation's name, and its inputs besides the incident.
Effect = tuple[str, Json]

_MAX_SECONDS = 5.0
_MAX_LOG_ENTRIES = 100


class RunNoteOperation(Operation):
    """An operation that leaves a note with the run's key on each incident that it has changed."""

    def __init__(self, inputs: OperationInputs, context: OperationContext) -> None:
        super().__init__(inputs, context)
        self._unwritten: dict[str, str] = {}

    def notes_of(self, incident_id: str) -> list[Note]:
        """Fetch an incident's notes; none if PagerDuty doesn't answer, which stops nothing."""
        try:
            return self.quick_incidents().notes(incident_id)
        except ApiError as error:
            self.context.log(f"Couldn't look for an earlier attempt: {error.summary}")
            return []

    def quick_incidents(self) -> Incidents:
        """Return PagerDuty's incidents with a time limit, which leaves time for the change."""
        return Incidents(self.context.pagerduty.with_timeout(_MAX_SECONDS, share=0.25))

    def is_noted(self, notes: Sequence[Note]) -> bool:
        """Check whether notes show that this run has done it already."""
        return any(self.context.step_key in note.content for note in notes)

    def is_done_on(self, incident_id: str) -> bool:
        """Check whether an earlier attempt, or a duplicate run, has noted that it did it."""
        may_be_done = self.context.is_rerun or self.context.is_port_run
        return may_be_done and self.is_noted(self.notes_of(incident_id))

    def remember(self, incident_id: str, what: str) -> None:
        """Have it noted on an incident that this run has done something: ``Escalated to …``."""
        by = self.context.identity.url or "pd-incident-action"
        self._unwritten[incident_id] = f"{what} by {by} ({self.context.step_key})."

    def leave_note(self, outcome: Outcome) -> Outcome:
        warnings = []
        problem = "It is done, but the note by which later runs find that may be missing"
        for incident_id, text in self._unwritten.items():
            try:
                write_note(self.context.pagerduty.with_timeout(_MAX_SECONDS), incident_id, text)
            except ApiError as error:
                warnings.append(f"{problem}: {error}")
        self._unwritten.clear()
        return outcome.adding(warnings=warnings)


class AssignmentInputs(SingleIncident, PagingInputs):
    """The inputs of operations that assign an incident to others."""

    escalation_policy: PolicyName = None


class AssignmentOperation(RunNoteOperation, SingleIncidentOperation, PagingOperation):
    """An operation that assigns an open incident to others.

    Attributes:
        participle: what then has happened to the incident: ``escalated``.
    """

    participle: ClassVar[str]
    inputs: AssignmentInputs
    _before: PagerDutyIncident | None = None

    @abstractmethod
    def assign(self, before: PagerDutyIncident) -> Outcome:
        """Assign an open incident.

        Raises:
            NotApplicable: PagerDuty would accept what is asked for and ignore it.
            ApiError: PagerDuty refused or wasn't reached.
        """

    @cached_property
    def policy_id(self) -> str:
        """The id of the escalation policy that it is to be assigned to; empty for none."""
        policy = self.inputs.escalation_policy
        return self.context.names.escalation_policy(policy) if policy else ""

    def may_show(self, before: PagerDutyIncident) -> bool:
        """Check whether an incident is in the state that this run asks for."""
        return before.escalation_policy.id == self.policy_id

    def asked_for(self, entry: LogEntry, before: PagerDutyIncident) -> bool:
        """Check whether the last change of an incident's assignment is what this run asks for."""
        return self.may_show(before) and entry.type == "delegate_log_entry"

    def run(self) -> Outcome:
        """Assign the incident, unless an earlier attempt of the run has done so."""
        before = self.fetch()
        if by := self._find_earlier(before):
            message = f"Incident {before.label} was already {self.participle} {by}."
            return incident_outcome(before, message, Page.NOBODY)
        if before.status == "resolved":
            raise NotApplicable(
                f"Incident {before.label} is already resolved and was not {self.participle}",
                "PagerDuty would reopen it",
                "open a new incident with operation: create, or reopen this one",
            )
        return self.assign(before)

    def recover(self) -> Outcome | None:
        after = None
        if self._before is not None:
            with suppress(NotApplicable):
                after = self._find_change(self._before)
        if after is None:
            return super().recover()
        self.remember(after.id, self.participle.capitalize())
        state = describe_state(after.to_incident())
        message = f"{self.participle.capitalize()} incident {state}."
        return incident_outcome(after, message, Page.ACCEPTED)

    def update_once(
        self, before: PagerDutyIncident, action: str, changes: Json
    ) -> PagerDutyIncident:
        """Change whom an incident is assigned to, and return it; raises as `assign` does."""
        self._before = before
        update = partial(
            self.context.incidents.update,
            before.id,
            action,
            changes,
            idempotent=False,
        )
        return send_or_find(update, partial(self._find_change, before), self.context.deadline)

    def _find_change(self, before: PagerDutyIncident) -> PagerDutyIncident | None:
        """Return the incident if it was assigned since, perhaps to the same people again."""
        after = self.fetch()
        if after.status == "resolved":
            raise NotApplicable(
                f"Incident {before.label} was resolved while it was being {self.participle}",
                f"it isn't known whether it was {self.participle} before",
                "reopen it if it isn't over",
            )
        known = {(one.at, one.assignee.id) for one in before.assignments}
        given = [one.at for one in after.assignments if (one.at, one.assignee.id) not in known]
        if not given:
            return None
        log = self.context.incidents.log_entries(before.id, _MAX_LOG_ENTRIES)
        by_pagerduty = (one for one in log if one.is_assignment and one.is_automatic)
        return None if any(one.created_at >= min(given) for one in by_pagerduty) else after

    def _find_earlier(self, before: PagerDutyIncident) -> str:
        """Return who has assigned the incident already, if it was this run; empty if it wasn't."""
        is_rerun = self.context.is_rerun
        # A first attempt loses no time on looking, unless a duplicate run may have been faster.
        if not is_rerun and not (self.context.is_port_run and self.may_show(before)):
            return ""
        notes = self.notes_of(before.id)
        if self.is_noted(notes):
            return "by this run"
        is_logged = is_rerun and self._is_logged(before, notes)
        return "by an earlier attempt of this run, according to its log" if is_logged else ""

    def _is_logged(self, before: PagerDutyIncident, notes: Sequence[Note]) -> bool:
        """Check whether an attempt that was killed before it left its note made the last change."""
        with suppress(ActionError):
            log = self.quick_incidents().log_entries(before.id, _MAX_LOG_ENTRIES)
            last = next((one for one in log if one.is_assignment and not one.is_automatic), None)
            if last is None or not self.asked_for(last, before):
                return False
            later = (one for one in notes if one.created_at >= last.created_at)
            by_others = any(f"({KEY_PREFIX}" in one.content for one in later)
            return not by_others and last.agent.id == self.context.names.requester()
        return False


def set_off(
    context: OperationContext,
    severity: str | None,
    outcome: Outcome,
    incidents: Sequence[Incident],
) -> Outcome:
    """Set off a severity's effects on incidents, once in the life of each."""
    policy = context.config.severity(severity or "")
    if severity is None or policy is None:
        return outcome
    problem = f"not everything that {severity} sets off was done"
    key, effects = severity.casefold(), _effects(policy)
    return apply_to_each(context, outcome, incidents, effects, problem, key)


def apply_to_each(
    context: OperationContext,
    outcome: Outcome,
    incidents: Sequence[Incident],
    effects: Sequence[Effect],
    problem: str,
    *parts_of_key: str,
) -> Outcome:
    """Apply other operations to open incidents of an outcome; a failure is only a warning."""
    lines, warnings = [], []
    for incident in incidents:
        # Nothing can be done to an alert whose incident isn't known, nor need be to a resolved one.
        is_open = incident.raw and incident.status != "resolved"
        for name, asked in effects if is_open else ():
            kind = load_operation(name)
            inputs = kind.Inputs.model_validate({"incident": incident.id, **asked})
            key = derive_key([incident.id, *parts_of_key, name, inputs.model_dump()])
            # An incident that isn't new may have had it: a note shows that, as after a re-run.
            once = replace(context, step_key=key, is_port_run=outcome.created is not True)
            # An app's token has the scopes of the page alone, so that an app without others pages.
            if pagerduty := context.pagerduty_with(*kind.scopes):
                once = once.with_client(pagerduty)
            operation = kind(inputs, once)
            try:
                done = operation.leave_note(operation.run())
            except ActionError as error:
                warnings.append(f"Incident {incident.name} is open, but {problem}: {error}")
            else:
                lines.append(done.message)
                warnings += done.warnings
    return outcome.adding(log_lines=lines, warnings=warnings)


def _effects(policy: SeverityPolicy) -> list[Effect]:
    """List a severity's effects, beginning with what pages people."""
    people = {"responders": policy.responders, "escalation_policy": policy.responder_policy}
    pages = {name: value for name, value in people.items() if value}
    update = policy.status_update
    return [
        *([("add-responders", pages)] if pages else []),
        *(("run-workflow", {"workflow": workflow}) for workflow in policy.workflows),
        *([("status-update", {"message": update})] if update else []),
    ]
