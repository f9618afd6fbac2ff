"""Override a schedule: put somebody else on call for a time; list or remove such overrides.

https://developer.pagerduty.com/api-reference/41d0a7c3c3a01-create-one-or-more-overrides
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import Annotated, Literal, Self

from pydantic import model_validator

from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec, Name, PagerDutyIds
from pd_incident_action.inputs.intervals import End, Interval, Start, parse_interval
from pd_incident_action.models import Outcome, Table
from pd_incident_action.pagerduty.directory import Directory
from pd_incident_action.pagerduty.idempotency import create_or_find
from pd_incident_action.pagerduty.schedules import Override as ScheduleOverride
from pd_incident_action.pagerduty.schedules import (
    ScheduleOverrides,
    create_override,
    fetch_overrides,
    remove_overrides,
)
from pd_incident_action.text import counted

from .base import Operation, OperationInputs

# How far ahead to look for overrides where no end is given.
_AHEAD = "90d"


class Override(Operation):
    name = "override"
    summary = "Add, list or remove overrides of a schedule, which put somebody else on call"
    group = "On call"
    scopes = ("schedules.read", "schedules.write", "users.read")
    port_blueprint = "pagerdutySchedule"
    outputs = {
        "override-id": "Id of the override that was added, listed or removed; of several, "
        "separated by commas."
    }

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
        override_action: Annotated[
            Literal["add", "remove", "list"],
            CaseInsensitive,
            InputSpec(
                "What to do: `add` an override, `remove` overrides (one that has begun ends now), "
                "or `list` them.",
                example="remove",
            ),
        ] = "add"
        override: Annotated[
            PagerDutyIds | None,
            InputSpec(
                "Ids of the overrides or custom shifts to `remove`, separated by commas; without "
                "them, all overrides for the `assignee` are removed.",
                example="Q0OVERRIDE1234",
                aliases=("override_id", "override_ids"),
            ),
        ] = None
        assignee: Annotated[
            Name | None,
            InputSpec(
                "User to put on call, or whose overrides to list or remove: e-mail address, id, or "
                "name in the configuration file.",
                example="grace@example.com",
                names_people=True,
                aliases=("new_on_call_user", "user"),
            ),
        ] = None
        start: Start = "now"
        end: End = None

        @model_validator(mode="after")
        def _require_what_it_takes(self) -> Self:
            if self.override_action == "add" and not (self.assignee and self.end):
                raise ValueError("Set 'assignee' and 'end' to add an override")
            if self.override_action == "remove" and bool(self.override) == bool(self.assignee):
                raise ValueError("Set either 'override' or 'assignee' to remove overrides")
            if self.override_action != "remove" and self.override:
                raise ValueError("Set 'override' only with 'override-action: remove'")
            return self

    inputs: Inputs

    def start_message(self) -> str:
        inputs = self.inputs
        if inputs.override_action == "add":
            when = f"from {inputs.start} until {inputs.end}"
            return f"Putting {inputs.assignee} on call for schedule {inputs.schedule}, {when}"
        verb = "Listing" if inputs.override_action == "list" else "Removing"
        return f"{verb} overrides of schedule {inputs.schedule}"

    def run(self) -> Outcome:
        if self.inputs.override_action == "add":
            return self._add()
        current, user_id = self._fetch()
        selected = [
            one
            for one in current.overrides
            if one.id in (self.inputs.override or ())
            # A custom shift may be that person's regular one.
            or (user_id and one.user_id == user_id and not one.is_custom_shift)
        ]
        if self.inputs.override_action == "list":
            shown = selected if user_id else current.overrides
            message = f"Schedule {self.inputs.schedule} has {_count(shown)} {current.interval}."
            return self._show(shown, message)
        remove_overrides(self.context.pagerduty, current, selected)
        known = {one.id for one in selected}
        absent = ", ".join(one for one in self.inputs.override or () if one not in known)
        warning = f"Schedule {self.inputs.schedule} has no override {absent} {current.interval}."
        # An earlier attempt may have removed it.
        warnings = (warning,) if absent and not self.context.is_rerun else ()
        message = (
            f"Removed {_count(selected)} of schedule {self.inputs.schedule}."
            if selected
            else f"No changes: schedule {self.inputs.schedule} doesn't have these overrides."
        )
        return replace(self._show(selected, message), warnings=warnings)

    def _show(self, overrides: Sequence[ScheduleOverride], message: str) -> Outcome:
        find_email = cache(Directory(self.context.pagerduty).find_email)
        rows = [
            (
                one.id,
                one.user.summary or find_email(one.user_id) or one.user_id,
                *((one.interval.start_iso, one.interval.end_iso) if one.interval else ("", "")),
            )
            for one in overrides
        ]
        return Outcome(
            message=message,
            response={"overrides": [one.raw for one in overrides]},
            outputs={"override-id": ",".join(one.id for one in overrides)},
            log_lines=tuple(
                f"{who}, from {start} until {end} ({one})" for one, who, start, end in rows
            ),
            tables=(Table("Overrides", ("Id", "Who", "From", "Until"), tuple(rows)),)
            if rows
            else (),
        )

    def _add(self) -> Outcome:
        current, user_id = self._fetch()
        existing = current.find_covering(user_id)
        if existing is not None:
            return self._outcome([existing], existing.interval or current.interval, created=False)
        added, created = create_or_find(
            partial(create_override, self.context.pagerduty, current, user_id),
            self._find_added,
            self.context.deadline,
            may_race=self.context.is_port_run,
        )
        warnings = tuple(
            f"Schedule {self.inputs.schedule} also has an override for {other.person} "
            f"{other.interval}: check in PagerDuty who is on call where the two overlap."
            for other in current.conflicting(user_id)
        )
        created = created if added else False
        return self._outcome(added, current.interval, created=created, warnings=warnings)

    def recover(self) -> Outcome | None:
        if self.inputs.override_action != "add":
            return None
        current, user_id = self._fetch()
        existing = current.find_covering(user_id)
        if existing is None:
            return None
        return self._outcome([existing], existing.interval or current.interval, created=None)

    def _fetch(self) -> tuple[ScheduleOverrides, str]:
        """Read the schedule's overrides, and find the user's id; empty without a user."""
        end = self.inputs.end or _AHEAD
        interval = parse_interval(self.inputs.start, end, datetime.now(UTC))
        schedule_id = self.context.names.schedule(self.inputs.schedule)
        user_id = self.context.names.user(self.inputs.assignee) if self.inputs.assignee else ""
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
        person = next(named, self.inputs.assignee or "")
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


def _count(overrides: Sequence[ScheduleOverride]) -> str:
    return counted(len(overrides), "override")
