"""Override a schedule: put somebody else on call for a time; list or remove such overrides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Annotated, Literal

from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec, Name, PagerDutyIds
from pd_incident_action.inputs.intervals import End, Interval, Start, parse_interval
from pd_incident_action.models import Outcome, Table
from pd_incident_action.pagerduty.directory import Directory
from pd_incident_action.pagerduty.idempotency import create_or_find
from pd_incident_action.pagerduty.schedules import Override as ScheduleOverride
from pd_incident_action.pagerduty.schedules import ScheduleOverrides
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

        def problems(self) -> Iterator[str]:
            if self.override_action == "add" and not (self.assignee and self.end):
                yield "Set 'assignee' and 'end' to add an override"
            if self.override_action == "remove" and bool(self.override) == bool(self.assignee):
                yield "Set either 'override' or 'assignee' to remove overrides"
            if self.override_action != "remove" and self.override:
                yield "Set 'override' only with 'override-action: remove'"

    inputs: Inputs
    _current: ScheduleOverrides

    def start_message(self) -> str:
        inputs = self.inputs
        messages = {
            "add": f"Putting {inputs.assignee} on call for schedule {inputs.schedule}, from "
            f"{inputs.start} until {inputs.end}",
            "remove": f"Removing overrides of schedule {inputs.schedule}",
            "list": f"Listing overrides of schedule {inputs.schedule}",
        }
        return messages[inputs.override_action]

    def run(self) -> Outcome:
        actions = {"add": self._add, "remove": self._remove, "list": self._list}
        return actions[self.inputs.override_action]()

    def recover(self) -> Outcome | None:
        found = self._find() if self.inputs.override_action == "add" else None
        return self._on_call(found, created=None) if found else None

    def _add(self) -> Outcome:
        added, created = create_or_find(
            lambda: self._current.add(self._user_id),
            self._find,
            self.context.deadline,
            may_race=self.context.is_port_run,
        )
        warnings = tuple(
            f"Schedule {self.inputs.schedule} also has an override for {other.person} "
            f"{other.interval}: check in PagerDuty who is on call where the two overlap."
            for other in self._current.conflicting(self._user_id)
        )
        return replace(self._on_call(added, created=bool(added) and created), warnings=warnings)

    def _find(self) -> tuple[ScheduleOverride, ...] | None:
        """Find an override that makes another one unnecessary."""
        found = self._fetch().find_covering(self._user_id)
        return (found,) if found else None

    def _on_call(self, overrides: tuple[ScheduleOverride, ...], *, created: bool | None) -> Outcome:
        # A shift-based schedule shows ids only; what the user typed says more.
        named = (one.person for one in overrides if one.person != one.user_id)
        found = next((one.interval for one in overrides if not created), None)
        message = (
            f"{next(named, self.inputs.assignee)} is {'' if created else 'already '}on call for "
            f"schedule {self.inputs.schedule} {found or self._interval}."
        )
        return replace(self._show(overrides, message), created=created)

    def _list(self) -> Outcome:
        current = self._fetch()
        shown = self._select(current) if self._user_id else current.overrides
        number = counted(len(shown), "override")
        return self._show(
            shown, f"Schedule {self.inputs.schedule} has {number} {current.interval}."
        )

    def _remove(self) -> Outcome:
        current, schedule = self._fetch(), self.inputs.schedule
        selected = self._select(current)
        current.remove(selected)
        known = {one.id for one in selected}
        absent = ", ".join(one for one in self.inputs.override or () if one not in known)
        warning = f"Schedule {schedule} has no override {absent} {current.interval}."
        # An earlier attempt may have removed it.
        warnings = (warning,) if absent and not self.context.is_rerun else ()
        message = (
            f"Removed {counted(len(selected), 'override')} of schedule {schedule}."
            if selected
            else f"No changes: schedule {schedule} doesn't have these overrides."
        )
        return replace(self._show(selected, message), warnings=warnings)

    def _select(self, current: ScheduleOverrides) -> tuple[ScheduleOverride, ...]:
        """Select what is named, or else the assignee's; a custom shift may be a regular one."""
        named, user_id = self.inputs.override or (), self._user_id
        return tuple(
            one
            for one in current.overrides
            if one.id in named or (user_id and one.user_id == user_id and not one.is_custom_shift)
        )

    def _fetch(self) -> ScheduleOverrides:
        interval = self._interval
        schedule_id = self.context.names.schedule(self.inputs.schedule)
        self._current = ScheduleOverrides(self.context.pagerduty, schedule_id, interval)
        return self._current

    @cached_property
    def _interval(self) -> Interval:
        return parse_interval(self.inputs.start, self.inputs.end or _AHEAD, datetime.now(UTC))

    @cached_property
    def _user_id(self) -> str:
        return self.context.names.user(self.inputs.assignee) if self.inputs.assignee else ""

    def _show(self, overrides: tuple[ScheduleOverride, ...], message: str) -> Outcome:
        find_email = cache(Directory(self.context.pagerduty).find_email)
        rows = tuple(
            (
                one.id,
                one.user.summary or find_email(one.user_id) or one.user_id,
                str(one.interval or ""),
            )
            for one in overrides
        )
        table = Table("Overrides", ("Id", "Who", "When"), rows)
        return Outcome(
            message=message,
            response={"overrides": [one.raw for one in overrides]},
            outputs={"override-id": ",".join(one.id for one in overrides)},
            log_lines=table.lines,
            tables=(table,),
        )
