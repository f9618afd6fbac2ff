"""Who was and who will be notified of an incident, or why nobody will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from pd_incident_action.errors import ApiError, NobodyNotified
from pd_incident_action.inputs.intervals import parse_iso
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import Directory
from pd_incident_action.pagerduty.models import (
    LogEntry,
    NotificationRule,
    PagerDutyIncident,
    Service,
)

_NOTIFIED = "notify_log_entry"
_EXHAUSTED = "exhaust_escalation_path_log_entry"
# A notification may be a little late, and clocks differ.
_GRACE = timedelta(minutes=5)


class Step(NamedTuple):
    """One notification by a rule: ``str()`` is for example ``phone after 5 min``."""

    minutes: int
    kind: str

    def __str__(self) -> str:
        return f"{self.kind} " + ("now" if self.is_due_at_once else f"after {self.minutes} min")

    @property
    def is_due_at_once(self) -> bool:
        """Whether it is due on the assignment."""
        return self.minutes <= 0


class Reachability(NamedTuple):
    """How a person is notified of incidents of one urgency.

    ``str()`` is for example ``push now, phone after 5 min``; empty if nothing reaches them.

    Attributes:
        has_contact_method: False if they are known to have none.
    """

    urgency: str
    rules: tuple[NotificationRule, ...] = ()
    has_contact_method: bool = True

    def __str__(self) -> str:
        return describe(self.steps)

    @property
    def steps(self) -> list[Step]:
        """The notifications of an incident, earliest first."""
        usable = (one for one in self.rules if one.is_usable)
        return sorted({Step(one.start_delay_in_minutes or 0, one.kind) for one in usable})

    @property
    def obstacle(self) -> str:
        """Why nothing reaches them; empty if something does."""
        if self.steps:
            return ""
        if self.rules:
            kinds = dict.fromkeys(one.kind for one in self.rules)
            return f"{', '.join(kinds)} disabled or blocked"
        if not self.has_contact_method:
            return "no contact method"
        return f"no notification rule for {self.urgency} urgency"


def describe(steps: list[Step]) -> str:
    """Describe several notifications."""
    return ", ".join(map(str, steps))


def read_reachability(pagerduty: PagerDuty, user_id: str, urgency: str) -> Reachability:
    """Read how a person is notified.

    Raises:
        ApiError: the rules can't be read, for example because the credentials don't allow it.
    """
    directory = Directory(pagerduty)
    rules = tuple(directory.notification_rules(user_id, urgency))
    try:
        has_contact_method = bool(rules) or directory.has_contact_method(user_id)
    except ApiError:
        has_contact_method = True
    return Reachability(urgency, rules, has_contact_method)


@dataclass(frozen=True)
class NotificationStatus:
    """What PagerDuty shows of an incident once the page is out.

    Attributes:
        service: its service, or None if nobody asked for it.
        reachability: how its assignees are notified, by their ids; without those of whom that
            can't be read.
        now: when this was so; None if it has just been assigned.
        next_level: names of who is paged next unless somebody acknowledges, as far as is known.
    """

    incident: PagerDutyIncident
    log: tuple[LogEntry, ...] = ()
    service: Service | None = None
    is_new: bool = False
    reachability: Mapping[str, Reachability] = field(default_factory=dict)
    now: datetime | None = None
    next_level: tuple[str, ...] = ()

    @property
    def is_conclusive(self) -> bool:
        """Whether there is nothing to wait for: notifications are there, or aren't due now."""
        if self.notified or self.is_handled or _permanent_cause(self) is not None:
            return True
        steps = [step for person in self.assignees for step in self.steps(person)]
        return self.is_known and not any(step.is_due_at_once for step in steps)

    @property
    def is_handled(self) -> bool:
        """Whether somebody was on it already, or it is over, so that nobody has to be notified."""
        started_so = self.is_new and self.incident.status == "acknowledged"
        return self.incident.status != "triggered" and not started_so

    @property
    def is_known(self) -> bool:
        """Whether the notification rules of all its assignees are known."""
        return self.assignees.keys() <= self.reachability.keys()

    @property
    def assignees(self) -> dict[str, str]:
        """The names of who has the incident, by id."""
        people = (one.assignee for one in self.incident.assignments if one.assignee.id)
        return {person.id: person.label or person.id for person in people}

    @property
    def notified(self) -> dict[str, list[str]]:
        """By which channels who has the incident was notified since, by id; earliest first."""
        people: dict[str, list[str]] = {}
        for entry in reversed(self.log):
            if entry.type != _NOTIFIED or entry.user.id not in self.assignees:
                continue
            assigned, notified = self._assigned_at(entry.user.id), parse_iso(entry.created_at)
            if not (assigned and notified and notified < assigned):
                channels = people.setdefault(entry.user.id, [])
                channel = entry.notification.removesuffix("_notification")
                channels += [channel] if channel and channel not in channels else []
        return people

    @property
    def plan(self) -> dict[str, str]:
        """How whoever will be notified is going to be, by name."""
        plans = {name: describe(self.steps(person)) for person, name in self.assignees.items()}
        return {name: plan for name, plan in plans.items() if plan}

    @property
    def escalates_at(self) -> str:
        """When the next level is paged, as people read it; empty if none is."""
        text = self.incident.next_escalation_at
        moment = parse_iso(text)
        if moment is None:
            return text
        days = {parse_iso(one.at) for one in self.incident.assignments}
        is_same_day = moment.date() in {day.date() for day in days if day}
        return f"{moment:{'%H:%M' if is_same_day else '%Y-%m-%d %H:%M'}} UTC"

    def steps(self, person: str, grace: timedelta = _GRACE) -> list[Step]:
        """List the notifications of an assignee that are still to come, as far as is known."""
        known = self.reachability.get(person)
        assigned = self._assigned_at(person)
        if known is None or assigned is None or self.now is None:
            return known.steps if known else []
        over = self.now - assigned - grace
        return [step for step in known.steps if timedelta(minutes=step.minutes) >= over]

    @property
    def people(self) -> list[str]:
        """Who was notified, and by which channels: ``Ada Lovelace (push)``."""
        return [
            f"{self.assignees[one]}{_in_brackets(channels)}"
            for one, channels in self.notified.items()
        ]

    @property
    def escalation(self) -> str:
        """When it escalates, and to whom; empty if it doesn't."""
        to = f" to {', '.join(self.next_level)}" if self.next_level else ""
        return f"{self.escalates_at}{to}" if self.escalates_at else ""

    @property
    def outlook(self) -> str:
        """What comes next, in a sentence; may be empty."""
        if self.escalation:
            return f"Escalates at {self.escalation} unless acknowledged."
        is_low = self.incident.urgency == "low" and not self.is_handled
        return "Low urgency doesn't escalate." if is_low else ""

    @property
    def who(self) -> str:
        """Who was notified, and who will be; may be empty."""
        if self.is_handled and not self.notified:
            return ""
        people = {**self.notified, **self.assignees}
        return f"{'; '.join(map(self._describe, people))}." if people else ""

    def __str__(self) -> str:
        """All of it in words, or nothing."""
        outlook = "" if self.is_handled and not self.notified else self.outlook
        return " ".join(filter(None, (self.who, outlook)))

    def _describe(self, person: str) -> str:
        name, channels = self.assignees[person], self.notified.get(person)
        if channels is not None:
            steps = self.steps(person, timedelta())
            later = describe([step for step in steps if not step.is_due_at_once])
            return f"{name} was notified{_in_brackets(channels)}{later and f', then {later}'}"
        if plan := describe(self.steps(person)):
            return f"{name}: {plan}"
        return self.obstacle(person) or f"{name} hasn't been notified yet"

    def obstacle(self, person: str) -> str:
        """Explain why an assignee won't be notified; empty if that isn't known."""
        known, name = self.reachability.get(person), self.assignees[person]
        if known is None or self.steps(person):
            return ""
        if known.obstacle:
            return f"{name} can't be reached ({known.obstacle})"
        return f"{name} wasn't notified, and no notification rule is due any more"

    def _assigned_at(self, person: str) -> datetime | None:
        moments = [one.at for one in self.incident.assignments if one.assignee.id == person]
        return parse_iso(moments[-1]) if moments else None


