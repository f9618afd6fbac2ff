"""Reopen resolved incidents, which pages again."""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.inputs.fields import PagerDutyIds

from ._shared.common_inputs import NoteText
from ._shared.paging import PagingInputs, PagingOperation
from ._shared.status_transition import (
    INCIDENTS,
    IncidentSelection,
    StatusTransition,
    StatusTransitionOperation,
)


class Reopen(StatusTransitionOperation, PagingOperation):
    name = "reopen"
    summary = "Reopen a resolved incident; it pages again"
    hidden_on = ("triggered", "annotated", "acknowledged", "reassigned", "escalated", "reopened")
    scopes = ("incidents.read", "incidents.write")
    transition = StatusTransition("reopen", "triggered", reopens=True)

    class Inputs(PagingInputs):
        incident: Annotated[PagerDutyIds, INCIDENTS]
        note: NoteText = None

    inputs: Inputs

    @property
    def selection(self) -> IncidentSelection:
        return IncidentSelection(incident=self.inputs.incident, note=self.inputs.note)
