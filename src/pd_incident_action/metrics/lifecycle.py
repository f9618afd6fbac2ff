"""What happened to incidents: when, whom they paged, and whether it was in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pd_incident_action.config.model import Config
from pd_incident_action.http.client import map_or_raise
from pd_incident_action.inputs.intervals import Interval, parse_iso
from pd_incident_action.models import Incident
from pd_incident_action.pagerduty.incident_lists import IncidentLists
from pd_incident_action.pagerduty.models import LogEntry, PagerDutyIncident
from pd_incident_action.text import shorten

_MAX_NOTE = 300
_ANSWERS = {"acknowledge", "resolve"}
_GIVEN = {
    "assign": "Assigned to",
    "escalate": "Escalated to",
    "delegate": "Handed over to",
}
_TO = {**_GIVEN, "notify": "Notified"}
_BY = {
    "acknowledge": "Acknowledged",
    "annotate": "Note",
    "exhaust_escalation_path": "Escalation policy exhausted",
    "repeat_escalation_path": "Escalation restarted",
    "resolve": "Resolved",
    "snooze": "Snoozed",
    "trigger": "Triggered",
    "unacknowledge": "No longer acknowledged",
    "urgency_change": "Urgency changed",
}


class TargetStatus(StrEnum):
    """Whether an SLA target was met; the values are the words in a report's files."""

    MET = "met"
    BREACHED = "breached"
    PENDING = "pending"
    NONE = ""


@dataclass(frozen=True)
class Targets:
    """The SLA targets of a severity.

    Attributes:
        severity: its name in the configuration file; empty if the incident has none.
    """

    severity: str = ""
    acknowledge_within: timedelta | None = None
    resolve_within: timedelta | None = None

    def __bool__(self) -> bool:
        return bool(self.acknowledge_within or self.resolve_within)


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of an incident's log.

    Attributes:
        kind: the entry's type, such as ``acknowledge`` or ``escalate``.
        people: names of those who were given the incident or notified, else of who did it.
    """

    at: datetime
    kind: str
    people: tuple[str, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        names = ", ".join(self.people)
        if self.kind in _TO:
            return f"{_TO[self.kind]} {names or 'somebody'}"
        what = _BY.get(self.kind, self.kind.replace("_", " ").capitalize())
        by = f" by {names}" if names else ""
        return f"{what}{by}{': ' if self.note else ''}{self.note}"


@dataclass(frozen=True, slots=True)
class PersonPage:
    """An incident that was given to somebody.

    Attributes:
        level: the level of the escalation policy, counted by escalations.
        took: how long it took until anybody acknowledged or resolved it, or None.
        acknowledge: the status of the target to acknowledge, as of when they were paged.
        is_urgent: whether it may have woken them.
    """

    person: str
    level: int
    at: datetime
    took: timedelta | None
    acknowledge: TargetStatus
    is_urgent: bool


@dataclass(frozen=True)
class IncidentLifecycle:
    """An incident with its times, as of now.

    Attributes:
        is_merged: whether it was merged into another one, which counts as neither resolved nor
            open.
        events: what happened to it, oldest first; empty where that isn't read.
    """

    incident: Incident
    created_at: datetime
    now: datetime
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    is_merged: bool = False
    targets: Targets = Targets()
    events: tuple[Event, ...] = ()

    @property
    def status(self) -> str:
        """PagerDuty's status, or ``merged``, which PagerDuty calls resolved as well."""
        return "merged" if self.is_merged else self.incident.status

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to resolve it."""
        return self.resolved_at is None and not self.is_merged

    @property
    def service(self) -> str:
        """The name of its service, or else its id."""
        return self.incident.service or self.incident.service_id or "(no service)"

    @property
    def age(self) -> timedelta:
        """How old it is."""
        return max(timedelta(), self.now - self.created_at)

    @property
    def time_to_acknowledge(self) -> timedelta | None:
        """How long it took to acknowledge, or None."""
        return self._since_creation(self.acknowledged_at)

    @property
    def time_to_resolve(self) -> timedelta | None:
        """How long it took to resolve, or None."""
        return None if self.is_merged else self._since_creation(self.resolved_at)

    @property
    def acknowledge_status(self) -> TargetStatus:
        """The status of its target to acknowledge; resolving it at once counts as well."""
        took = self.time_to_resolve if self.acknowledged_at is None else self.time_to_acknowledge
        return self._status(self.targets.acknowledge_within, took, self.age)

    @property
    def resolve_status(self) -> TargetStatus:
        """The status of its target to resolve."""
        return self._status(self.targets.resolve_within, self.time_to_resolve, self.age)

    @property
    def pages(self) -> list[PersonPage]:
        """Whom it was given to, once for each level and round of its escalation."""
        level, round_, found = 1, 1, dict[tuple[str, int, int], PersonPage]()
        for event in self.events:
            at, kind = event.at, event.kind
            if kind == "repeat_escalation_path":
                level, round_ = 0, round_ + 1
            level = 1 if kind == "delegate" else level + (kind == "escalate")
            for person in event.people if kind in _GIVEN else ():
                answers = (e.at - at for e in self.events if e.kind in _ANSWERS and e.at >= at)
                took, is_urgent = min(answers, default=None), self.incident.urgency != "low"
                status = self._status(self.targets.acknowledge_within, took, self.now - at)
                page = PersonPage(person, max(level, 1), at, took, status, is_urgent)
                found.setdefault((person, page.level, round_), page)
        return list(found.values())

    def _since_creation(self, moment: datetime | None) -> timedelta | None:
        # Never negative, although clocks may disagree.
        return None if moment is None else max(timedelta(), moment - self.created_at)

    def _status(
        self, target: timedelta | None, took: timedelta | None, so_far: timedelta
    ) -> TargetStatus:
        if target is None or (self.is_merged and took is None):
            return TargetStatus.NONE
        if (so_far if took is None else took) > target:
            return TargetStatus.BREACHED
        return TargetStatus.PENDING if took is None else TargetStatus.MET


def build_lifecycles(
    incidents: Iterable[PagerDutyIncident],
    config: Config,
    now: datetime,
    timelines: Mapping[str, tuple[Event, ...]],
) -> list[IncidentLifecycle]:
    """Build incidents' lifecycles, but for those that PagerDuty doesn't date.

    Without its timeline, an incident's own acknowledgements count.
    """
    found = []
    for shown in incidents:
        created_at, events = parse_iso(shown.created_at), timelines.get(shown.id, ())
        if created_at is None:
            continue
        acknowledgements = filter(None, (parse_iso(one.at) for one in shown.acknowledgements))
        resolved_at = parse_iso(shown.resolved_at or shown.last_status_change_at)
        lifecycle = IncidentLifecycle(
            shown.to_incident(),
            created_at,
            now,
            _first_acknowledgement(events) or min(acknowledgements, default=None),
            resolved_at if shown.status == "resolved" else None,
            bool(shown.merged_into),
            find_targets(shown, config),
            events,
        )
        found.append(lifecycle)
    return found


def find_targets(incident: PagerDutyIncident, config: Config) -> Targets:
    """Find an incident's SLA targets.

    Its severity is the first of the configuration file that has the incident's priority, as its
    name or as its ``priority``; or else the first without a ``priority`` that has its urgency.
    """
    priority, urgency = incident.priority, incident.urgency.casefold()
    priorities = {one.casefold() for one in (priority.id, priority.name, priority.summary)}
    with_priority, with_urgency = [], []
    for name, policy in config.severities.items():
        targets = Targets(name, policy.acknowledge_within, policy.resolve_within)
        if priorities & {name.casefold(), (policy.priority or name).casefold()}:
            with_priority.append(targets)
        elif policy.priority is None and urgency in {policy.urgency, name.casefold()}:
            with_urgency.append(targets)
    return next(iter(with_priority + with_urgency), Targets())


def fetch_lifecycles(
    lists: IncidentLists,
    period: Interval,
    service_ids: Sequence[str],
    config: Config,
    now: datetime,
) -> list[IncidentLifecycle]:
    """Fetch the lifecycles of the incidents that were created in a period.

    What happened to them comes from the account's log of the period, a hundred entries a request;
    only of what changed after the period, the incident's own log is read.
    """
    incidents = lists.created_in(period, service_ids)
    if not incidents:
        return []
    found: dict[str, list[Event]] = {one.id: [] for one in incidents}
    for entry in lists.log(period):
        if entry.incident.id in found and (event := _read_event(entry)):
            found[entry.incident.id].append(event)
    timelines = {incident_id: _in_order(log) for incident_id, log in found.items()}
    changed_later = [
        one.id
        for one in incidents
        if _first_acknowledgement(timelines[one.id]) is None and _changed_after(one, period.end)
    ]
    timelines |= fetch_timelines(lists, changed_later)
    lifecycles = build_lifecycles(incidents, config, now, timelines)
    return [one for one in lifecycles if period.contains(one.created_at)]


def fetch_timelines(
    lists: IncidentLists, incident_ids: Sequence[str]
) -> dict[str, tuple[Event, ...]]:
    """Return what happened to incidents, by id, each from its own log."""
    logs = map_or_raise(lists.log_of, incident_ids)
    return dict(zip(incident_ids, map(read_timeline, logs), strict=True))


def read_timeline(log: Iterable[LogEntry]) -> tuple[Event, ...]:
    """Return the events of a log that comes newest first, as PagerDuty's do; oldest first."""
    return _in_order(filter(None, map(_read_event, log)))


