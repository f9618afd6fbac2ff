"""Show who is on call now and next for a service, an escalation policy or a schedule.

https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Self

from pydantic import model_validator

from pd_incident_action.errors import ApiError, NotApplicable
from pd_incident_action.inputs.fields import InputSpec, Name
from pd_incident_action.inputs.intervals import Moment, parse_iso, parse_when, to_iso
from pd_incident_action.models import Outcome, Table
from pd_incident_action.pagerduty.directory import Directory, OnCalls, by_level, emails_of
from pd_incident_action.pagerduty.models import EscalationPolicy, Service
from pd_incident_action.pagerduty.models import OnCall as PagerDutyOnCall
from pd_incident_action.pagerduty.services import Services

from ._shared.common_inputs import DEFAULT_SERVICE
from .base import Operation, OperationInputs

_PLANNED_AHEAD = timedelta(days=90)
_NEXT_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class _Roster:
    """Who is on call for something.

    Attributes:
        policy: the escalation policy; none of a schedule.
        coming: each person's first shift from then on.
    """

    name: str
    at: datetime
    listed: list[PagerDutyOnCall]
    policy: EscalationPolicy | None = None
    service: Service | None = None
    coming: Sequence[PagerDutyOnCall] = ()

    @property
    def on_calls(self) -> tuple[PagerDutyOnCall, ...]:
        """Who is on call, first level first, each once."""
        return by_level(self.listed)

    def following(self, one: PagerDutyOnCall) -> PagerDutyOnCall | None:
        """Return who takes over from somebody on the same schedule; None if that isn't known."""
        place, found = (one.level, one.schedule.id), {}
        for other in self.coming:
            start = parse_iso(other.start)
            if (other.level, other.schedule.id) == place and start and start > self.at:
                found[start] = other
        return found[min(found)] if found else None

    def minutes_until(self, level: int) -> int | None:
        """Return after how many minutes a level is paged, if that is known."""
        return self.policy.minutes_until(level) if self.policy else None


