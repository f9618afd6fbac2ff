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
    refetch,
)

from .base import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping


class StatusUpdate(Operation):
    """Tell those who follow an incident how it goes."""

    name = "status-update"
    summary = "Tell those who follow an incident how it goes"
    scopes = ("incidents.read", "incidents.write")

    class Inputs(SingleIncident):
        """The inputs of `status-update`."""

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

    inputs: Inputs

    def start_message(self) -> str:
        return f"Sending a status update on incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Send the update.

        Returns:
            The incident.

        Raises:
            Impossible: the plan lacks status updates.
            ApiError: PagerDuty refused or wasn't reached.
        """
        json = self.context.incidents.get(self.inputs.incident)
        self.context.incidents.send_status_update(self.inputs.incident, _update(self.inputs))
        name = json.to_incident().name
        return incident_outcome(
            json, f"Told those who follow incident {name}: {self.inputs.message}"
        )

    def recover(self) -> Outcome | None:
        return refetch(self.inputs, self.context)


def _update(request: StatusUpdate.Inputs) -> Mapping[str, str]:
    parts = {
        "message": request.message,
        "subject": request.subject,
        "html_message": request.html_message,
    }
    return {name: text for name, text in parts.items() if text}
