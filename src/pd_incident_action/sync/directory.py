"""Reading whom PagerDuty pages as entities: escalation policies, schedules and users."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal, NamedTuple

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.api_model import Items, Text
from pd_incident_action.inputs.intervals import parse_iso, to_iso
from pd_incident_action.models import Entity
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import (
    ESCALATION_POLICIES,
    SCHEDULES,
    SCHEDULES_V3,
    USERS,
    Directory,
    OnCalls,
    emails_of,
)
from pd_incident_action.pagerduty.models import OnCall, Reference
from pd_incident_action.pagerduty.schedules import EscalationPolicy

POLICY, SCHEDULE, USER = "pagerdutyEscalationPolicy", "pagerdutySchedule", "pagerdutyUser"
BLUEPRINTS: Mapping[str, str] = {
    "escalation-policies": POLICY,
    "schedules": SCHEDULE,
    "users": USER,
}
"""The blueprint of each kind, as `what` names it."""
CLEARED = (
    "oncall",
    "oncall_until",
    "oncall_for",
    "next_oncall",
    "next_oncall_at",
    "primaryOncall",
    "teams",
    "users",
)
"""Properties that an entity may lose, and that must then be cleared in the catalog."""
# PagerDuty plans shifts as far ahead.
_AHEAD = timedelta(days=90)


class _Listed(Reference):
    """A user or a schedule, with what only the catalog shows."""

    role: Text = ""
    job_title: Text = ""
    description: Text = ""
    time_zone: Text = ""
    teams: Items[Reference] = ()
    users: Items[Reference] = ()


class _Duty(NamedTuple):
    """Who of some people is on call now, the first level first, and who is later."""

    now: list[OnCall]
    later: list[OnCall]

    @property
    def next(self) -> list[OnCall]:
        """Who is on call next, if anybody."""
        return sorted(self.later, key=lambda one: one.start)[:1]

    @property
    def next_at(self) -> str:
        """When the next one begins, or empty."""
        return "".join(one.start for one in self.next)


@dataclass(frozen=True)
class DirectoryReader:
    """Reads one kind after another; what several need is read once."""

    pagerduty: PagerDuty
    at: datetime

    def read(self, kind: str) -> Iterator[Entity]:
        """Read all of a kind, as `BLUEPRINTS` names it; raises `ApiError`."""
        if kind == "users":
            duties = self._duties("user")
            for user in self._users.values():
                yield self._user(user, duties[user.id])
        elif kind == "escalation-policies":
            duties = self._duties("escalation_policy")
            for found in Directory(self.pagerduty).all(ESCALATION_POLICIES):
                yield self._policy(EscalationPolicy.read(found.raw), duties[found.id])
        else:
            duties = self._duties("schedule")
            for found in self._schedules():
                yield self._schedule(_Listed.read(found.raw), duties[found.id])

    def _schedules(self) -> Iterator[Reference]:
        directory = Directory(self.pagerduty)
        yield from directory.all(SCHEDULES)
        # Not every account has shift-based ones.
        with suppress(ApiRejected):
            yield from directory.all(SCHEDULES_V3)

    @cached_property
    def _users(self) -> dict[str, _Listed]:
        return {one.id: _Listed.read(one.raw) for one in Directory(self.pagerduty).all(USERS)}

    @cached_property
    def _on_calls(self) -> list[OnCall]:
        listed = OnCalls(self.pagerduty).find(to_iso(self.at), to_iso(self.at + _AHEAD))
        return sorted(listed, key=lambda one: (one.level, one.start))

    def _duties(self, of: Literal["user", "escalation_policy", "schedule"]) -> dict[str, _Duty]:
        duties: dict[str, _Duty] = defaultdict(lambda: _Duty([], []))
        for one in self._on_calls:
            start, duty = parse_iso(one.start), duties[getattr(one, of).id]
            (duty.later if start and start > self.at else duty.now).append(one)
        return duties

    def _user(self, user: _Listed, duty: _Duty) -> Entity:
        places = (f"{one.escalation_policy.label}, level {one.level}" for one in duty.now)
        # Somebody whom a policy names is on call without an end.
        ends = [one.end for one in duty.now]
        properties = {
            "url": user.html_url,
            "email": user.email,
            "role": user.role,
            "job_title": user.job_title,
            "description": user.description,
            "time_zone": user.time_zone,
            "teams": [one.label for one in user.teams],
            "oncall": bool(duty.now),
            "oncall_until": max(ends) if all(ends) and ends else "",
            "oncall_for": list(dict.fromkeys(places)),
            "next_oncall_at": duty.next_at,
        }
        return _entity(USER, user.id, user.label, properties)

    def _policy(self, policy: EscalationPolicy, duty: _Duty) -> Entity:
        targets = [one for rule in policy.escalation_rules for one in rule.targets]
        levels = [
            f"{level} (after {policy.minutes_until(level) or 0} min): "
            + ", ".join(one.label or one.id for one in rule.targets)
            for level, rule in enumerate(policy.escalation_rules, 1)
        ]
        properties = {
            "url": policy.html_url,
            "summary": policy.description,
            "description": policy.description,
            "primaryOncall": list(emails_of(duty.now))[:1],
            "levels": levels,
            "escalationRules": policy.raw.get("escalation_rules") or [],
        }
        schedules = [one.id for one in targets if one.type.startswith("schedule")]
        relations = {SCHEDULE: list(dict.fromkeys(schedules))}
        return _entity(POLICY, policy.id, policy.label, properties, relations)

    def _schedule(self, schedule: _Listed, duty: _Duty) -> Entity:
        members = (self._users.get(one.id) for one in schedule.users)
        properties = {
            "url": schedule.html_url,
            "timezone": schedule.time_zone,
            "description": schedule.description,
            "users": [one.email for one in members if one],
            "oncall": list(emails_of(duty.now)),
            "next_oncall": list(emails_of(duty.next)),
            "next_oncall_at": duty.next_at,
        }
        return _entity(SCHEDULE, schedule.id, schedule.name or schedule.summary, properties)


def _entity(
    blueprint: str,
    identifier: str,
    title: str,
    properties: Mapping[str, Any],
    relations: Mapping[str, Any] | None = None,
) -> Entity:
    known = {name: value for name, value in properties.items() if value not in ("", [])}
    names = frozenset({*properties, *(relations or {})})
    return Entity(blueprint, identifier, title, known, relations or {}, optional=names)
