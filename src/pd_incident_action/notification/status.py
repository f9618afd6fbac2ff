"""Whether somebody was really paged, judged by what PagerDuty shows of an incident.

https://developer.pagerduty.com/api-reference/ under Incidents, List log entries for an incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pd_incident_action.errors import NobodyNotified
from pd_incident_action.models import Incident
from pd_incident_action.pagerduty.models import PagerDutyIncident

Json = dict[str, Any]

_NOTIFIED = "notify_log_entry"
_UNSERVED = {"disabled": "is disabled", "maintenance": "is in a maintenance window"}


@dataclass(frozen=True)
class Notification:
    """Somebody was told, in one way.

    Attributes:
        user: the person's name.
        through: email, sms, phone or push; empty where PagerDuty doesn't say.
    """

    user: str
    through: str = ""


@dataclass(frozen=True)
class NotificationStatus:
    """What PagerDuty shows of an incident once the page is out.

    Attributes:
        incident: the incident.
        notified: who of those that it is assigned to was told since they got it.
        escalates_at: when PagerDuty goes on to the next level, in ISO 8601; empty if it doesn't.
        service_status: status of the incident's service, or empty where it wasn't asked for.
        is_direct: whether people were named, rather than an escalation policy.
        is_new: whether this run opened the incident.
    """

    incident: Incident
    notified: tuple[Notification, ...] = ()
    escalates_at: str = ""
    service_status: str = ""
    is_direct: bool = False
    is_new: bool = False

    @property
    def is_conclusive(self) -> bool:
        """Whether waiting for notifications is of no use, since they are there or won't come."""
        return bool(self.notified) or self.is_handled or _permanent_cause(self) is not None

    @property
    def is_handled(self) -> bool:
        """Whether somebody was on it already, or it is over: nobody needs to be told."""
        started_so = self.is_new and self.incident.status == "acknowledged"
        return self.incident.status != "triggered" and not started_so

    @property
    def names(self) -> tuple[str, ...]:
        """Names of who was told, each once."""
        return tuple(dict.fromkeys(one.user for one in self.notified))

    @property
    def line(self) -> str:
        """Who was told, in which ways, and what comes next; empty if nobody was."""
        if not self.notified:
            return ""
        told = ", ".join(f"{name}{self._ways_to(name)}" for name in self.names)
        after = f"; PagerDuty escalates it at {self.escalates_at}" if self.escalates_at else ""
        return f"Notified of incident {self.incident.name}: {told}{after}."

    def _ways_to(self, name: str) -> str:
        ways = [one.through for one in self.notified if one.user == name and one.through]
        return f" ({', '.join(ways)})" if ways else ""


def notification_status(
    json: Json, log: Sequence[Json], *, service_status: str = "", is_new: bool = False
) -> NotificationStatus:
    """Gather what PagerDuty shows.

    Args:
        json: the incident as PagerDuty shows it.
        log: its log entries, in any order.
        service_status: status of its service, where it was asked for.
        is_new: whether this run opened it.

    Returns:
        What can be judged by.
    """
    return NotificationStatus(
        incident=PagerDutyIncident.read(json).to_incident(),
        notified=_notifications(json, log),
        escalates_at=_next_escalation(json),
        service_status=service_status,
        is_direct=json.get("assigned_via") == "direct_assignment",
        is_new=is_new,
    )


def diagnose(evidence: NotificationStatus) -> NobodyNotified | None:
    """Say that nobody hears of an incident, why, and what to do.

    Args:
        evidence: what PagerDuty shows.

    Returns:
        The document, or None if somebody was told or is on it already.
    """
    if evidence.notified or evidence.is_handled:
        return None
    cause, remedy = _permanent_cause(evidence) or _pending_cause(evidence)
    return NobodyNotified(
        f"Nobody was notified of incident {evidence.incident.name}", cause, remedy
    )


def earliest_escalation(evidence: Iterable[NotificationStatus]) -> str:
    """Tell when PagerDuty pages the next level of any of some incidents; empty if it doesn't."""
    return min(filter(None, (one.escalates_at for one in evidence)), default="")


def _permanent_cause(evidence: NotificationStatus) -> tuple[str, str] | None:
    """Find the reason why PagerDuty won't tell anybody, and what to do about it."""
    incident = evidence.incident
    if evidence.service_status in _UNSERVED:
        how = _UNSERVED[evidence.service_status]
        return f"service {incident.service} {how}", "change that in PagerDuty, or call somebody"
    if evidence.is_new and incident.status == "acknowledged":
        return (
            "it is assigned to whoever asked for it (input 'from'), so it started as acknowledged",
            "give another assignee, or an escalation-policy",
        )
    if not incident.assignees:
        return (
            f"nobody is assigned to it, nor on call on policy {incident.escalation_policy}",
            "put somebody on call, or hand it to somebody with operation: reassign",
        )
    return None


def _pending_cause(evidence: NotificationStatus) -> tuple[str, str]:
    """Find what stands between the people that it is assigned to and a notification."""
    incident, who = evidence.incident, ", ".join(evidence.incident.assignees)
    rules = f"check {who}'s notification rules in PagerDuty"
    not_yet = f"PagerDuty has not reached {who} yet"
    if incident.urgency == "low":
        cause = f"it has low urgency: {who}'s rules for that apply, and nothing is escalated"
        return cause, "give it high urgency with operation: escalate if somebody has to wake up"
    if evidence.escalates_at:
        cause = f"{not_yet} and pages the next level at {evidence.escalates_at}"
        return cause, f"{rules}, or escalate it to the next level now"
    end = "its escalation policy has no further level"
    if evidence.is_direct:
        end = "it is assigned to a person directly, so nothing is escalated"
    return f"{not_yet}, and {end}", f"{rules}, or escalate it to another policy"


def _notifications(json: Json, log: Iterable[Json]) -> tuple[Notification, ...]:
    """List how those that it is assigned to were told, from when they got it."""
    since = {
        str((one.get("assignee") or {}).get("id")): _moment(one.get("at"))
        for one in json.get("assignments") or []
    }
    entries = [one for one in log if one.get("type") == _NOTIFIED and _counts(one, since)]
    told = (Notification(_summary(one.get("user")), _channel(one)) for one in reversed(entries))
    return tuple(dict.fromkeys(told))


def _counts(entry: Json, since: Mapping[str, datetime | None]) -> bool:
    """Tell whether a notification came after its person got the incident; whole seconds differ."""
    user = str((entry.get("user") or {}).get("id"))
    if user not in since:
        return False
    assigned, told = since[user], _moment(entry.get("created_at"))
    return assigned is None or told is None or told >= assigned


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _channel(entry: Json) -> str:
    notification = (entry.get("channel") or {}).get("notification") or {}
    return str(notification.get("type") or "").removesuffix("_notification")


def _summary(user: object) -> str:
    known = user if isinstance(user, dict) else {}
    return str(known.get("summary") or known.get("name") or known.get("id") or "")


def _next_escalation(json: Json) -> str:
    pending = json.get("pending_actions") or []
    return min((str(one.get("at")) for one in pending if one.get("type") == "escalate"), default="")
