"""Override a schedule: put somebody else on call for a time.

https://developer.pagerduty.com/api-reference/41d0a7c3c3a01-create-one-or-more-overrides
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from pd_incident_action.inputs.fields import InputSpec, Name
from pd_incident_action.inputs.intervals import End, Interval, Start, parse_interval
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.idempotency import create_or_find
from pd_incident_action.pagerduty.models import Override as ScheduleOverride
from pd_incident_action.pagerduty.schedules import (
    ScheduleOverrides,
    create_override,
    fetch_overrides,
)

from .base import Operation, OperationInputs


class Override(Operation):
    name = "override"
    summary = "Override a schedule: put somebody else on call for a time"
    group = "On call"
    scopes = ("schedules.read", "schedules.write", "users.read")
    port_blueprint = "pagerdutySchedule"
    outputs = {"override-id": "Id of the override; of several, separated by commas."}

    class Inputs(OperationInputs):
        schedule: Annotated[
            Name,
            InputSpec(
                "Schedule to override, by id or name.",
                example="Platform primary",
                aliases=("schedule_id",),
                origin="schedule",
                guess="entity",
                main=("schedule", "schedule_id"),
                default_help="the schedule that the Port action was run on, or the one that its "
                "entity relates to, else the entity's identifier as a name",
            ),
        ]
        assignee: Annotated[
            Name,
            InputSpec(
                "User to put on call: e-mail address, id, or name in the configuration file.",
                example="grace@example.com",
                names_people=True,
                aliases=("new_on_call_user", "user"),
            ),
        ]
        start: Start = "now"
        end: End

    inputs: Inputs

    def start_message(self) -> str:
        when = f"from {self.inputs.start} until {self.inputs.end}"
        return f"Putting {self.inputs.assignee} on call for schedule {self.inputs.schedule}, {when}"

    def run(self) -> Outcome:
        current, user_id = self._fetch()
        existing = current.find_covering(user_id)
        if existing is not None:
            return self._outcome([existing], existing.interval or current.interval, created=False)
        added, created = create_or_find(
            partial(create_override, self.context.pagerduty, current, user_id),
            self._find_added,
            self.context.deadline,
            may_have_twin=self.context.is_port_run,
        )
        warnings = tuple(
            f"Schedule {self.inputs.schedule} also has an override for {other.person} "
            f"{other.interval}: check in PagerDuty who is on call where the two overlap."
            for other in current.conflicting(user_id)
        )
        created = created if added else False
        return self._outcome(added, current.interval, created=created, warnings=warnings)

    def recover(self) -> Outcome | None:
        current, user_id = self._fetch()
        existing = current.find_covering(user_id)
        if existing is None:
            return None
        return self._outcome([existing], existing.interval or current.interval, created=None)

    def _fetch(self) -> tuple[ScheduleOverrides, str]:
        """Read the schedule's overrides, and find the user's id."""
        interval = parse_interval(self.inputs.start, self.inputs.end, datetime.now(UTC))
        schedule_id = self.context.names.schedule(self.inputs.schedule)
        user_id = self.context.names.user(self.inputs.assignee)
        return fetch_overrides(self.context.pagerduty, schedule_id, interval), user_id

    def _find_added(self) -> tuple[ScheduleOverride, ...] | None:
        """Look for the override after a request whose answer was lost."""
        current, user_id = self._fetch()
        existing = current.find_covering(user_id)
        return (existing,) if existing else None

    def _outcome(
        self,
        overrides: Sequence[ScheduleOverride],
        interval: Interval,
        *,
        created: bool | None,
        warnings: tuple[str, ...] = (),
    ) -> Outcome:
        # A shift-based schedule shows ids only; what the user typed says more.
        named = (one.person for one in overrides if one.person != one.user_id)
        person = next(named, self.inputs.assignee)
        already = "" if created else "already "
        shown = [
            {"id": one.id, "user": one.person, "when": str(one.interval or interval)}
            for one in overrides
        ]
        return Outcome(
            message=f"{person} is {already}on call for schedule {self.inputs.schedule} {interval}.",
            created=created,
            response={"overrides": shown},
            outputs={"override-id": ",".join(one.id for one in overrides)},
            warnings=warnings,
        )
