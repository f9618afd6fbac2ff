"""Acknowledge incidents: somebody is on it, nobody else needs to be woken."""

from __future__ import annotations

from ._shared.status_transition import (
    IncidentSelection,
    StatusTransition,
    StatusTransitionOperation,
)


class Acknowledge(StatusTransitionOperation):
    name = "acknowledge"
    summary = "Acknowledge one or more incidents, or all open ones of a service"
    hidden_on = ("acknowledged", "resolved")
    transition = StatusTransition("acknowledge", "acknowledged")
    Inputs = IncidentSelection
    inputs: IncidentSelection

    @property
    def selection(self) -> IncidentSelection:
        return self.inputs
