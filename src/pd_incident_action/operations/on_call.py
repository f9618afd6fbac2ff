"""Show who is on call for a service, an escalation policy or a schedule.

https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import model_validator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, Name
from pd_incident_action.inputs.intervals import Moment, parse_when, to_iso
from pd_incident_action.models import Outcome, Table
from pd_incident_action.pagerduty.directory import Directory
from pd_incident_action.pagerduty.models import OnCall as PagerDutyOnCall
from pd_incident_action.pagerduty.models import Service
from pd_incident_action.pagerduty.schedules import OnCalls, by_level, emails_of
from pd_incident_action.pagerduty.services import Services

from ._shared.common_inputs import DEFAULT_SERVICE
from .base import Operation, OperationInputs

_PLANNED_AHEAD = timedelta(days=90)


@dataclass(frozen=True)
class _Roster:
    """Who is on call for something.

    Attributes:
        levels: the levels it has; none of a schedule.
    """

    name: str
    listed: list[PagerDutyOnCall]
    levels: range | None = None
    service: Service | None = None

    @property
    def on_calls(self) -> tuple[PagerDutyOnCall, ...]:
        """Who is on call, first level first, each once."""
        return by_level(self.listed)


class OnCall(Operation):
    name = "on-call"
    summary = "Show who is on call for a service, an escalation policy or a schedule"
    group = "On call"
    scopes = (
        "escalation_policies.read",
        "oncalls.read",
        "schedules.read",
        "services.read",
        "users.read",
    )
    port_blueprint = "pagerdutyService"
    entity_blueprint = "pagerdutyService"
    outputs = {
        "on-call": "Who is on call, by escalation level: a JSON list of objects with `level`, "
        "`user`, `email`, `schedule` and `until` (null if it never ends).",
        "on-call-emails": "E-mail addresses of the people on call, by escalation level, separated "
        "by commas.",
    }

    class Inputs(OperationInputs):
        service: Annotated[
            Name | None,
            InputSpec(
                "Service: its id, its name, or its name in the configuration file. An "
                "`escalation-policy` or `schedule` takes precedence over it.",
                example="Checkout",
                aliases=("service_id",),
                origin="service",
                guess="entity",
                yields_to=("escalation_policy", "schedule"),
                main=("service", "service_id"),
                default_help=DEFAULT_SERVICE,
            ),
        ] = None
        escalation_policy: Annotated[
            Name | None,
            InputSpec(
                "Escalation policy, instead of a service, by id or name.",
                example="Platform",
                aliases=("escalation_policy_id",),
                main=("escalation_policy", "escalation_policy_id"),
            ),
        ] = None
        schedule: Annotated[
            Name | None,
            InputSpec(
                "Schedule, instead of a service, by id or name.",
                example="Platform primary",
                aliases=("schedule_id",),
                main=("schedule", "schedule_id"),
            ),
        ] = None
        at: Annotated[
            Moment | None,
            InputSpec(
                "Point in time (UTC unless it has an offset), or how long from now.",
                example="2026-12-01T09:00Z",
                default_help="now",
            ),
        ] = None

        @model_validator(mode="after")
        def _something_to_look_at(self) -> Self:
            if self.escalation_policy and self.schedule:
                raise ValueError("Set 'escalation-policy' or 'schedule', not both")
            if not (self.escalation_policy or self.schedule or self.service):
                raise ValueError("Set 'service', 'escalation-policy' or 'schedule'")
            return self

    inputs: Inputs

    def start_message(self) -> str:
        given = {
            "schedule": self.inputs.schedule,
            "escalation policy": self.inputs.escalation_policy,
            "service": self.inputs.service,
        }
        what = next(f"{kind} {name}" for kind, name in given.items() if name)
        at = f" at {self.inputs.at}" if self.inputs.at else ""
        return f"Looking up who is on call for {what}{at}"

    def run(self) -> Outcome:
        at = self._at(datetime.now(UTC))
        roster = self._fetch(at)
        emails = emails_of(roster.on_calls)
        return Outcome(
            message=_message(roster, at),
            # The catalog shows who is on call now.
            service=roster.service.to_service(emails) if roster.service and not at else None,
            response={"oncalls": [one.raw for one in roster.listed]},
            outputs={
                "on-call": list(map(_as_json, roster.on_calls)),
                "on-call-emails": ",".join(emails),
            },
            log_lines=tuple(map(_line, roster.on_calls)),
            tables=_tables(roster.on_calls),
            warnings=_warnings(roster, at),
        )

    def _at(self, now: datetime) -> str:
        """Return the time to look at in ISO 8601; empty for now."""
        if self.inputs.at is None:
            return ""
        moment = parse_when(self.inputs.at, now)
        if moment - now > _PLANNED_AHEAD:
            raise NotApplicable(
                f"Who is on call at {to_iso(moment)} isn't known yet",
                "PagerDuty plans shifts 90 days ahead",
                "use an earlier time as at",
            )
        return to_iso(moment)

    def _fetch(self, at: str) -> _Roster:
        context, pagerduty = self.context, self.context.pagerduty
        on_calls, directory = OnCalls(pagerduty), Directory(pagerduty)
        if self.inputs.schedule:
            found = list(on_calls.of_schedule(context.names.schedule(self.inputs.schedule), at))
            name = next((one.schedule.summary for one in found), "") or self.inputs.schedule
            return _Roster(f"schedule {name}", found)
        if self.inputs.escalation_policy:
            policy_id = context.names.escalation_policy(self.inputs.escalation_policy)
            service, policy = None, directory.escalation_policy(policy_id)
            name = f"escalation policy {policy.label}"
        else:
            service_id = context.names.service(self.inputs.service or "")
            service = Services(pagerduty).get(service_id, "escalation_policies")
            policy, name = service.escalation_policy, f"service {service.label}"
        found = list(on_calls.of_policies([policy.id], at))
        return _Roster(name, found, policy.levels, service)


def _message(roster: _Roster, at: str) -> str:
    when = f" at {at}" if at else ""
    if not roster.on_calls:
        return f"Nobody is on call for {roster.name}{when}."
    levels = sorted({one.level for one in roster.on_calls})
    first = [one for one in roster.on_calls if one.level == levels[0]]
    who = ", ".join(f"{one.person} (level {one.level}, {_until(one)})" for one in first)
    more = len(levels) - 1
    rest = f", and {more} more level{'s' if more > 1 else ''}" if more else ""
    return f"On call for {roster.name}{when}: {who}{rest}."


def _warnings(roster: _Roster, at: str) -> tuple[str, ...]:
    when, name, warnings = f" at {at}" if at else "", roster.name, []
    if roster.service and roster.service.silenced and not at:
        silenced = roster.service.silenced
        warnings.append(f"{name[0].upper()}{name[1:]} is {silenced}: a page would reach nobody.")
    if not roster.on_calls:
        hint = ", or no escalation policy uses it" if roster.levels is None else ""
        warnings.append(f"A page for {name} would reach nobody: nobody is on call{when}{hint}.")
        return tuple(warnings)
    taken = {one.level for one in roster.on_calls}
    empty = [str(level) for level in roster.levels or () if level not in taken]
    if empty:
        levels = f"level{'s' if len(empty) > 1 else ''} {', '.join(empty)}"
        warnings.append(f"Nobody is on call on {levels} of {name}{when}.")
    return tuple(warnings)


def _as_json(one: PagerDutyOnCall) -> dict[str, str | int | None]:
    return {
        "level": one.level,
        "user": one.person,
        "email": one.user.email,
        "schedule": one.schedule.summary,
        "until": one.end or None,
    }


def _line(one: PagerDutyOnCall) -> str:
    address = f" <{one.user.email}>" if one.user.email else ""
    return f"Level {one.level}: {one.person}{address}, {_until(one)}, through {_source(one)}"


def _tables(on_calls: Sequence[PagerDutyOnCall]) -> tuple[Table, ...]:
    rows = tuple(
        (
            str(one.level),
            f"{one.person} {one.user.email}".strip(),
            one.end or "always",
            _source(one),
        )
        for one in on_calls
    )
    return (Table("On call", ("Level", "Who", "Until", "Through"), rows),) if rows else ()


def _until(one: PagerDutyOnCall) -> str:
    return f"until {one.end}" if one.end else "always"


def _source(one: PagerDutyOnCall) -> str:
    """Return the schedule that puts somebody on call, else the policy that names them."""
    return one.schedule.summary or one.escalation_policy.summary