class OnCall(Operation):
    name = "on-call"
    summary = "Show who is on call now and next for a service, an escalation policy or a schedule"
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
        "`user`, `email`, `schedule`, `until` (null if it never ends), `after_minutes` (when the "
        "level is paged) and `next` (who takes over: `user`, `email` and `from`), null if unknown.",
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
        now = datetime.now(UTC)
        at = self._at(now)
        roster, warnings = self._fetch(at, now)
        emails, on_calls = emails_of(roster.on_calls), roster.on_calls
        return Outcome(
            message=_message(roster, at),
            # The catalog shows who is on call now.
            service=roster.service.to_service(emails) if roster.service and not at else None,
            response={"oncalls": [one.raw for one in roster.listed]},
            outputs={
                "on-call": [_as_json(roster, one) for one in on_calls],
                "on-call-emails": ",".join(emails),
            },
            log_lines=tuple(_line(roster, one) for one in on_calls),
            tables=_tables(roster),
            warnings=(*_warnings(roster, at), *warnings),
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

    def _fetch(self, at: str, now: datetime) -> tuple[_Roster, tuple[str, ...]]:
        """Return who is on call, and a warning if who comes next isn't known."""
        context, pagerduty = self.context, self.context.pagerduty
        on_calls, service, policy = OnCalls(pagerduty), None, None
        if self.inputs.schedule:
            schedule_id = context.names.schedule(self.inputs.schedule)
            list_on_calls = partial(on_calls.of_schedule, schedule_id)
        elif self.inputs.escalation_policy:
            policy_id = context.names.escalation_policy(self.inputs.escalation_policy)
            policy = Directory(pagerduty).escalation_policy(policy_id)
            list_on_calls = partial(on_calls.of_policies, [policy.id])
        else:
            service_id = context.names.service(self.inputs.service or "")
            service = Services(pagerduty).get(service_id, "escalation_policies")
            policy = service.escalation_policy
            list_on_calls = partial(on_calls.of_policies, [policy.id])
        found = list(list_on_calls(at))
        moment = parse_iso(at) or now
        roster = _Roster(self._name(found, policy, service), moment, found, policy, service)
        until = min(moment + _NEXT_WITHIN, now + _PLANNED_AHEAD)
        try:
            coming = tuple(list_on_calls(to_iso(moment), to_iso(until)))
        except ApiError as error:
            return roster, (f"Who is on call next isn't known: {error}",)
        return replace(roster, coming=coming), ()

    def _name(
        self,
        found: Sequence[PagerDutyOnCall],
        policy: EscalationPolicy | None,
        service: Service | None,
    ) -> str:
        if service:
            return f"service {service.label}"
        if policy:
            return f"escalation policy {policy.label}"
        name = next((one.schedule.summary for one in found), "")
        return f"schedule {name or self.inputs.schedule}"


def _message(roster: _Roster, at: str) -> str:
    when = f" at {at}" if at else ""
    if not roster.on_calls:
        return f"Nobody is on call for {roster.name}{when}."
    levels = sorted({one.level for one in roster.on_calls})
    first = [one for one in roster.on_calls if one.level == levels[0]]
    who = ", ".join(f"{one.person} (level {one.level}, {_until(one)})" for one in first)
    later = ", ".join(_level(roster, level) for level in levels[1:])
    return f"On call for {roster.name}{when}: {who}{'; then ' if later else ''}{later}."


def _level(roster: _Roster, level: int) -> str:
    """For example ``level 2 (Grace Hopper) after 30 min``."""
    people = dict.fromkeys(one.person for one in roster.on_calls if one.level == level)
    minutes = roster.minutes_until(level)
    after = "" if minutes is None else f" after {minutes} min"
    return f"level {level} ({', '.join(people)}){after}"


def _warnings(roster: _Roster, at: str) -> tuple[str, ...]:
    when, name, warnings = f" at {at}" if at else "", roster.name, []
    if roster.service and roster.service.silenced and not at:
        silenced = roster.service.silenced
        warnings.append(f"{name[0].upper()}{name[1:]} is {silenced}: a page would reach nobody.")
    if not roster.on_calls:
        hint = ", or no escalation policy uses it" if roster.policy is None else ""
        warnings.append(f"A page for {name} would reach nobody: nobody is on call{when}{hint}.")
        return tuple(warnings)
    taken = {one.level for one in roster.on_calls}
    levels = roster.policy.levels if roster.policy else ()
    if empty := [str(level) for level in levels if level not in taken]:
        numbers = f"level{'s' if len(empty) > 1 else ''} {', '.join(empty)}"
        warnings.append(f"Nobody is on call on {numbers} of {name}{when}.")
    return tuple(warnings)


def _as_json(roster: _Roster, one: PagerDutyOnCall) -> dict[str, object]:
    other = roster.following(one)
    return {
        "level": one.level,
        "user": one.person,
        "email": one.user.email,
        "schedule": one.schedule.summary,
        "until": one.end or None,
        "after_minutes": roster.minutes_until(one.level),
        "next": other and {"user": other.person, "email": other.user.email, "from": other.start},
    }


def _line(roster: _Roster, one: PagerDutyOnCall) -> str:
    address = f" <{one.user.email}>" if one.user.email else ""
    minutes, following = roster.minutes_until(one.level), _next(roster, one)
    after = f", paged after {minutes} min" if minutes else ""
    then = f"; next {following}" if following else ""
    place = f"{_until(one)}, through {_source(one)}"
    return f"Level {one.level}: {one.person}{address}, {place}{after}{then}"


def _next(roster: _Roster, one: PagerDutyOnCall) -> str:
    other = roster.following(one)
    return f"{other.person} from {other.start}" if other else ""


def _tables(roster: _Roster) -> tuple[Table, ...]:
    rows = tuple(
        (
            str(one.level),
            "" if (minutes := roster.minutes_until(one.level)) is None else f"{minutes} min",
            f"{one.person} {one.user.email}".strip(),
            one.end or "always",
            _source(one),
            _next(roster, one),
        )
        for one in roster.on_calls
    )
    columns = ("Level", "Paged after", "Who", "Until", "Through", "Next")
    return (Table("On call", columns, rows),) if rows else ()


def _until(one: PagerDutyOnCall) -> str:
    return f"until {one.end}" if one.end else "always"


def _source(one: PagerDutyOnCall) -> str:
    """Return the schedule that puts somebody on call, else the policy that names them."""
    return one.schedule.summary or one.escalation_policy.summary
