"""Snooze an incident.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, ShortText
from pd_incident_action.inputs.intervals import humanize, parse_when

from ._shared.single_incident import SingleIncident, SingleIncidentOperation, incident_outcome

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome

_LONGEST = timedelta(days=7)


def _check_until(text: str) -> str:
    now = datetime.now(UTC)
    remaining = parse_when(text, now) - now
    if remaining < timedelta(seconds=1):
        msg = "must be in the future"
        raise ValueError(msg)
    # A little more is taken for seven days: the clock runs on while it is read.
    if remaining > _LONGEST + timedelta(minutes=1):
        msg = "must be within seven days, PagerDuty's limit"
        raise ValueError(msg)
    return text


class Snooze(SingleIncidentOperation):
    """Snooze an incident."""

    name = "snooze"
    summary = "Snooze an incident"

    class Inputs(SingleIncident):
        """The inputs of `snooze`."""

        until: Annotated[
            ShortText,
            AfterValidator(_check_until),
            InputSpec(
                "Time to snooze until, or for how long; at most seven days.",
                example="2h",
                aliases=("duration", "snooze_for"),
            ),
        ]

    inputs: Inputs

    def start_message(self) -> str:
        return f"Snoozing incident {self.inputs.incident} ({self.inputs.until})"

    def run(self) -> Outcome:
        """Snooze the incident; doing it twice does no harm.

        Raises:
            NotApplicable: the incident is resolved.
            ApiError: PagerDuty refused or wasn't reached.
        """
        before = self.fetch()
        if before.status == "resolved":
            raise NotApplicable(
                f"Incident {before.label} is already resolved and was not snoozed",
                "a resolved incident pages nobody",
                "nothing needs to be done",
            )
        now = datetime.now(UTC)
        duration = snooze_duration(self.inputs.until, now)
        seconds = int(duration.total_seconds())
        incident = self.context.incidents.snooze(self.inputs.incident, seconds)
        until = describe_end(now + duration, now)
        message = f"Snoozed {before.label} until {until} ({humanize(duration)})."
        return incident_outcome(incident, f"{message} It stays acknowledged until then.")


def snooze_duration(until: str, now: datetime) -> timedelta:
    """Return how long to snooze: whole seconds, from one second to seven days."""
    seconds = round((parse_when(until, now) - now).total_seconds())
    return min(max(timedelta(seconds=seconds), timedelta(seconds=1)), _LONGEST)


def describe_end(end: datetime, now: datetime) -> str:
    """Return the time in UTC, with its date unless that is today."""
    return f"{end:%H:%M} UTC" if end.date() == now.date() else f"{end:%Y-%m-%d %H:%M} UTC"
