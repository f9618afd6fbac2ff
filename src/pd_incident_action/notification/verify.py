"""Whether somebody was really notified, judged by what PagerDuty shows once the page is out.

https://developer.pagerduty.com/api-reference/ under Incidents, List log entries for an incident.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from pd_incident_action.errors import ActionError, ApiError, NobodyNotified
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.http.deadline import Deadline, poll
from pd_incident_action.inputs.intervals import parse_iso
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import LogEntry, PagerDutyIncident, Service
from pd_incident_action.pagerduty.services import Services

# PagerDuty notifies within seconds; a run that needn't be sure doesn't wait for long.
_SECONDS = 3.0
_SECONDS_IF_REQUIRED = 15.0
_NOTIFIED = "notify_log_entry"
_MAX_LOG_ENTRIES = 100
_UNCONFIRMED = "Couldn't confirm that anybody was notified"


@dataclass(frozen=True)
class NotificationStatus:
    """What PagerDuty shows of an incident once the page is out.

    Attributes:
        incident: the incident.
        log: its log entries, newest first.
        service: its service, or None if nobody asked for it.
        is_new: whether this run opened it.
    """

    incident: PagerDutyIncident
    log: tuple[LogEntry, ...] = ()
    service: Service | None = None
    is_new: bool = False

    @property
    def is_conclusive(self) -> bool:
        """Whether there is nothing to wait for: notifications are there, or won't come."""
        return bool(self.notified) or self.is_handled or _permanent_cause(self) is not None

    @property
    def is_handled(self) -> bool:
        """Whether somebody was on it already, or it is over, so that nobody has to be notified."""
        started_so = self.is_new and self.incident.status == "acknowledged"
        return self.incident.status != "triggered" and not started_so

    @property
    def notified(self) -> dict[str, list[str]]:
        """Who has the incident and was notified since, and by which channels; earliest first."""
        since = {one.assignee.id: parse_iso(one.at) for one in self.incident.assignments}
        people: dict[str, list[str]] = {}
        for entry in reversed(self.log):
            if entry.type != _NOTIFIED or not entry.user.id or entry.user.id not in since:
                continue
            assigned, notified = since[entry.user.id], parse_iso(entry.created_at)
            if assigned and notified and notified < assigned:
                continue
            channels = people.setdefault(entry.user.label or entry.user.id, [])
            channel = entry.channel.notification.type.removesuffix("_notification")
            if channel and channel not in channels:
                channels.append(channel)
        return people

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

    def __str__(self) -> str:
        """Who was notified, and what comes next; empty if nobody was."""
        people = {
            name: f" ({', '.join(channels)})" if channels else ""
            for name, channels in self.notified.items()
        }
        if not people:
            return ""
        if len(people) == 1:
            ((name, how),) = people.items()
            text = f"{name} was notified{how}."
        else:
            text = f"{', '.join(map(''.join, people.items()))} were notified."
        at = self.escalates_at
        return f"{text} Escalates at {at} unless acknowledged." if at else text


def diagnose(status: NotificationStatus) -> NobodyNotified | None:
    """Explain why nobody was notified of an incident, and what to do; None if somebody was."""
    if status.notified or status.is_handled:
        return None
    cause, remedy = _permanent_cause(status) or _pending_cause(status)
    return NobodyNotified(f"Nobody was notified of incident {status.incident.label}", cause, remedy)


def verify_notified(
    outcome: Outcome, pagerduty: PagerDuty | None, deadline: Deadline, *, required: bool
) -> Outcome:
    """Find out who was notified of an outcome's incidents, and what comes next.

    Args:
        outcome: what was paged.
        pagerduty: PagerDuty's REST API, or None without credentials for it.
        deadline: when the run has to be finished.
        required: whether it is a failure if nobody was notified, rather than a warning.

    Returns:
        The outcome with the outputs ``notified`` and ``next-escalation-at``, and a line, a warning
        or a failure for each incident.
    """
    read = [PagerDutyIncident.read(one.raw) for one in outcome.incidents]
    # An alert whose incident isn't known has no number.
    incidents = [one for one in read if one.id and one.incident_number]
    if pagerduty is None or not incidents:
        return _unconfirmed(outcome, required=required)
    seconds = min(_SECONDS_IF_REQUIRED if required else _SECONDS, deadline.remaining() / 2)
    check = partial(_check, pagerduty.with_timeout(seconds), seconds, is_new=bool(outcome.created))
    return _with_results(outcome, map_concurrently(check, incidents), required=required)


