"""Snooze an incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from pydantic import AfterValidator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, ShortText
from pd_incident_action.inputs.intervals import humanize, parse_when
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.idempotency import send_or_find
from pd_incident_action.pagerduty.models import PagerDutyIncident

from ._shared.once_per_run import RunNoteOperation
from .base import SingleIncident, SingleIncidentOperation, incident_outcome

_LONGEST = timedelta(days=7)


def _check_until(text: str) -> str:
    now = datetime.now(UTC)
    remaining = parse_when(text, now) - now
    if remaining < timedelta(seconds=1):
        raise ValueError("must be in the future")
    # A little more is taken for seven days: the clock runs on while it is read.
    if remaining > _LONGEST + timedelta(minutes=1):
        raise ValueError("must be within seven days, PagerDuty's limit")
    return text


class Snooze(RunNoteOperation, SingleIncidentOperation):
    name = "snooze"
    summary = "Snooze an incident"
    hidden_on = ("resolved",)

    class Inputs(SingleIncident):
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
        before = self.fetch()
        if self.is_done_on(before.id):
            message = f"No changes: incident {before.label} was already snoozed by this run."
            return incident_outcome(before, message)
        if before.status == "resolved":
            raise NotApplicable(
                f"Incident {before.label} is already resolved and was not snoozed",
                "a resolved incident pages nobody",
                "nothing needs to be done",
            )
        now = datetime.now(UTC)
        duration = snooze_duration(self.inputs.until, now)
        seconds = int(duration.total_seconds())
        incident = send_or_find(
            partial(self.context.incidents.snooze, before.id, seconds),
            partial(self._find_snoozed, before),
            self.context.deadline,
        )
        until = describe_end(now + duration, now)
        self.remember(before.id, f"Snoozed until {until}")
        message = f"Snoozed {before.label} until {until} ({humanize(duration)})."
        return incident_outcome(incident, f"{message} It stays acknowledged until then.")

    def _find_snoozed(self, before: PagerDutyIncident) -> PagerDutyIncident | None:
        """Return the incident if it was snoozed since it was fetched."""
        after = self.fetch()
        return after if after.snoozed_until not in {"", before.snoozed_until} else None


def snooze_duration(until: str, now: datetime) -> timedelta:
    """Return how long to snooze: whole seconds, from one second to seven days."""
    seconds = round((parse_when(until, now) - now).total_seconds())
    return min(max(timedelta(seconds=seconds), timedelta(seconds=1)), _LONGEST)


def describe_end(end: datetime, now: datetime) -> str:
    """Return the time in UTC, with its date unless that is today."""
    return f"{end:%H:%M} UTC" if end.date() == now.date() else f"{end:%Y-%m-%d %H:%M} UTC"
