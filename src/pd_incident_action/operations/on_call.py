"""Show who is on call now and next for a service, an escalation policy or a schedule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, Name
from pd_incident_action.inputs.intervals import Moment, parse_iso, parse_when, to_iso
from pd_incident_action.models import Outcome, Table
from pd_incident_action.pagerduty.directory import OnCalls, by_level, emails_of
from pd_incident_action.pagerduty.models import OnCall as PagerDutyOnCall
from pd_incident_action.pagerduty.models import Service
from pd_incident_action.pagerduty.schedules import EscalationPolicy, fetch_policy
from pd_incident_action.pagerduty.services import Services

from ._shared.common_inputs import DEFAULT_SERVICE
from .base import Operation, OperationInputs

_PLANNED_AHEAD = timedelta(days=90)
_NEXT_WITHIN = timedelta(days=30)
_COLUMNS = ("Level", "Paged after", "Who", "Until", "Through", "Next")


@dataclass(frozen=True)
class _Target:
    """What somebody is on call for; the policy of a schedule is an empty one."""

    name: str
    filters: Mapping[str, Sequence[str]]
    policy: EscalationPolicy = field(default_factory=EscalationPolicy)
    service: Service | None = None


@dataclass(frozen=True)
class _Shift:
    """Somebody on call.

    Attributes:
        after: minutes after which the level is paged; None if that isn't known.
        then: who takes over on the same schedule; None if that isn't known.
    """

    on_call: PagerDutyOnCall
    after: int | None
    then: PagerDutyOnCall | None

    def __str__(self) -> str:
        after = f"after {self.after} min, " if self.after else ""
        return f"{self.on_call.person} (level {self.on_call.level}, {after}{self._until})"

    @property
    def line(self) -> str:
        """All of it in a line, for the log."""
        level, after, who, _, through, then = self.as_row()
        paged = f", paged after {after}" if self.after else ""
        following = f"; next {then}" if then else ""
        return f"Level {level}: {who}, {self._until}, through {through}{paged}{following}"

    @property
    def _until(self) -> str:
        return f"until {self.on_call.end}" if self.on_call.end else "always"

    def as_json(self) -> dict[str, object]:
        """Return it as the output ``on-call`` has it."""
        one, then = self.on_call, self.then
        return {
            "level": one.level,
            "user": one.person,
            "email": one.user.email,
            "schedule": one.schedule.summary,
            "until": one.end or None,
            "after_minutes": self.after,
            "next": then and {"user": then.person, "email": then.user.email, "from": then.start},
        }

    def as_row(self) -> tuple[str, ...]:
        """Return it as a row of the table."""
        one, then = self.on_call, self.then
        return (
            str(one.level),
            "" if self.after is None else f"{self.after} min",
            f"{one.person} {one.user.email}".strip(),
            one.end or "always",
            # The schedule that puts them on call, else the policy that names them.
            one.schedule.summary or one.escalation_policy.summary,
            f"{then.person} from {then.start}" if then else "",
        )


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

        def problems(self) -> Iterator[str]:
            if self.escalation_policy and self.schedule:
                yield "Set 'escalation-policy' or 'schedule', not both"
            if not (self.escalation_policy or self.schedule or self.service):
                yield "Set 'service', 'escalation-policy' or 'schedule'"

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
        moment = parse_when(self.inputs.at or "now", now)
        if moment - now > _PLANNED_AHEAD:
            raise NotApplicable(
                f"Who is on call at {to_iso(moment)} isn't known yet",
                "PagerDuty plans shifts 90 days ahead",
                "set `at` to an earlier time",
            )
        target, until = self._target(), min(moment + _NEXT_WITHIN, now + _PLANNED_AHEAD)
        current: list[PagerDutyOnCall] = []
        later: list[tuple[datetime, PagerDutyOnCall]] = []
        on_calls = OnCalls(self.context.pagerduty)
        for one in on_calls.find(to_iso(moment), to_iso(until), **target.filters):
            if (start := parse_iso(one.start)) and start > moment:
                later.append((start, one))
            else:
                current.append(one)
        if self.inputs.schedule and current:
            target = replace(target, name=f"schedule {current[0].schedule.label}")
        shifts = [
            _Shift(one, target.policy.minutes_until(one.level), _following(one, later))
            for one in by_level(current)
        ]
        outcome = _outcome(target, shifts, to_iso(moment) if self.inputs.at else "")
        return replace(outcome, response={"oncalls": [one.raw for one in current]})

    def _target(self) -> _Target:
        names, inputs, service = self.context.names, self.inputs, None
        if inputs.schedule:
            schedules = [names.schedule(inputs.schedule)]
            return _Target(f"schedule {inputs.schedule}", {"schedules": schedules})
        if inputs.escalation_policy:
            policy_id = names.escalation_policy(inputs.escalation_policy)
            policy = fetch_policy(self.context.pagerduty, policy_id)
            name = f"escalation policy {policy.label}"
        else:
            service_id = names.service(inputs.service or "")
            service = Services(self.context.pagerduty).get(service_id, "escalation_policies")
            policy = EscalationPolicy.read(service.escalation_policy.raw)
            name = f"service {service.label}"
        return _Target(name, {"policies": [policy.id]}, policy, service)


def _following(
    one: PagerDutyOnCall, later: Iterable[tuple[datetime, PagerDutyOnCall]]
) -> PagerDutyOnCall | None:
    """Return who takes over from somebody on the same schedule; None if that isn't known."""
    place = (one.level, one.schedule.id)
    found = {start: other for start, other in later if (other.level, other.schedule.id) == place}
    return found[min(found)] if found else None


def _outcome(target: _Target, shifts: Sequence[_Shift], at: str) -> Outcome:
    when, who = f" at {at}" if at else "", ", ".join(map(str, shifts))
    emails = emails_of(one.on_call for one in shifts)
    table = Table("On call", _COLUMNS, tuple(one.as_row() for one in shifts))
    return Outcome(
        message=f"On call for {target.name}{when}: {who}."
        if who
        else f"Nobody is on call for {target.name}{when}.",
        # The catalog shows who is on call now.
        service=target.service.to_service(emails) if target.service and not at else None,
        outputs={
            "on-call": [one.as_json() for one in shifts],
            "on-call-emails": ",".join(emails),
        },
        log_lines=tuple(one.line for one in shifts),
        tables=(table,),
        warnings=tuple(_warnings(target, shifts, at)),
    )


def _warnings(target: _Target, shifts: Sequence[_Shift], at: str) -> Iterator[str]:
    when, service = f" at {at}" if at else "", target.service
    if service and service.silenced and not at:
        yield f"Service {service.label} is {service.silenced}: a page would reach nobody."
    taken = {one.on_call.level for one in shifts}
    if not taken:
        hint = "" if target.policy.id else ", or no escalation policy uses it"
        yield f"A page for {target.name} would reach nobody: nobody is on call{when}{hint}."
    elif empty := [str(level) for level in target.policy.levels if level not in taken]:
        numbers = f"level{'s' if len(empty) > 1 else ''} {', '.join(empty)}"
        yield f"Nobody is on call on {numbers} of {target.name}{when}."
