"""Entities of Port's catalog: their endpoints, and writing what a run leads to.

https://docs.port.io/api-reference/create-multiple-entities
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from pydantic import Field

from pd_incident_action.errors import ApiError, ApiRejected, ApiResponseTooLarge
from pd_incident_action.http.api_model import ApiModel, Members, Text, WholeNumber
from pd_incident_action.http.client import find
from pd_incident_action.http.messages import (
    ApiRequest,
    ApiResponse,
    build_path,
    cut,
    is_list,
    is_object,
)
from pd_incident_action.models import Entity

from .client import PortClient, explain, is_node_run
from .mapping import (
    Blueprint,
    FindEmail,
    conform_to_blueprint,
    documented_blueprint,
    unknown_email,
)

BULK_ENTITIES = 20
_NOT_KNOWN = (
    "The catalog has no entity '{}', and none was written: without pagerduty-token nothing shows "
    "that PagerDuty knows that dedup key."
)
# Of what Port says of each of several entities, and of an identifier.
_MAX_WORDS = 500
_ENTITIES_PER_PAGE = 200
# Too large together, or something in one of them that makes Port refuse all.
_SPOILED = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY})
# A relation to an entity that doesn't exist, or that the blueprint doesn't take.
_REFUSED_RELATION = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})


class CatalogEntity(ApiModel):
    """An entity as it is in the catalog."""

    identifier: Text = ""
    title: Text = ""
    team: Any = None
    properties: Members[Any] = Field(default_factory=dict)
    relations: Members[Any] = Field(default_factory=dict)


class BulkError(ApiModel):
    """Why one of several entities was refused."""

    identifier: Text = ""
    status: WholeNumber = Field(default=None, alias="statusCode")
    error: Text = ""
    message: Text = ""


class PortEntities:
    """The entities of one blueprint, tied to the run that writes them. Methods raise `ApiError`."""

    def __init__(
        self,
        send: Callable[[ApiRequest], ApiResponse],
        blueprint: str,
        *,
        create_missing: bool = False,
        run_id: str = "",
    ) -> None:
        self._send = send
        self._blueprint = blueprint
        self._path = build_path("v1", "blueprints", blueprint, "entities")
        self._upsert: dict[str, str | list[str]] = {"upsert": "true", "merge": "true"}
        if create_missing:
            self._upsert["create_missing_related_entities"] = "true"
        # A workflow's node run can't have any.
        if run_id and not is_node_run(run_id):
            self._upsert["run_id"] = run_id

    def upsert(self, entity: Entity, *, validate_only: bool = False) -> None:
        """POST /v1/blueprints/{blueprint}/entities: create an entity or merge into it."""
        verb = "accept" if validate_only else "write"
        request = ApiRequest(
            "POST",
            self._path,
            f"{verb} entity '{entity.identifier}'",
            params={**self._upsert, **({"validation_only": "true"} if validate_only else {})},
            json=entity.as_json(),
            read_only=validate_only,
        )
        self._send(request)

    def upsert_all(self, entities: Sequence[Entity]) -> dict[str, ApiRejected]:
        """POST /v1/blueprints/{blueprint}/entities/bulk: create several or merge into them.

        Those that Port refuses together are written one by one.

        Returns:
            Why Port didn't take some of them, by identifier.
        """
        action = f"write {len(entities)} entities of blueprint '{self._blueprint}'"
        body = {"entities": [entity.as_json() for entity in entities]}
        request = ApiRequest("POST", f"{self._path}/bulk", action, params=self._upsert, json=body)
        try:
            answer = self._send(request).body
        except ApiRejected as error:
            if error.status not in _SPOILED:
                raise
            if len(entities) == 1:
                return {entities[0].identifier: error}
            alone = (self.upsert_all([entity]) for entity in entities)
            return {name: refusal for refusals in alone for name, refusal in refusals.items()}
        errors = answer.get("errors") if isinstance(answer, dict) else None
        return {error.identifier: _refusal(error) for error in BulkError.read_all(errors)}

    def get(self, identifier: str) -> CatalogEntity | None:
        """GET /v1/blueprints/{blueprint}/entities/{identifier}: read an entity, if it exists."""
        path = f"{self._path}{build_path(identifier)}"
        request = ApiRequest(
            "GET", path, f"show entity '{identifier}'", envelope="entity", check=is_object
        )
        return find(lambda: CatalogEntity.read(self._send(request).body["entity"]))

    def search(self, rules: Sequence[Mapping[str, Any]]) -> Iterator[CatalogEntity]:
        """POST /v1/blueprints/{blueprint}/entities/search: find entities.

        https://docs.port.io/search-and-query/
        """
        query = {"combinator": "and", "rules": [*rules]}
        body: dict[str, Any] = {"query": query, "limit": _ENTITIES_PER_PAGE}
        action = f"find entities of blueprint '{self._blueprint}'"
        path = f"{self._path}/search"
        while body:
            request = ApiRequest(
                "POST",
                path,
                action,
                json=body,
                envelope="entities",
                check=is_list,
                read_only=True,
            )
            try:
                page = self._send(request).body
            except ApiResponseTooLarge:
                if body["limit"] == 1:
                    raise
                body = {**body, "limit": body["limit"] // 2}
                continue
            yield from CatalogEntity.read_all(page["entities"])
            body = {**body, "from": page["next"]} if page.get("next") else {}

    def delete(self, identifier: str) -> None:
        """DELETE /v1/blueprints/{blueprint}/entities/{identifier}: delete it if it exists."""
        path = f"{self._path}{build_path(identifier)}"
        params: dict[str, str | list[str]] = {"delete_dependents": "false"}
        request = ApiRequest("DELETE", path, f"delete entity '{identifier}'", params=params)
        find(lambda: self._send(request))


def _refusal(error: BulkError) -> ApiRejected:
    status = error.status or 0
    problem = explain(status, {}, {"message": error.message, "error": error.error or None})
    code = f", code {problem.code}" if problem.code else ""
    entity, words = cut(error.identifier, _MAX_WORDS), cut(problem.message, _MAX_WORDS)
    what = f"Port failed to write entity '{entity}': it answered {status}{code} \"{words}\""
    return ApiRejected(what, problem.cause, problem.remedy, service="Port", status=status)


class EntityWriter:
    """Writes entities of one blueprint in the blueprint's shape.

    Attributes:
        problems: why Port refused entities.
        notices: what the user may want to know although nothing is wrong.
    """

    def __init__(self, blueprint: str) -> None:
        self.entities: tuple[Entity, ...] = ()
        self.find_email: FindEmail = unknown_email
        self.problems: list[ApiError] = []
        self.notices: list[str] = []
        self._blueprint_id = blueprint
        self._blueprint: Blueprint | None = None
        self._written: dict[str, Entity] = {}
        self._refused: set[str] = set()
        self._deleted = {""}

    @property
    def written(self) -> tuple[Entity, ...]:
        """The entities as Port has them."""
        return tuple(self._written.values())

    @property
    def unwritten(self) -> tuple[Entity, ...]:
        """The entities that Port doesn't have."""
        return tuple(one for one in self.entities if one.identifier not in self._written)

    def read_blueprint(self, port: PortClient) -> None:
        """Read the shape that entities must have, unless it is known; raises `ApiError`."""
        if self._blueprint is None and self._blueprint_id:
            self._blueprint = port.blueprint(self._blueprint_id)

    def write(self, port: PortClient, run_id: str) -> None:
        """Write what Port neither has nor refused, tie it to a run, and delete what it replaces."""
        if not self.entities:
            return
        waiting = [one for one in self.unwritten if one.identifier not in self._refused]
        endpoint = PortEntities(
            port.send, self._blueprint_id, create_missing=port.create_missing, run_id=run_id
        )
        for start in range(0, len(waiting), BULK_ENTITIES):
            batch = waiting[start : start + BULK_ENTITIES]
            for entity in self._write_together(endpoint, batch) if len(waiting) > 1 else batch:
                self._write_alone(endpoint, entity)
        for replaced in {one.replaces for one in self.written} - self._deleted:
            self._delete_alert(endpoint, replaced)
            self._deleted.add(replaced)

    def _write_together(self, endpoint: PortEntities, batch: Sequence[Entity]) -> list[Entity]:
        """Write several; return those that Port refused."""
        conformed = [self._conform(entity) for entity in batch]
        refusals = endpoint.upsert_all(conformed)
        self._written |= {o.identifier: o for o in conformed if o.identifier not in refusals}
        return [entity for entity in batch if entity.identifier in refusals]

    def _write_alone(self, endpoint: PortEntities, entity: Entity) -> None:
        if entity.is_update and endpoint.get(entity.identifier) is None:
            self.entities = tuple(one for one in self.entities if one is not entity)
            self.notices.append(_NOT_KNOWN.format(entity.identifier))
            return
        try:
            self._written[entity.identifier] = self._upsert(endpoint, self._conform(entity))
        except ApiRejected as error:
            if error.status == HTTPStatus.UNAUTHORIZED:
                raise
            self._refused.add(entity.identifier)
            self.problems.append(error)

    def _delete_alert(self, endpoint: PortEntities, identifier: str) -> None:
        """Delete an alert's entity; one that has a URL is something else's."""
        found = endpoint.get(identifier)
        if found is not None and not found.properties.get("url"):
            endpoint.delete(identifier)

    def _upsert(self, endpoint: PortEntities, entity: Entity) -> Entity:
        """Write an entity, without relations that Port refuses; return what was written."""
        try:
            endpoint.upsert(entity)
        except ApiRejected as error:
            if not entity.relations or error.status not in _REFUSED_RELATION:
                raise
            # An incident without its service is worth more than no incident at all.
            own = {n: one for n, one in entity.relations.items() if n not in entity.optional}
            fewer = own if len(own) < len(entity.relations) else {}
            entity = self._upsert(endpoint, replace(entity, relations=fewer))
            self.problems.append(error)
        return entity

    def _conform(self, entity: Entity) -> Entity:
        blueprint = self._blueprint or documented_blueprint()
        conformed = conform_to_blueprint(entity, blueprint, self.find_email)
        self.notices += [text for text in conformed.notices if text not in self.notices]
        return conformed.entity
