"""A dry run's report: the requests that a real run would send, and what would change in Port."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pd_incident_action.errors import ApiError
from pd_incident_action.http.dry_run import NEW_ID, DryRun, PlannedRequest
from pd_incident_action.models import Entity, Outcome
from pd_incident_action.port.client import PortClient
from pd_incident_action.port.entities import CatalogEntity, PortEntities
from pd_incident_action.port.mapping import (
    Conformed,
    FindEmail,
    conform_to_blueprint,
    documented_blueprint,
    unknown_email,
)
from pd_incident_action.text import Json, counted, escape_html, escape_markdown

from . import summary
from .call_trace import redact_credentials
from .outputs import DESCRIPTIONS, to_json

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext

    from .publish import RunContext


class EntityChange(NamedTuple):
    """What would become of an entity.

    Attributes:
        changes: old and new value by the name of the property or relation; None if Port wouldn't
            take it.
        problem: why Port wouldn't take it, or only in part; or empty.
    """

    entity: Entity
    is_new: bool = False
    changes: Mapping[str, tuple[Any, Any]] | None = None
    problem: str = ""

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """The changes as texts."""
        changes = (self.changes or {}).items()
        return [(name, _text(old), _text(new)) for name, (old, new) in changes]


class DryRunReporter:
    """Reports what the clients of a dry run have recorded."""

    def __init__(self) -> None:
        self.recorded = DryRun()

    def publish(self, outcome: Outcome, operation: OperationContext, run: RunContext) -> int:
        """Publish what a real run would do.

        Returns:
            The exit code: 1 if a real run would fail, as far as is known.
        """
        runner, requests = run.runner, self.recorded.planned
        entities = tuple(map(operation.redact, run.entities(outcome)))
        port = operation.find(PortClient)
        changes = find_changes(port, entities, operation.find_email) if port else ()
        for request in requests:
            title, body = _title_and_body(request)
            runner.group(title, [body])
        for change in changes:
            runner.info(_describe(change))
        runner.notice("Dry run", _sentence(requests, outcome))
        plan, shortened = to_json("plan", _as_json(requests, changes))
        for text in (*outcome.warnings, *(one.problem for one in changes), shortened):
            if text:
                runner.warning("Dry run, with a warning", text)
        for failure in outcome.failures:
            runner.error(failure.title, str(failure))
        runner.outputs(dict.fromkeys(DESCRIPTIONS, "") | {"plan": plan})
        runner.summary(render(requests, changes, outcome))
        return 1 if outcome.failures else 0


def render(
    requests: Sequence[PlannedRequest], changes: Sequence[EntityChange], outcome: Outcome
) -> str:
    """Render the job summary."""
    blocks = [
        "### Dry run",
        escape_markdown(_sentence(requests, outcome)),
        *(summary.details(*_title_and_body(one)) for one in requests),
        *map(_render_change, changes),
        *map(summary.titled_table, outcome.tables),
        *summary.warnings(outcome.warnings),
        *summary.errors(outcome.failures),
    ]
    return summary.join_blocks(blocks)


def _sentence(requests: Sequence[PlannedRequest], outcome: Outcome) -> str:
    number = counted(len(requests), "change") if requests else "no changes"
    would = f"A real run would make {number} and report: {outcome.headline}"
    return f"Dry run: nothing was sent. {would}"


def _as_json(requests: Sequence[PlannedRequest], changes: Sequence[EntityChange]) -> Json:
    return {
        "requests": [
            {
                "api": one.service,
                "method": one.method,
                "url": one.url,
                "body": redact_credentials(one.body),
            }
            for one in requests
        ],
        "entities": [
            {"blueprint": one.entity.blueprint, **one.entity.as_json(), "new": one.is_new}
            for one in changes
        ],
    }


def _title_and_body(request: PlannedRequest) -> tuple[str, str]:
    title = f"Would send: {request.service}: {request.method} {request.url}"
    return title, json.dumps(redact_credentials(request.body), indent=2, ensure_ascii=False)


def _describe(change: EntityChange) -> str:
    name = f"Entity {change.entity.identifier} ({change.entity.blueprint})"
    if change.entity.identifier.startswith(NEW_ID):
        name = f"A new entity ({change.entity.blueprint})"
    if change.changes is None:
        return f"{name} would be refused by Port: {change.problem}"
    if not change.changes:
        return f"{name} would not change"
    verb = "be created" if change.is_new else "change"
    values = ", ".join(f"{field}: {old} → {new}" for field, old, new in change.rows)
    return f"{name} would {verb}: {values}"


def _render_change(change: EntityChange) -> str:
    if change.changes is None:
        return "".join(summary.warnings([_describe(change)]))
    state = "New" if change.is_new else "Changed" if change.changes else "Unchanged"
    identifier = change.entity.identifier
    name = "" if identifier.startswith(NEW_ID) else f": {escape_markdown(identifier)}"
    rows = [list(map(escape_html, row)) for row in change.rows]
    table = summary.html_table(("Property", "Now", "Then"), rows) if rows else ""
    return f"#### {state} entity in Port{name}\n\n{table}".rstrip()


def _text(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def find_changes(
    port: PortClient, entities: Sequence[Entity], find_email: FindEmail = unknown_email
) -> tuple[EntityChange, ...]:
    """Find out what writing entities of one blueprint would change.

    Returns:
        For each entity what would change; problems with Port are part of it, since they wouldn't
        prevent a page.
    """
    if not entities:
        return ()
    try:
        blueprint = port.blueprint(entities[0].blueprint)
    except ApiError as error:
        conformed = [conform_to_blueprint(one, documented_blueprint()).entity for one in entities]
        return tuple(EntityChange(entity, problem=str(error)) for entity in conformed)
    endpoint = PortEntities(port.send, entities[0].blueprint, create_missing=port.create_missing)
    changes = (
        _find_change(endpoint, conform_to_blueprint(entity, blueprint, find_email))
        for entity in entities
    )
    return tuple(one for one in changes if not (one.is_new and one.entity.is_update))


def _find_change(endpoint: PortEntities, conforming: Conformed) -> EntityChange:
    conformed, problem = conforming.entity, " ".join(conforming.notices)
    try:
        endpoint.upsert(conformed, validate_only=True)
        current = endpoint.get(conformed.identifier)
    except ApiError as error:
        return EntityChange(conformed, problem=str(error))
    changes = _difference(current or CatalogEntity(), conformed)
    return EntityChange(conformed, current is None, changes, problem)


def _difference(current: CatalogEntity, entity: Entity) -> dict[str, tuple[Any, Any]]:
    after = {"title": entity.title, **entity.properties, **entity.relations}
    before = {"title": current.title or None, **current.properties, **current.relations}
    return {
        name: (before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value
    }
