"""A note for the responders of a new incident: what is known around it.

https://developer.pagerduty.com/api-reference/ under Incidents, Create a note on an incident.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from pd_incident_action.errors import ActionError
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incident_context import Insight
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.port.client import PortClient
from pd_incident_action.port.entities import PortEntities
from pd_incident_action.port.models import CatalogEntity
from pd_incident_action.text import shorten

if TYPE_CHECKING:
    from pd_incident_action.models import Incident, Outcome
    from pd_incident_action.operations.base import OperationContext

_SECONDS_TO_READ = 5.0
_SECONDS_TO_WRITE = 5.0
_MOST_CHANGES = _MOST_PAST = 5
_MOST_CHARACTERS = 10_000
_ABOUT_PEOPLE = re.compile(r"owner|team|on_?-?call|lead|contact|slack|channel|mail", re.IGNORECASE)
_WEB = re.compile(r"https?://\S+")
Json = Mapping[str, Any]


class Clicked(Protocol):
    """What the Port action was run on."""

    @property
    def entity(self) -> str | None:
        """The entity's identifier."""

    @property
    def context_blueprint(self) -> str | None:
        """The blueprint of that entity."""


@dataclass(frozen=True)
class Source:
    """Where a part of the note comes from.

    Attributes:
        heading: the part's heading.
        read: gives its lines; raises `ActionError`.
    """

    heading: str
    read: Callable[[], Sequence[str]]


def add_context_note(request: Clicked, outcome: Outcome, tools: OperationContext) -> Outcome:
    """Write a note on each incident that this run opened.

    Args:
        request: what the Port action was run on.
        outcome: the incidents; those that were there already have their note.
        tools: PagerDuty's REST API, and Port's, as far as there are credentials.

    Returns:
        The outcome, with a line for what the note lacks, or a warning if it couldn't be written.
    """
    known = [incident for incident in outcome.incidents if incident.number]
    if not outcome.created or not known or tools.find(PagerDuty) is None:
        return outcome
    reading = tools.pagerduty.with_timeout(min(_SECONDS_TO_READ, tools.deadline.remaining() / 4))
    shared = list(_of_port(request, tools))
    lines: list[str] = []
    warnings: list[str] = []
    for incident in known:
        parts, missing = _gather([*shared, *_of_pagerduty(reading, incident)])
        lines += [f"The note on incident {incident.name} {text}" for text in missing]
        warnings += _write(tools, incident, compose(parts, tools.identity.url))
    return replace(
        outcome,
        lines=(*outcome.lines, *lines),
        warnings=(*outcome.warnings, *warnings),
    )


def compose(parts: Mapping[str, Sequence[str]], run_url: str) -> str:
    """Put a note together.

    Args:
        parts: lines by heading; those without lines are left out.
        run_url: the workflow run's page, or empty.

    Returns:
        The note's text; empty if there is nothing to say.
    """
    whole = {"Workflow run": [run_url] if run_url else [], **parts}
    blocks = ["\n".join([heading, *lines]) for heading, lines in whole.items() if lines]
    return shorten("\n\n".join(blocks), _MOST_CHARACTERS)


def describe_entity(entity: CatalogEntity) -> list[str]:
    """Say what Port knows of an entity: whose it is, where to look, what it belongs to.

    Args:
        entity: as Port shows it.

    Returns:
        A line for each fact, the entity itself first.
    """
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


def describe_change(change: Json) -> str:
    """Say in a line what was changed, when, and where to read on."""
    links = (str(link.get("href") or "") for link in change.get("links") or [])
    facts = (change.get("timestamp"), change.get("summary"), next(links, ""))
    return " ".join(str(fact) for fact in facts if fact)


def describe_past(past: Json, incident: Incident) -> str:
    """Say in a line what happened before, when, and where to read on.

    Args:
        past: the earlier incident in PagerDuty's short form.
        incident: the new one, whose web page tells where incidents' pages are.

    Returns:
        The line.
    """
    folder, _, _ = incident.url.rpartition("/")
    url = f"{folder}/{past.get('id')}" if folder and past.get("id") else ""
    return " ".join(str(fact) for fact in (past.get("created_at"), past.get("title"), url) if fact)


def _of_port(request: Clicked, tools: OperationContext) -> Iterator[Source]:
    blueprint, identifier = request.context_blueprint, request.entity
    if tools.find(PortClient) is None or not blueprint or not identifier:
        return
    port = tools.port.with_timeout(min(_SECONDS_TO_READ, tools.deadline.remaining() / 4))
    entities = PortEntities(port.send, blueprint)

    def read() -> Sequence[str]:
        entity = entities.get(identifier)
        return describe_entity(entity) if entity else []

    yield Source("In Port's catalog", read)


def _of_pagerduty(pagerduty: PagerDuty, incident: Incident) -> Iterator[Source]:
    insight = Insight(pagerduty)

    def changes() -> Sequence[str]:
        return [describe_change(c) for c in insight.related_changes(incident.id, _MOST_CHANGES)]

    def past() -> Sequence[str]:
        found = insight.past_incidents(incident.id, _MOST_PAST)
        return [describe_past(one.get("incident") or {}, incident) for one in found]

    yield Source("Last changes", changes)
    yield Source("Similar incidents before", past)


def _gather(sources: Sequence[Source]) -> tuple[dict[str, Sequence[str]], list[str]]:
    """Read all sources at once; give their lines, and what is missing because one failed."""
    results = map_concurrently(lambda source: source.read(), sources)
    parts: dict[str, Sequence[str]] = {}
    missing = []
    for source, result in zip(sources, results, strict=True):
        if isinstance(result, ActionError):
            missing.append(f"leaves out '{source.heading}': {result}")
        else:
            parts[source.heading] = result
    return parts, missing


def _write(tools: OperationContext, incident: Incident, text: str) -> list[str]:
    """Write the note; give a warning where that didn't work."""
    if not text:
        return []
    try:
        seconds = min(_SECONDS_TO_WRITE, tools.deadline.remaining() / 2)
        Incidents(tools.pagerduty.with_timeout(seconds)).add_note(incident.id, text)
    except ActionError as error:
        return [f"The page is out, but incident {incident.name} has no note: {error}"]
    return []


def _plain(value: object) -> str:
    """Write a value as text; empty for what is none."""
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
