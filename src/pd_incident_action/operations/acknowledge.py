"""Acknowledge incidents: somebody is on it, nobody else needs to be woken.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.incidents.selection import SomeIncidents, path_of_chosen
from pd_incident_action.incidents.status_change import Change, change_status, look_at_chosen

from .base import Operation, Tools

if TYPE_CHECKING:
    from pd_incident_action.outcome import Outcome

_ACKNOWLEDGED = Change(
    "acknowledged",
    "acknowledge",
    "acknowledged",
    enough=frozenset({"acknowledged"}),
    impossible_from=frozenset({"resolved"}),
)


class Acknowledge(SomeIncidents):
    """Inputs of `acknowledge`."""


def run(request: Acknowledge, tools: Tools) -> Outcome:
    """Acknowledge the incidents; raises as `change_status` does.

    Args:
        request: which.
        tools: PagerDuty's REST API.

    Returns:
        The incidents as they now are.
    """
    return change_status(request, tools, _ACKNOWLEDGED)[0]


def _announce(request: Acknowledge) -> str:
    return f"Acknowledging {request.in_words}"


OPERATION = Operation(
    name="acknowledge",
    summary="Acknowledge an incident, several, or all that a service has open",
    request=Acknowledge,
    run=run,
    announce=_announce,
    recover=look_at_chosen,
    scopes=("incidents.read", "incidents.write", "services.read"),
    first_read=path_of_chosen,
)
