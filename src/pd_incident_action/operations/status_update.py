"""Tell those who follow an incident how it goes.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import model_validator

from pd_incident_action.inputs.fields import InputSpec, ShortText, Text
from pd_incident_action.models import Outcome
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    path_of_incident,
    refetch,
)
from pd_incident_action.pagerduty.incident_actions import Incidents
from pd_incident_action.pagerduty.incidents import to_incident

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Mapping


class StatusUpdate(SingleIncident):
    """Inputs of `status-update`."""

    message: Annotated[
        Text,
        InputSpec(
            "What those who follow the incident read.",
            example="We found the cause and are rolling back",
            aliases=("status_update",),
            multiline=True,
        ),
    ]
    subject: Annotated[
        ShortText | None,
        InputSpec("Subject of an e-mail of its own; needs `html-message`.", "Checkout is down"),
    ] = None
    html_message: Annotated[
        Text | None,
        InputSpec(
            "That e-mail's text as HTML; needs `subject`.",
            example="<p>We are rolling back</p>",
            multiline=True,
        ),
    ] = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if bool(self.subject) != bool(self.html_message):
            msg = (
                "must give 'subject' and 'html-message' together: PagerDuty puts them into an "
                "e-mail of its own; leave out both, and 'message' is sent"
            )
            raise ValueError(msg)
        return self


def run(request: StatusUpdate, tools: OperationContext) -> Outcome:
    """Send the update.

    Args:
        request: on which incident, and what.
        tools: PagerDuty's REST API.

    Returns:
        The incident.

    Raises:
        Impossible: the plan lacks status updates.
        ApiError: PagerDuty refused or wasn't reached.
    """
    json = tools.rest.incident(request.incident)
    Incidents(tools.rest).send_status_update(request.incident, _update(request))
    name = to_incident(json).name
    return incident_outcome(json, f"Told those who follow incident {name}: {request.message}")


def _update(request: StatusUpdate) -> Mapping[str, str]:
    parts = {
        "message": request.message,
        "subject": request.subject,
        "html_message": request.html_message,
    }
    return {name: text for name, text in parts.items() if text}


def _announce(request: StatusUpdate) -> str:
    return f"Sending a status update on incident {request.incident}"


OPERATION = Operation(
    name="status-update",
    summary="Tell those who follow an incident how it goes",
    request=StatusUpdate,
    run=run,
    announce=_announce,
    recover=refetch,
    scopes=("incidents.read", "incidents.write"),
    first_read=path_of_incident,
)
