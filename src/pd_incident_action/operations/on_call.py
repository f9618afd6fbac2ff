"""Tell who is on call for a service, an escalation policy or a schedule.

https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import model_validator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, Name
from pd_incident_action.inputs.intervals import Moment, parse_when, to_iso
from pd_incident_action.models import Outcome
from pd_incident_action.operations._shared.on_call import Shift, emails_of, shifts_of, table_of
from pd_incident_action.operations._shared.schedule_names import schedule_id
from pd_incident_action.pagerduty.on_calls import OnCalls
from pd_incident_action.pagerduty.services import Services, to_service

from .base import Operation, OperationContext, OperationInputs

if TYPE_CHECKING:
    from pd_incident_action.pagerduty.client import Json

_FURTHEST = timedelta(days=90)
_SILENT = {"disabled": "is disabled", "maintenance": "is in maintenance"}


@dataclass(frozen=True)
class _Rota:
    """What was looked at.

    Attributes:
        name: what it is, in words.
        oncalls: who is on call, as PagerDuty lists it.
        levels: how many levels it has; None for a schedule, which has none of its own.
        service: the service, or None.
    """

    name: str
    oncalls: list[Json]
    levels: int | None = None
    service: Json | None = None


class OnCall(Operation):
    """Tell who is on call for a service, an escalation policy or a schedule."""

    name = "on-call"
    summary = "Tell who is on call for a service, an escalation policy or a schedule"
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
        "on-call": "Who is on call, first level first: a JSON list of objects with `level`, "
        "`user`, `email`, `schedule` and `until` (null where it never ends).",
        "on-call-emails": "E-mail addresses of who is on call, first level first, separated by "
        "commas.",
    }

    class Inputs(OperationInputs):
        """The inputs of `on-call`."""

        service: Annotated[
            Name | None,
            InputSpec(
                "Service to look at: its id, its name, or its name in the configuration file. An "
                "`escalation-policy` or `schedule` takes precedence over it.",
                example="Checkout",
                aliases=("service_id",),
                origin="service",
                default_help="the entity that the Port action was run on, or the configuration "
                "file's default",
            ),
        ] = None
        escalation_policy: Annotated[
            Name | None,
            InputSpec(
                "Escalation policy to look at instead of a service, by id or name.",
                example="Platform",
                aliases=("escalation_policy_id",),
            ),
        ] = None
        schedule: Annotated[
            Name | None,
            InputSpec(
                "Schedule to look at instead of a service, by id or name.",
                example="Platform primary",
                aliases=("schedule_id",),
            ),
        ] = None
        at: Annotated[
            Moment | None,
            InputSpec(
                "When to look at: a time (in UTC unless it says otherwise), or how long from now.",
                example="2026-12-01T09:00Z",
                default_help="now",
            ),
        ] = None

        @model_validator(mode="after")
        def _something_to_look_at(self) -> Self:
            if self.escalation_policy and self.schedule:
                msg = "must not hold both 'escalation-policy' and 'schedule': choose one"
                raise ValueError(msg)
            if not (self.escalation_policy or self.schedule or self.service):
                msg = "must name a 'service', an 'escalation-policy' or a 'schedule'"
                raise ValueError(msg)
            return self

    inputs: Inputs

    def start_message(self) -> str:
        given = {
            "schedule": self.inputs.schedule,
            "escalation policy": self.inputs.escalation_policy,
            "service": self.inputs.service,
        }
        what = next(f"{kind} {name}" for kind, name in given.items() if name)
        return f"Looking up who is on call for {what}" + (
            f" at {self.inputs.at}" if self.inputs.at else ""
        )

    def run(self) -> Outcome:
        """Look up who is on call, on every level.

        Returns:
            Who is on call until when; for a service, now, also the service for the catalog.

        Raises:
            Impossible: PagerDuty doesn't know that far ahead.
            ActionError: there is no such thing, or PagerDuty wasn't reached.
        """
        moment = _moment(self.inputs, datetime.now(UTC))
        rota = _rota(self.inputs, self.context, moment)
        shifts = shifts_of(rota.oncalls)
        emails = emails_of(shifts)
        return Outcome(
            message=_message(rota, shifts, moment),
            service=to_service(rota.service, emails) if rota.service and not moment else None,
            response={"oncalls": rota.oncalls},
            outputs={
                "on-call": json.dumps([shift.as_json() for shift in shifts], ensure_ascii=False),
                "on-call-emails": ",".join(emails),
            },
            lines=tuple(shift.line for shift in shifts),
            tables=(table_of(shifts),) if shifts else (),
            warnings=_warnings(rota, shifts, moment),
        )


def _moment(request: OnCall.Inputs, now: datetime) -> str:
    if request.at is None:
        return ""
    moment = parse_when(request.at, now)
    if moment - now > _FURTHEST:
        raise NotApplicable(
            f"Nobody can tell who is on call at {to_iso(moment)}",
            "PagerDuty plans shifts 90 days ahead",
            "give an earlier time to at",
        )
    return to_iso(moment)


def _rota(request: OnCall.Inputs, tools: OperationContext, moment: str) -> _Rota:
    oncalls = OnCalls(tools.pagerduty)
    if request.schedule:
        found = oncalls.of_schedule(schedule_id(request.schedule, tools), moment)
        name = next((shift.schedule for shift in shifts_of(found)), "") or request.schedule
        return _Rota(f"schedule {name}", found)
    if request.escalation_policy:
        policy = oncalls.policy(tools.names.escalation_policy(request.escalation_policy))
        service, name = None, f"escalation policy {policy.get('summary') or policy['id']}"
    else:
        identifier = tools.names.service(request.service or "")
        service = Services(tools.pagerduty).service(identifier, "escalation_policies")
        policy, name = service["escalation_policy"], f"service {service.get('summary', '')}"
    found = oncalls.of_policy(policy["id"], moment)
    return _Rota(name, found, len(policy.get("escalation_rules") or ()), service)


def _message(rota: _Rota, shifts: tuple[Shift, ...], moment: str) -> str:
    when = f" at {moment}" if moment else ""
    if not shifts:
        return f"Nobody is on call for {rota.name}{when}."
    first = [shift for shift in shifts if shift.level == shifts[0].level]
    more = len({shift.level for shift in shifts}) - 1
    rest = f", and {more} more level{'s' if more > 1 else ''}" if more else ""
    who = ", ".join(shift.humanize for shift in first)
    return f"On call for {rota.name}{when}: {who}{rest}."


def _warnings(rota: _Rota, shifts: tuple[Shift, ...], moment: str) -> tuple[str, ...]:
    when = f" at {moment}" if moment else ""
    silent = _SILENT.get(str((rota.service or {}).get("status"))) if not moment else None
    warnings = [f"{_upper(rota.name)} {silent}: a page would reach nobody."] if silent else []
    if not shifts:
        hint = ", or no escalation policy uses it" if rota.levels is None else ""
        return (
            *warnings,
            f"A page for {rota.name} would reach nobody: nobody is on call{when}{hint}.",
        )
    taken = {shift.level for shift in shifts}
    empty = [str(level) for level in range(1, (rota.levels or 0) + 1) if level not in taken]
    if empty:
        levels = f"level{'s' if len(empty) > 1 else ''} {', '.join(empty)}"
        warnings.append(f"Nobody is on call on {levels} of {rota.name}{when}.")
    return tuple(warnings)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
