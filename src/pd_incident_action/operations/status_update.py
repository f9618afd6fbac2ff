"""Tell those who follow an incident how it goes.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pd_incident_action.fields import Input, Line, Text
from pd_incident_action.outcome import Outcome
from pd_incident_action.providers.pagerduty import to_incident
from pd_incident_action.providers.pagerduty_incidents import Incidents
from pd_incident_action.selection import OneIncident, look_again, outcome_of, path_of_incident

from .base import Operation, Tools

if TYPE_CHECKING:
    from collections.abc import Mapping


class StatusUpdate(OneIncident):
    """Inputs of `status-update`."""

    message: Annotated[
        Text,
        Input(
            "What those who follow the incident read.",
            example="We found the cause and are rolling back",
            aliases=("status_update",),
            multiline=True,
        ),
    ]
    subject: Annotated[
        Line | None, Input("Subject of the e-mail, in place of PagerDuty's.", "Checkout is down")
    ] = None
    html_message: Annotated[
        Text | None,
        Input(
            "The message as HTML, for e-mails.",
            example="<p>We are rolling back</p>",
            multiline=True,
        ),
    ] = None


def run(request: StatusUpdate, tools: Tools) -> Outcome:
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
    return outcome_of(json, f"Told those who follow incident {name}: {request.message}")


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
    recover=look_again,
    scopes=("incidents.read", "incidents.write"),
    first_read=path_of_incident,
)
