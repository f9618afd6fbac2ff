"""Put somebody on call in place of whoever a schedule says, for a while.

https://developer.pagerduty.com/api-reference/41d0a7c3c3a01-create-one-or-more-overrides
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pd_incident_action.inputs.fields import InputSpec, Name
from pd_incident_action.inputs.intervals import End, Start, parse_interval
from pd_incident_action.models import Outcome
from pd_incident_action.operations._shared.schedule_names import schedule_id
from pd_incident_action.pagerduty.create_or_find import create_or_find
from pd_incident_action.pagerduty.schedule_overrides import read_rota, stand_in
from pd_incident_action.pagerduty.schedules import Schedules

from .base import Operation, OperationInputs

if TYPE_CHECKING:
    from pd_incident_action.inputs.intervals import Interval
    from pd_incident_action.pagerduty.schedule_overrides import ScheduleOverrides, TemporaryOverride


class Override(Operation):
    """Put somebody else on call on a schedule for a while."""

    name = "override"
    summary = "Put somebody else on call on a schedule for a while"
    scopes = ("schedules.read", "schedules.write", "users.read")
    port_blueprint = "pagerdutySchedule"
    outputs = {"override-id": "Id of the override; of several, separated by commas."}

    class Inputs(OperationInputs):
        """The inputs of `override`."""

        schedule: Annotated[
            Name,
            InputSpec(
                "Schedule to change, by id or name.",
                example="Platform primary",
                aliases=("schedule_id",),
                origin="entity",
                default_help="the entity that the Port action was run on",
            ),
        ]
        assignee: Annotated[
            Name,
            InputSpec(
                "User to put on call: e-mail address, id, or name in the configuration file.",
                example="grace@example.com",
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
        """Add an override to the schedule, unless that user stands in already.

        Returns:
            Who is on call from when until when.

        Raises:
            InputError: the time is over, or ends before it begins.
            Impossible: on a shift-based schedule, nobody is on call whom one could stand in for.
            ActionError: there is no such schedule or user, or PagerDuty wasn't reached.
        """
        span = parse_interval(self.inputs.start, self.inputs.end, datetime.now(UTC))
        schedule = schedule_id(self.inputs.schedule, self.context)
        user_id = self.context.names.user(self.inputs.assignee)
        schedules = Schedules(self.context.pagerduty)
        rota = read_rota(schedules, schedule, span)
        there = rota.granting(user_id, span)
        if there is not None:
            return _outcome(self.inputs, (there,), there.span, created=False)
        covers = create_or_find(
            partial(stand_in, schedules, rota, user_id, span),
            partial(_look, schedules, schedule, user_id, span),
        )
        warnings = _warnings(self.inputs, rota, user_id, span)
        return _outcome(self.inputs, covers, span, created=bool(covers), warnings=warnings)

    def recover(self) -> Outcome | None:
        """Find the override that an interrupted `run` may have added.

        Returns:
            Who is on call from when until when, or None.

        Raises:
            ActionError: PagerDuty refused or wasn't reached.
        """
        span = parse_interval(self.inputs.start, self.inputs.end, datetime.now(UTC))
        schedule = schedule_id(self.inputs.schedule, self.context)
        user_id = self.context.names.user(self.inputs.assignee)
        found = _look(Schedules(self.context.pagerduty), schedule, user_id, span)
        return _outcome(self.inputs, found, found[0].span, created=None) if found else None


def _look(
    schedules: Schedules, schedule: str, user_id: str, span: Interval
) -> tuple[TemporaryOverride, ...] | None:
    found = read_rota(schedules, schedule, span).granting(user_id, span)
    return (found,) if found else None


def _outcome(
    request: Override.Inputs,
    covers: tuple[TemporaryOverride, ...],
    span: Interval,
    *,
    created: bool | None,
    warnings: tuple[str, ...] = (),
) -> Outcome:
    # A shift-based schedule shows ids only; what the user typed says more.
    named = [cover.user for cover in covers if cover.user != cover.user_id]
    who = named[0] if named else request.assignee
    already = "" if created else "already "
    shown = [{"id": c.id, "user": c.user, "when": str(c.span)} for c in covers]
    return Outcome(
        message=f"{who} is {already}on call for schedule {request.schedule} {span}.",
        created=created,
        response={"overrides": shown},
        outputs={"override-id": ",".join(cover.id for cover in covers)},
        warnings=warnings,
    )


def _warnings(
    request: Override.Inputs, rota: ScheduleOverrides, user_id: str, span: Interval
) -> tuple[str, ...]:
    return tuple(
        f"Schedule {request.schedule} also has an override for {cover.user} "
        f"{cover.span}: check in PagerDuty who is on call where the two overlap."
        for cover in rota.in_the_way(user_id, span)
    )
