"""Acknowledge incidents: somebody is on it, nobody else needs to be woken.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from pd_incident_action.operations._shared.status_transition import IncidentSelection

from ._shared.common_inputs import NoteText
from ._shared.status_transition import StatusTransition, StatusTransitionOperation


class Acknowledge(StatusTransitionOperation):
    name = "acknowledge"
    summary = "Acknowledge one or more incidents, or all open ones of a service"
    hidden_on = ("acknowledged", "resolved")
    transition = StatusTransition(
        "acknowledged",
        verb="acknowledge",
        participle="acknowledged",
        satisfied_by=frozenset({"acknowledged"}),
        forbidden_from=frozenset({"resolved"}),
    )

    class Inputs(IncidentSelection):
        note: NoteText = None

    inputs: Inputs

    @property
    def selection(self) -> IncidentSelection:
        return self.inputs

    @property
    def notes(self) -> tuple[str | None, ...]:
        return (self.inputs.note,)

    def start_message(self) -> str:
        return f"Acknowledging {self.selection.label}"
