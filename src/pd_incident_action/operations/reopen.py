"""Open resolved incidents again, which pages anew.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pd_incident_action.inputs.fields import InputSpec, PagerDutyIds
from pd_incident_action.inputs.request import Request
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

_REOPENED = Change("triggered", "reopen", "reopened", frozenset({"triggered", "acknowledged"}))


class Reopen(Request):
    """Inputs of `reopen`."""

    incident: Annotated[
        PagerDutyIds,
        InputSpec(
            "Id of the resolved incident, or several ids separated by commas.",
            example="Q1ABCDEF234567",
            aliases=("incident_id", "incidents", "incident_ids"),
            origin="entity",
            default_help="the entity that the Port action was run on",
        ),
    ]

    @property
    def chosen(self) -> IncidentSelection:
        """The same, as other operations choose incidents."""
        return IncidentSelection(incident=self.incident)


def run(request: Reopen, tools: OperationContext) -> Outcome:
    """Open the incidents again; raises as `change_status` does.

    Args:
        request: which.
        tools: PagerDuty's REST API.

    Returns:
        The incidents as they now are.
    """
    return change_status(request.chosen, tools, _REOPENED)[0]


def _recover(request: Reopen, tools: OperationContext) -> Outcome | None:
    return refetch_selected(request.chosen, tools)


def _first_read(request: Reopen) -> str | None:
    return selected_path(request.chosen)


def _announce(request: Reopen) -> str:
    return f"Reopening {request.chosen.humanize}"


OPERATION = Operation(
    name="reopen",
    summary="Open a resolved incident again, which pages anew",
    request=Reopen,
    run=run,
    announce=_announce,
    recover=_recover,
    scopes=("incidents.read", "incidents.write"),
    first_read=_first_read,
)
