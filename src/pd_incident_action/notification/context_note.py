"""A note for the responders of a new incident: what is known around it.

https://developer.pagerduty.com/api-reference/ under Incidents, Create a note on an incident.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pd_incident_action.errors import ActionError
from pd_incident_action.http.client import map_concurrently
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.idempotency import write_note
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import ChangeEvent, PagerDutyIncident
from pd_incident_action.port.client import PortClient
from pd_incident_action.port.entities import CatalogEntity, PortEntities
from pd_incident_action.text import shorten

_MAX_SECONDS = 5.0
_MAX_CHANGES = _MAX_PAST_INCIDENTS = 5
_MAX_CHARACTERS = 10_000
_ABOUT_PEOPLE = re.compile(r"owner|team|on_?-?call|lead|contact|slack|channel|mail", re.IGNORECASE)
_WEB = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class ContextNote:
    """Writes a note on each incident that this run opened."""

    pagerduty: PagerDuty
    port: PortClient | None
    run_url: str = ""
    blueprint: str = ""
    entity: str = ""

    def add_to(self, outcome: Outcome) -> Outcome:
        """Write the notes; incidents that were open already have theirs.

        Returns:
            The outcome, with a line for what a note lacks, and a warning if it couldn't be written.
        """
        lines: list[str] = []
        warnings: list[str] = []
        # Of an alert whose incident isn't known PagerDuty shows nothing.
        for incident in outcome.opened:
            if incident.raw:
                parts, missing = self._gather(incident)
                lines += [f"The note on incident {incident.name} {text}" for text in missing]
                warnings += self._write(incident, compose(parts))
        return outcome.adding(log_lines=lines, warnings=warnings)

    def _gather(self, incident: Incident) -> tuple[dict[str, list[str]], list[str]]:
        """Read all sources at once; return their lines, and what is missing as one failed."""
        pagerduty = self.pagerduty.with_timeout(_MAX_SECONDS, share=0.25)
        incidents = Incidents(pagerduty)
        sources: dict[str, Callable[[], Iterable[str]]] = {
            "Workflow run": lambda: [self.run_url] if self.run_url else [],
            "Port entity": lambda: self._describe_entity(pagerduty.deadline.remaining()),
            "Recent changes": lambda: map(
                describe_change, incidents.related_changes(incident.id, _MAX_CHANGES)
            ),
            "Similar past incidents": lambda: [
                describe_past(one, incident)
                for one in incidents.past_incidents(incident.id, _MAX_PAST_INCIDENTS)
            ],
        }
        results = map_concurrently(lambda read: [*read()], list(sources.values()))
        found = dict(zip(sources, results, strict=True))
        parts = {name: lines for name, lines in found.items() if isinstance(lines, list)}
        missing = {name: error for name, error in found.items() if isinstance(error, ActionError)}
        return parts, [f"leaves out '{name}': {error}" for name, error in missing.items()]

    def _describe_entity(self, seconds: float) -> list[str]:
        if self.port is None or not self.blueprint or not self.entity:
            return []
        port = self.port.with_timeout(seconds)
        found = PortEntities(port.send, self.blueprint).get(self.entity)
        return describe_entity(found) if found else []

    def _write(self, incident: Incident, text: str) -> list[str]:
        """Write a note, unless it is empty; return a warning if that failed."""
        try:
            if text:
                write_note(self.pagerduty.with_timeout(_MAX_SECONDS), incident.id, text)
        except ActionError as error:
            return [f"Incident {incident.name} is open, but may lack its note: {error}"]
        return []


def compose(parts: Mapping[str, list[str]]) -> str:
    """Compose a note from lines by heading; it is empty if there are none."""
    blocks = ["\n".join([heading, *lines]) for heading, lines in parts.items() if lines]
    return shorten("\n\n".join(blocks), _MAX_CHARACTERS)


def describe_entity(entity: CatalogEntity) -> list[str]:
    """List what Port knows of an entity: itself, who owns it, links, and what it belongs to."""
    name, identifier = entity.title, entity.identifier
    lines = [f"{name} ({identifier})" if name and name != identifier else identifier]
    facts = [("team", entity.team), *entity.properties.items()]
    for key, value in facts:
        if _ABOUT_PEOPLE.search(key) and not _WEB.search(str(value)) and (text := _plain(value)):
            lines.append(f"{key}: {text}")
    for key, value in entity.properties.items():
        lines += [f"{key}: {url}" for url in _links(value)]
    relations = entity.relations.items()
    return lines + [f"{key}: {text}" for key, value in relations if (text := _plain(value))]


def describe_change(change: ChangeEvent) -> str:
    """Describe in a line what was changed, when, and where to read on."""
    return " ".join(filter(None, (change.timestamp, change.summary, change.link)))


def describe_past(past: PagerDutyIncident, incident: Incident) -> str:
    """Describe an earlier incident in a line, whose link is like the new one's."""
    folder, _, _ = incident.url.rpartition("/")
    url = f"{folder}/{past.id}" if folder and past.id else ""
    return " ".join(filter(None, (past.created_at, past.title, url)))


def _plain(value: object) -> str:
    """Return a value as text; empty for anything but texts, numbers and lists of them."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_plain, value)))
    return str(value).strip() if isinstance(value, (str, int, float)) else ""


def _links(value: object) -> Iterator[str]:
    """Find the URLs in a property, whether it holds one, a list or an object of them."""
    if isinstance(value, str) and _WEB.fullmatch(value):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _links(member)
    elif isinstance(value, list):
        for member in value:
            yield from _links(member)
