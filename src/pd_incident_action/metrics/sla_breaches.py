"""Open incidents that breach an SLA target, and the notes on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pd_incident_action.config.model import Config
from pd_incident_action.inputs.intervals import humanize
from pd_incident_action.models import Incident
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.idempotency import write_note
from pd_incident_action.pagerduty.incident_lists import IncidentLists
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .lifecycle import (
    IncidentLifecycle,
    TargetStatus,
    build_lifecycle,
    fetch_first_acknowledgements,
)

_MINUTE = timedelta(minutes=1)
_NOUNS = {"acknowledged": "acknowledgement", "resolved": "resolution"}


@dataclass(frozen=True)
class SlaBreach:
    """An open incident that breaches its SLA targets.

    Attributes:
        incident: the incident.
        severity: the severity that the targets belong to.
        breached: the targets, by what should have been done: ``acknowledged`` or ``resolved``.
        age: how long ago the incident was created.
    """

    incident: Incident
    severity: str
    breached: dict[str, timedelta]
    age: timedelta

    def __str__(self) -> str:
        service = f" ({self.incident.service})" if self.incident.service else ""
        # Seconds are left out where there are minutes.
        age = self.age - self.age % _MINUTE if self.age >= _MINUTE else self.age
        missing = " or ".join(_NOUNS[done] for done in self.breached)
        targets = " and ".join(map(humanize, self.breached.values()))
        are = "targets are" if len(self.breached) > 1 else "target is"
        return (
            f"{self.incident.name}{service} has gone {humanize(age)} without {missing}; the "
            f"{self.severity} {are} {targets}."
        )

    def notes(self) -> list[str]:
        """Return a note for each target; the same target gives the same note every time."""
        return [
            f"Target of {self.severity} missed: not {done} within {humanize(target)}."
            for done, target in self.breached.items()
        ]


def find_sla_breaches(
    lists: IncidentLists, incidents: Iterable[PagerDutyIncident], config: Config, now: datetime
) -> list[SlaBreach]:
    """Find the open incidents that breach an SLA target.

    Args:
        lists: PagerDuty's lists: an incident may have been acknowledged and be triggered again.
        incidents: open ones.
        config: the configuration file, for the targets.
        now: the present.

    Returns:
        Those that nobody has acknowledged, or that aren't resolved, in time; in the order given.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    lifecycles = [one for shown in incidents if (one := build_lifecycle(shown, None, config))]
    unacknowledged = [
        one.incident.id for one in lifecycles if "acknowledged" in _breached(one, now)
    ]
    first = fetch_first_acknowledgements(lists, unacknowledged)
    lifecycles = [
        replace(one, acknowledged_at=one.acknowledged_at or first.get(one.incident.id))
        for one in lifecycles
    ]
    return [
        SlaBreach(one.incident, one.targets.severity, breached, one.age(now))
        for one in lifecycles
        if (breached := _breached(one, now))
    ]


def note_breach(pagerduty: PagerDuty, breach: SlaBreach) -> None:
    """Note on an incident which targets it breaches, each target once in its life.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    incident_id = breach.incident.id
    existing = {one.content.strip() for one in Incidents(pagerduty).notes(incident_id)}
    for text in breach.notes():
        if text not in existing:
            write_note(pagerduty, incident_id, text)


def _breached(one: IncidentLifecycle, now: datetime) -> dict[str, timedelta]:
    targets, breached = one.targets, {}
    acknowledge, resolve = one.acknowledge_status(now), one.resolve_status(now)
    is_late = acknowledge == TargetStatus.BREACHED and one.acknowledged_at is None
    if is_late and targets.acknowledge_within:
        breached["acknowledged"] = targets.acknowledge_within
    if resolve == TargetStatus.BREACHED and targets.resolve_within:
        breached["resolved"] = targets.resolve_within
    return breached
