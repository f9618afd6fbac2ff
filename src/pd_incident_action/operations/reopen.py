"""Reopen resolved incidents, which pages again.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pd_incident_action.inputs.fields import InputSpec, PagerDutyIds
from pd_incident_action.pagerduty.models import PagerDutyIncident

from ._shared.common_inputs import NoteText
from ._shared.once_per_run import RunNoteOperation
from ._shared.paging import PagingInputs, PagingOperation
from ._shared.status_transition import (
    IncidentSelection,
    StatusTransition,
    StatusTransitionOperation,
)


class Reopen(RunNoteOperation, StatusTransitionOperation, PagingOperation):
    name = "reopen"
    summary = "Reopen a resolved incident; it pages again"
    hidden_on = ("triggered", "annotated", "acknowledged", "reassigned", "escalated", "reopened")
    scopes = ("incidents.read", "incidents.write")
    transition = StatusTransition(
        "triggered",
        verb="reopen",
        participle="reopened",
        satisfied_by=frozenset({"triggered", "acknowledged"}),
    )

    class Inputs(PagingInputs):
        incident: Annotated[
            PagerDutyIds,
            InputSpec(
                "Id of the resolved incident, or several ids separated by commas.",
                example="Q1ABCDEF234567",
                aliases=("incident_id", "incidents", "incident_ids"),
                origin="incident",
                main=("incident", "incident_id", "incidents", "incident_ids"),
                default_help="the entity that the Port action was run on",
            ),
        ]
        note: NoteText = None

    inputs: Inputs

    @property
    def selection(self) -> IncidentSelection:
        return IncidentSelection(incident=self.inputs.incident)

    @property
    def notes(self) -> tuple[str | None, ...]:
        return (self.inputs.note,)

    def start_message(self) -> str:
        return f"Reopening {self.selection.label}"

    def find_done(self, selected: Sequence[PagerDutyIncident]) -> frozenset[str]:
        """Find incidents that were resolved again since this run reopened them."""
        resolved = [one.id for one in selected if one.status == "resolved"]
        return frozenset(filter(self.is_done_on, resolved))

    def record(self, changed: Iterable[str]) -> None:
        for incident_id in changed:
            self.remember(incident_id, "Reopened")