def _in_brackets(channels: list[str]) -> str:
    return f" ({', '.join(channels)})" if channels else ""


def diagnose(status: NotificationStatus) -> NobodyNotified | None:
    """Explain why nobody is notified of an incident, and what to do; None without a reason."""
    if status.notified or status.is_handled:
        return None
    reason = _permanent_cause(status) or _unreachable_cause(status) or _likely_cause(status)
    if reason is None:
        return None
    return NobodyNotified(f"Nobody was paged about incident {status.incident.label}", *reason)


def _permanent_cause(status: NotificationStatus) -> tuple[str, str] | None:
    """Return why PagerDuty won't notify anybody, and the remedy; None if it still may."""
    incident = status.incident
    if status.service and (silenced := status.service.silenced):
        cause = f"service {incident.service.label} is {silenced}"
        return cause, "change that in PagerDuty, or call somebody"
    if status.is_new and incident.status == "acknowledged":
        return (
            "it is assigned to whoever asked for it (input 'from'), so it started as acknowledged",
            "give another assignee, or an escalation-policy",
        )
    if not incident.assignments:
        return (
            f"nobody is assigned to it, nor on call on policy {incident.escalation_policy.label}",
            "put somebody on call, or hand it to somebody with operation: reassign",
        )
    return None


def _unreachable_cause(status: NotificationStatus) -> tuple[str, str] | None:
    """Return why its assignees' rules reach none of them, and the remedy; None if one may be."""
    obstacles = [status.obstacle(person) for person in status.assignees]
    if not obstacles or not all(obstacles):
        return None
    cause = "; ".join(obstacles)
    remedy = "have them check their contact methods and notification rules in PagerDuty"
    if status.escalates_at:
        return (
            f"{cause}, and PagerDuty pages the next level at {status.escalates_at}",
            f"{remedy}, and escalate it to the next level now",
        )
    end = "its escalation policy has no further level"
    if status.incident.urgency == "low":
        end = "low urgency doesn't escalate"
    elif status.incident.is_directly_assigned:
        end = "it is assigned to a person directly, so nothing is escalated"
    return f"{cause}, and {end}", f"{remedy}, and escalate it to another policy now"


def _likely_cause(status: NotificationStatus) -> tuple[str, str] | None:
    """Return why probably nobody is notified, where somebody's rules aren't known; else None."""
    if status.is_known or status.plan:
        return None
    who = ", ".join(status.assignees.values())
    if any(entry.type == _EXHAUSTED for entry in status.log):
        return (
            f"PagerDuty hasn't reached {who}, and its escalation policy is exhausted",
            "escalate it to another policy",
        )
    if status.incident.urgency == "low":
        return (
            f"it has low urgency: {who}'s rules for that apply, and nothing is escalated",
            "give it high urgency with operation: escalate if somebody has to wake up",
        )
    return None
