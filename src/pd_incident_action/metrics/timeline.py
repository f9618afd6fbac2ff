"""What happened to an incident, in order, and whom it paged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pd_incident_action.inputs.intervals import parse_iso
from pd_incident_action.pagerduty.models import LogEntry
from pd_incident_action.text import shorten

_MAX_NOTE = 300
_ANSWERS = {"acknowledge", "resolve"}
_TO = {
    "assign": "Assigned to",
    "escalate": "Escalated to",
    "delegate": "Handed over to",
    "notify": "Notified",
}
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


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of an incident's log.

    Attributes:
        kind: the entry's type, such as ``acknowledge`` or ``escalate``.
        people: names of those who were given the incident or notified, else of who did it.
        note: the text of a note.
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
        answered_at: when anybody acknowledged or resolved it afterwards.
    """

    person: str
    level: int
    at: datetime
    answered_at: datetime | None

    @property
    def took(self) -> timedelta | None:
        """How long the answer took, or None."""
        return None if self.answered_at is None else self.answered_at - self.at


def read_events(log: Iterable[LogEntry]) -> tuple[Event, ...]:
    """Return the events of a log in PagerDuty's order, oldest first."""
    return oldest_first(filter(None, map(read_event, log)))


def oldest_first(events: Iterable[Event]) -> tuple[Event, ...]:
    """Sort events that come newest first, as PagerDuty lists them; windows may overlap."""
    unique = reversed(dict.fromkeys(events))
    return tuple(sorted(unique, key=lambda one: one.at))


def pages_of(events: Sequence[Event]) -> list[PersonPage]:
    """List whom an incident was given to, once for each level and round of its escalation."""
    level, round_, found = 1, 1, dict[tuple[str, int, int], PersonPage]()
    for event in events:
        if event.kind == "repeat_escalation_path":
            level, round_ = 0, round_ + 1
        level = 1 if event.kind == "delegate" else level + (event.kind == "escalate")
        for person in event.people if event.kind in {"assign", "escalate", "delegate"} else ():
            answers = (one.at for one in events if one.kind in _ANSWERS and one.at >= event.at)
            page = PersonPage(person, max(level, 1), event.at, min(answers, default=None))
            found.setdefault((person, page.level, round_), page)
    return list(found.values())


def anonymize(timelines: Iterable[Sequence[Event]]) -> list[tuple[Event, ...]]:
    """Return timelines in which people have numbers for names, and notes no text."""
    numbers: dict[str, str] = {}
    return [
        tuple(
            replace(
                event,
                people=tuple(
                    numbers.setdefault(name, f"Person {len(numbers) + 1}") for name in event.people
                ),
                note="",
            )
            for event in timeline
        )
        for timeline in timelines
    ]


def read_event(entry: LogEntry) -> Event | None:
    """Read an entry of a log; None if PagerDuty doesn't say when it was."""
    at = parse_iso(entry.created_at)
    if at is None:
        return None
    kind = entry.type.removesuffix("_log_entry")
    users = entry.assignees if kind in _TO else ()
    if kind == "notify":
        users = (entry.user,)
    elif kind not in _TO and entry.agent.type.startswith("user"):
        users = (entry.agent,)
    note = shorten(" ".join(entry.note.split()), _MAX_NOTE) if kind == "annotate" else ""
    return Event(at, kind, tuple(filter(None, (one.label or one.id for one in users))), note)