def _check(
    pagerduty: PagerDuty, seconds: float, incident: PagerDutyIncident, *, is_new: bool
) -> NotificationStatus:
    """Read an incident's log until it is conclusive, or the time is up."""
    incidents, status = Incidents(pagerduty), NotificationStatus(incident, is_new=is_new)
    for _ in poll(Deadline(seconds)):
        status = replace(status, log=tuple(incidents.log_entries(incident.id, _MAX_LOG_ENTRIES)))
        if not status.is_conclusive and status.service is None:
            status = replace(status, service=_service(pagerduty, incident))
        if status.is_conclusive:
            break
    return status


def _service(pagerduty: PagerDuty, incident: PagerDutyIncident) -> Service:
    """Return an incident's service; without it, one cause less can be named."""
    if not incident.service.id:
        return Service()
    try:
        return Services(pagerduty).get(incident.service.id)
    except ApiError:
        return Service()


def _with_results(
    outcome: Outcome, results: Sequence[NotificationStatus | ActionError], *, required: bool
) -> Outcome:
    statuses = [result for result in results if isinstance(result, NotificationStatus)]
    problems = [problem for one in statuses if (problem := diagnose(one))]
    problems += [
        NobodyNotified(
            f"The page went out. {_UNCONFIRMED}: {error.summary}", error.cause, error.remedy
        )
        for error in results
        if isinstance(error, ActionError)
    ]
    names = dict.fromkeys(name for one in statuses for name in one.notified)
    escalations = filter(None, (one.incident.next_escalation_at for one in statuses))
    lines = [
        f"{one.incident.label}: {one}" if len(results) > 1 else str(one)
        for one in statuses
        if one.notified
    ]
    outputs = {"notified": ", ".join(names), "next-escalation-at": min(escalations, default="")}
    outcome = replace(
        outcome,
        outputs={**outcome.outputs, **outputs},
        log_lines=(*outcome.log_lines, *lines),
    )
    return _with_problems(outcome, problems, required=required)


def _unconfirmed(outcome: Outcome, *, required: bool) -> Outcome:
    """Leave open who was notified, which is as bad as nobody where somebody is required."""
    outputs = {"notified": "", "next-escalation-at": ""}
    outcome = replace(outcome, outputs={**outcome.outputs, **outputs})
    if not required or not outcome.incidents:
        return outcome
    problem = NobodyNotified(
        _UNCONFIRMED,
        "no incident was found for this alert",
        "look in PagerDuty; add pagerduty-token if it is missing",
    )
    return _with_problems(outcome, [problem], required=True)


def _with_problems(
    outcome: Outcome, problems: Sequence[NobodyNotified], *, required: bool
) -> Outcome:
    if required:
        return replace(outcome, failures=(*outcome.failures, *problems))
    return replace(outcome, warnings=(*outcome.warnings, *map(str, problems)))


def _permanent_cause(status: NotificationStatus) -> tuple[str, str] | None:
    """Return why PagerDuty won't notify anybody, and the remedy; None if it still may."""
    incident = status.incident
    if status.service and status.service.silenced:
        cause = f"service {incident.service.label} is {status.service.silenced}"
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


def _pending_cause(status: NotificationStatus) -> tuple[str, str]:
    """Return what stands between an incident's assignees and a notification, and the remedy."""
    incident = status.incident
    who = ", ".join(incident.to_incident().assignees)
    if incident.urgency == "low":
        return (
            f"it has low urgency: {who}'s rules for that apply, and nothing is escalated",
            "give it high urgency with operation: escalate if somebody has to wake up",
        )
    cause, remedy = (
        f"PagerDuty has not reached {who} yet",
        f"check {who}'s notification rules in PagerDuty",
    )
    if status.escalates_at:
        return (
            f"{cause} and pages the next level at {status.escalates_at}",
            f"{remedy}, or escalate it to the next level now",
        )
    end = "its escalation policy has no further level"
    if incident.is_directly_assigned:
        end = "it is assigned to a person directly, so nothing is escalated"
    return f"{cause}, and {end}", f"{remedy}, or escalate it to another policy"
