"""Keep an incident quiet for a while.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, ShortText
from pd_incident_action.inputs.intervals import humanize, parse_when, to_iso
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    refetch,
)

from .base import Operation

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome

_LONGEST = timedelta(days=7)


def _some_time_soon(text: str) -> str:
    left = _left(text)
    if left < timedelta(seconds=1):
        msg = "must be a time to come"
        raise ValueError(msg)
    # A little more is taken for seven days: the clock runs on while it is read.
    if left > _LONGEST + timedelta(minutes=1):
        msg = "must be within seven days, PagerDuty's limit"
        raise ValueError(msg)
    return text


class Snooze(Operation):
    """Keep an incident quiet for a while."""

    name = "snooze"
    summary = "Keep an incident quiet for a while"
    scopes = ("incidents.read", "incidents.write")

    class Inputs(SingleIncident):
        """The inputs of `snooze`."""

        until: Annotated[
            ShortText,
            AfterValidator(_some_time_soon),
            InputSpec(
                "Until when, or for how long; at most seven days.",
                example="2h",
                aliases=("duration", "snooze_for"),
            ),
        ]

    inputs: Inputs

    def start_message(self) -> str:
        return f"Snoozing incident {self.inputs.incident}: {self.inputs.until}"

    def run(self) -> Outcome:
        """Snooze the incident; doing it twice does no harm.

        Returns:
            The incident, which is acknowledged from now on.

        Raises:
            Impossible: the incident is resolved.
            ApiError: PagerDuty refused or wasn't reached.
        """
        before = self.context.incidents.get(self.inputs.incident).to_incident()
        if before.status == "resolved":
            raise NotApplicable(
                f"Incident {before.name} is already resolved and was not snoozed",
                "a resolved incident pages nobody",
                "nothing needs to be done",
            )
        left = min(_left(self.inputs.until), _LONGEST)
        seconds = max(1, round(left.total_seconds()))
        json = self.context.incidents.snooze(self.inputs.incident, seconds)
        until = to_iso(datetime.now(UTC) + timedelta(seconds=seconds))
        length = humanize(timedelta(seconds=seconds))
        message = f"Snoozed incident {before.name} for {length}, until {until}"
        also = "; it counts as acknowledged" if before.status == "triggered" else ""
        return incident_outcome(json, f"{message}{also}.")

    def recover(self) -> Outcome | None:
        return refetch(self.inputs, self.context)


def _left(until: str) -> timedelta:
    now = datetime.now(UTC)
    return parse_when(until, now) - now
