"""Notes on incidents by which a later attempt of a run finds what an earlier one did.

PagerDuty takes an idempotency key only to open an incident. Whatever else mustn't be done twice in
a run leaves a note with the run's key once it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pd_incident_action.errors import ApiError
from pd_incident_action.identity import KEY_PREFIX
from pd_incident_action.models import Outcome
from pd_incident_action.operations.base import Operation, OperationContext, OperationInputs
from pd_incident_action.pagerduty.idempotency import write_note
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import Note

_MAX_SECONDS = 5.0


class RunNoteOperation(Operation):
    """An operation that leaves a note with the run's key on each incident that it has changed."""

    def __init__(self, inputs: OperationInputs, context: OperationContext) -> None:
        super().__init__(inputs, context)
        self._unwritten: dict[str, str] = {}

    @property
    def may_be_done(self) -> bool:
        """Whether an earlier attempt of the run, or its twin, may have done it."""
        return self.context.is_rerun or self.context.is_port_run

    def notes_of(self, incident_id: str) -> list[Note]:
        """Fetch an incident's notes; none if PagerDuty doesn't answer, which stops nothing."""
        try:
            return self.within_seconds(_MAX_SECONDS).notes(incident_id)
        except ApiError as error:
            self.context.log(f"Couldn't look for an earlier attempt: {error.summary}")
            return []

    def within_seconds(self, seconds: float) -> Incidents:
        """Return PagerDuty's incidents with a time limit, which leaves time for the change."""
        seconds = min(seconds, self.context.deadline.remaining() / 4)
        return Incidents(self.context.pagerduty.with_timeout(seconds))

    def is_noted(self, notes: Sequence[Note]) -> bool:
        """Check whether notes tell that this run has done it already."""
        return any(self.context.step_key in note.content for note in notes)

    def is_done_on(self, incident_id: str) -> bool:
        """Check whether an earlier attempt of this run has noted on an incident that it did it."""
        return self.may_be_done and self.is_noted(self.notes_of(incident_id))

    def remember(self, incident_id: str, what: str) -> None:
        """Have it noted on an incident that this run has done something: ``Escalated to …``."""
        by = self.context.identity.url or "pd-incident-action"
        self._unwritten[incident_id] = f"{what} by {by} ({self.context.step_key})."

    def leave_trace(self, outcome: Outcome) -> Outcome:
        warnings = []
        for incident_id, text in self._unwritten.items():
            seconds = min(_MAX_SECONDS, self.context.deadline.remaining() / 2)
            try:
                write_note(self.context.pagerduty.with_timeout(seconds), incident_id, text)
            except ApiError as error:
                warnings.append(
                    "It is done, but the note by which a re-run of this job finds that may be "
                    f"missing: {error}"
                )
        self._unwritten.clear()
        return replace(outcome, warnings=(*outcome.warnings, *warnings))


def is_run_note(note: Note) -> bool:
    """Check whether a note was left by some run."""
    return f"({KEY_PREFIX}" in note.content
