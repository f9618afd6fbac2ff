"""Open incidents that are past a target, and how that is said and noted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pd_incident_action.inputs.intervals import humanize
from pd_incident_action.pagerduty.create_or_find import create_or_find
from pd_incident_action.pagerduty.incident_history import History
from pd_incident_action.pagerduty.incidents import Incidents

from .fetch import first_acknowledgements_of
from .lifecycle import Timeline, timeline_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pd_incident_action.config.model import Config
    from pd_incident_action.pagerduty.client import Json, PagerDuty

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class SlaBreach:
    """An open incident that is past its targets.

    Attributes:
        timeline: what became of it so far.
        missed: the targets, by what should have been done: ``acknowledged`` or ``resolved``.
        age: how long ago it was opened.
    """

    timeline: Timeline
    missed: dict[str, timedelta]
    age: timedelta

    @property
    def humanize(self) -> str:
        """Say how it stands, and which targets it is past."""
        incident, severity = self.timeline.incident, self.timeline.targets.severity
        wanted = " and ".join(f"{done} within {humanize(t)}" for done, t in self.missed.items())
        on = f" on {incident.service}" if incident.service else ""
        return (
            f"{incident.name}{on} is {incident.status} {humanize(_rounded(self.age))} after it "
            f"began; {severity} wants it {wanted}"
        )

    def notes(self) -> list[str]:
        """Write a note for each target; the same target gives the same note."""
        severity = self.timeline.targets.severity
        return [
            f"Target of {severity} missed: not {done} within {humanize(target)}."
            for done, target in self.missed.items()
        ]


def find_overdue(
    history: History, incidents: Iterable[Json], config: Config, now: datetime
) -> list[SlaBreach]:
    """Find the open incidents that are past a target.

    Args:
        history: PagerDuty's logs: an incident may have been acknowledged, and be triggered again.
        incidents: open ones.
        config: the configuration file, for the targets.
        now: the present.

    Returns:
        Those that nobody acknowledged in time and still nobody has, or that are to be resolved by
        now; in the order given.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    courses = [one for json in incidents if (one := timeline_of(json, None, config))]
    unanswered = [one.incident.id for one in courses if "acknowledged" in _missed(one, now)]
    first = first_acknowledgements_of(history, unanswered)
    courses = [
        replace(one, acknowledged=one.acknowledged or first.get(one.incident.id)) for one in courses
    ]
    found = [SlaBreach(one, _missed(one, now), one.age(now)) for one in courses]
    return [one for one in found if one.missed]


def note_overdue(pagerduty: PagerDuty, overdue: SlaBreach) -> int:
    """Note on an incident which targets it is past, each target once in its life.

    Args:
        pagerduty: PagerDuty's REST API, on behalf of a user.
        overdue: the incident.

    Returns:
        How many notes were written.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    identifier = overdue.timeline.incident.id
    there = _contents(pagerduty, identifier)
    wanted = [text for text in overdue.notes() if text not in there]
    for text in wanted:
        create_or_find(
            partial(Incidents(pagerduty).add_note, identifier, text),
            partial(_find_note, pagerduty, identifier, text),
        )
    return len(wanted)


def _rounded(age: timedelta) -> timedelta:
    """Leave seconds out where there are minutes."""
    return age - age % _MINUTE if age >= _MINUTE else age


def _missed(one: Timeline, now: datetime) -> dict[str, timedelta]:
    targets, missed = one.targets, {}
    answered = one.acknowledged is not None
    if targets.acknowledge_within and not answered and one.acknowledge_verdict(now) == "missed":
        missed["acknowledged"] = targets.acknowledge_within
    if targets.resolve_within and one.resolve_verdict(now) == "missed":
        missed["resolved"] = targets.resolve_within
    return missed


def _contents(pagerduty: PagerDuty, incident_id: str) -> set[str]:
    notes = History(pagerduty).notes(incident_id)
    return {str(note.get("content") or "").strip() for note in notes}


def _find_note(pagerduty: PagerDuty, incident_id: str, text: str) -> Json | None:
    return {"content": text} if text in _contents(pagerduty, incident_id) else None
