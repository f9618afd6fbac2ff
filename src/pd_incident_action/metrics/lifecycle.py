"""When an incident was created, acknowledged and resolved, and what its SLA targets are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pd_incident_action.config.model import Config, SeverityPolicy
from pd_incident_action.http.concurrency import map_or_raise
from pd_incident_action.inputs.intervals import Interval, parse_iso
from pd_incident_action.models import Incident
from pd_incident_action.pagerduty.incident_lists import IncidentLists
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .timeline import Event, PersonPage, oldest_first, read_event, read_events


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


@dataclass(frozen=True)
class IncidentLifecycle:
    """An incident with its times.

    Attributes:
        is_merged: whether it was merged into another one, which counts as neither resolved nor
            open.
        events: what happened to it, oldest first; empty where that isn't read.
    """

    incident: Incident
    created_at: datetime
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
    def time_to_acknowledge(self) -> timedelta | None:
        """How long it took to acknowledge, or None."""
        return None if self.acknowledged_at is None else self.age(self.acknowledged_at)

    @property
    def time_to_resolve(self) -> timedelta | None:
        """How long it took to resolve, or None."""
        return None if self.resolved_at is None or self.is_merged else self.age(self.resolved_at)

    def age(self, now: datetime) -> timedelta:
        """Return how old it was at a time; never negative, although clocks may disagree."""
        return max(timedelta(), now - self.created_at)

    def acknowledge_status(self, now: datetime) -> TargetStatus:
        """Return the status of its target to acknowledge; resolving it at once counts as well."""
        took = self.time_to_resolve if self.acknowledged_at is None else self.time_to_acknowledge
        return self._status(self.targets.acknowledge_within, took, now)

    def resolve_status(self, now: datetime) -> TargetStatus:
        """Return the status of its target to resolve."""
        return self._status(self.targets.resolve_within, self.time_to_resolve, now)

    def page_status(self, page: PersonPage, now: datetime) -> TargetStatus:
        """Return the status of the target to acknowledge, as of when somebody was paged."""
        return _target_status(self.targets.acknowledge_within, page.took, now - page.at)

    def _status(
        self, target: timedelta | None, took: timedelta | None, now: datetime
    ) -> TargetStatus:
        if target is None or (self.is_merged and took is None):
            return TargetStatus.NONE
        return _target_status(target, took, self.age(now))


def _target_status(
    target: timedelta | None, took: timedelta | None, so_far: timedelta
) -> TargetStatus:
    if target is None:
        return TargetStatus.NONE
    if (so_far if took is None else took) > target:
        return TargetStatus.BREACHED
    return TargetStatus.PENDING if took is None else TargetStatus.MET


def build_lifecycle(
    shown: PagerDutyIncident, acknowledged_at: datetime | None, config: Config
) -> IncidentLifecycle | None:
    """Build an incident's lifecycle.

    Returns:
        The lifecycle; None if PagerDuty doesn't say when the incident was created.
    """
    created_at = parse_iso(shown.created_at)
    if created_at is None:
        return None
    acknowledgements = filter(None, (parse_iso(one.at) for one in shown.acknowledgements))
    resolved_at = parse_iso(shown.resolved_at or shown.last_status_change_at)
    return IncidentLifecycle(
        shown.to_incident(),
        created_at,
        acknowledged_at or min(acknowledgements, default=None),
        resolved_at if shown.status == "resolved" else None,
        bool(shown.merged_into),
        targets_for(shown, config),
    )


def targets_for(incident: PagerDutyIncident, config: Config) -> Targets:
    """Find an incident's SLA targets.

    Its severity is the first of the configuration file that has the incident's priority, as its
    name or as its ``priority``; or else the first without a ``priority`` that has its urgency.
    """
    priority, urgency = incident.priority, incident.urgency.casefold()
    priorities = {one.casefold() for one in (priority.id, priority.name, priority.summary) if one}
    severities = list(config.severities.items())
    matching = [one for one in severities if _has_priority(*one, priorities)]
    matching += [one for one in severities if _has_urgency(*one, urgency)]
    for name, policy in matching[:1]:
        return Targets(name, policy.acknowledge_within, policy.resolve_within)
    return Targets()


def has_targets(config: Config) -> bool:
    """Return whether the configuration file has any SLA target."""
    policies = config.severities.values()
    return any(one.acknowledge_within or one.resolve_within for one in policies)


def fetch_lifecycles(
    lists: IncidentLists, period: Interval, service_ids: Sequence[str], config: Config
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
        if entry.incident.id in found and (event := read_event(entry)):
            found[entry.incident.id].append(event)
    events = {incident_id: oldest_first(log) for incident_id, log in found.items()}
    changed_later = [
        one.id
        for one in incidents
        if _first_acknowledgement(events[one.id]) is None and _changed_after(one, period.end)
    ]
    events |= _fetch_events(lists, changed_later)
    lifecycles = [
        replace(lifecycle, events=events[one.id])
        for one in incidents
        if (lifecycle := build_lifecycle(one, _first_acknowledgement(events[one.id]), config))
    ]
    return [one for one in lifecycles if period.contains(one.created_at)]


def fetch_first_acknowledgements(
    lists: IncidentLists, incident_ids: Sequence[str]
) -> dict[str, datetime]:
    """Return when incidents were first acknowledged, by id, each from its own log."""
    logs = _fetch_events(lists, incident_ids).items()
    return {name: at for name, events in logs if (at := _first_acknowledgement(events))}


def _fetch_events(
    lists: IncidentLists, incident_ids: Sequence[str]
) -> dict[str, tuple[Event, ...]]:
    logs = map_or_raise(lists.log_of, incident_ids)
    return dict(zip(incident_ids, map(read_events, logs), strict=True))


def _first_acknowledgement(events: Sequence[Event]) -> datetime | None:
    return next((one.at for one in events if one.kind == "acknowledge"), None)


def _has_priority(name: str, policy: SeverityPolicy, priorities: set[str]) -> bool:
    return not priorities.isdisjoint({name.casefold(), (policy.priority or name).casefold()})


def _has_urgency(name: str, policy: SeverityPolicy, urgency: str) -> bool:
    return policy.priority is None and urgency in {policy.urgency, name.casefold()}


def _changed_after(incident: PagerDutyIncident, end: datetime) -> bool:
    changed = parse_iso(incident.last_status_change_at)
    return changed is None or changed > end
