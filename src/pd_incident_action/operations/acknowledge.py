"""Acknowledge incidents: somebody is on it, nobody else needs to be woken.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.operations._shared.incident_selection import (
    IncidentSelection,
    selected_path,
)
from pd_incident_action.operations._shared.status_transition import (
    Change,
    change_status,
    refetch_selected,
)

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome

_ACKNOWLEDGED = Change(
    "acknowledged",
    "acknowledge",
    "acknowledged",
    enough=frozenset({"acknowledged"}),
    forbidden_from=frozenset({"resolved"}),
)


class Acknowledge(IncidentSelection):
    """Inputs of `acknowledge`."""


def run(request: Acknowledge, tools: OperationContext) -> Outcome:
    """Acknowledge the incidents; raises as `change_status` does.

    Args:
        request: which.
        tools: PagerDuty's REST API.

    Returns:
        The incidents as they now are.
    """
    return change_status(request, tools, _ACKNOWLEDGED)[0]


def _announce(request: Acknowledge) -> str:
    return f"Acknowledging {request.humanize}"


OPERATION = Operation(
    name="acknowledge",
    summary="Acknowledge an incident, several, or all that a service has open",
    request=Acknowledge,
    run=run,
    announce=_announce,
    recover=refetch_selected,
    scopes=("incidents.read", "incidents.write", "services.read"),
    first_read=selected_path,
)
