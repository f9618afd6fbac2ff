"""Open resolved incidents again, which pages anew.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pd_incident_action.incidents.selection import SomeIncidents, path_of_chosen
from pd_incident_action.incidents.status_change import Change, change_status, look_at_chosen
from pd_incident_action.inputs.fields import Input, PagerDutyIds
from pd_incident_action.inputs.request import Request

from .base import Operation, Tools

if TYPE_CHECKING:
    from pd_incident_action.outcome import Outcome

_REOPENED = Change("triggered", "reopen", "reopened", frozenset({"triggered", "acknowledged"}))


class Reopen(Request):
    """Inputs of `reopen`."""

    incident: Annotated[
        PagerDutyIds,
        Input(
            "Id of the resolved incident, or several ids separated by commas.",
            example="Q1ABCDEF234567",
            aliases=("incident_id", "incidents", "incident_ids"),
            origin="entity",
            default_help="the entity that the Port action was run on",
        ),
    ]

    @property
    def chosen(self) -> SomeIncidents:
        """The same, as other operations choose incidents."""
        return SomeIncidents(incident=self.incident)


def run(request: Reopen, tools: Tools) -> Outcome:
    """Open the incidents again; raises as `change_status` does.

    Args:
        request: which.
        tools: PagerDuty's REST API.

    Returns:
        The incidents as they now are.
    """
    return change_status(request.chosen, tools, _REOPENED)[0]


def _recover(request: Reopen, tools: Tools) -> Outcome | None:
    return look_at_chosen(request.chosen, tools)


def _first_read(request: Reopen) -> str | None:
    return path_of_chosen(request.chosen)


def _announce(request: Reopen) -> str:
    return f"Reopening {request.chosen.in_words}"


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