def anonymize(lifecycles: Iterable[IncidentLifecycle]) -> list[IncidentLifecycle]:
    """Return lifecycles in whose events people have numbers for names, and notes no text."""
    numbers: dict[str, str] = {}

    def without_names(event: Event) -> Event:
        people = (numbers.setdefault(name, f"Person {len(numbers) + 1}") for name in event.people)
        return replace(event, people=tuple(people), note="")

    return [replace(one, events=tuple(map(without_names, one.events))) for one in lifecycles]


def _in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Sort events that come newest first, and some of them twice, since windows may overlap."""
    unique = reversed(dict.fromkeys(events))
    return tuple(sorted(unique, key=lambda one: one.at))


def _read_event(entry: LogEntry) -> Event | None:
    """Read an entry of a log; None if PagerDuty doesn't say when it was."""
    at = parse_iso(entry.created_at)
    if at is None:
        return None
    kind = entry.type.removesuffix("_log_entry")
    users = entry.assignees if kind in _GIVEN else ()
    if kind == "notify":
        users = (entry.user,)
    elif kind not in _GIVEN and entry.agent.type.startswith("user"):
        users = (entry.agent,)
    note = shorten(" ".join(entry.note.split()), _MAX_NOTE) if kind == "annotate" else ""
    return Event(at, kind, tuple(filter(None, (one.label or one.id for one in users))), note)


def _first_acknowledgement(events: Iterable[Event]) -> datetime | None:
    return next((one.at for one in events if one.kind == "acknowledge"), None)


def _changed_after(incident: PagerDutyIncident, end: datetime) -> bool:
    changed = parse_iso(incident.last_status_change_at)
    return changed is None or changed > end
