"""Port's entities, many at a time: written in bulk, searched, deleted.

https://docs.port.io/api-reference/create-multiple-entities
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.messages import ApiRequest, ApiResponse, build_path

from .client import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pd_incident_action.models import Entity

_FOUND_AT_ONCE = 200
_NOT_FOUND = 404
_UPSERT: Mapping[str, str | list[str]] = {
    "upsert": "true",
    "merge": "true",
    # An incident of a service that isn't in the catalog yet brings it along.
    "create_missing_related_entities": "true",
}


@dataclass(frozen=True)
class BulkResult:
    """What became of entities that were written together.

    Attributes:
        written: how many Port took.
        refusals: why it didn't take the others.
    """

    written: int
    refusals: tuple[ApiRejected, ...] = ()


class PortEntities:
    """The entities of one blueprint.

    Args:
        send: sends a request to Port's API.
        blueprint: the blueprint's identifier.
    """

    def __init__(self, send: Callable[[ApiRequest], ApiResponse], blueprint: str) -> None:
        self._send = send
        self._blueprint = blueprint

    def upsert(self, entities: Sequence[Entity]) -> BulkResult:
        """POST /v1/blueprints/{blueprint}/entities/bulk: create entities or merge into them.

        Args:
            entities: at most `BULK_ENTITIES`.

        Returns:
            How many Port took, and why not the others.

        Raises:
            ApiError: Port refused all of them or wasn't reached.
        """
        action = f"write {len(entities)} entities of blueprint '{self._blueprint}'"
        body = {"entities": [entity.as_json() for entity in entities]}
        call = ApiRequest("POST", self._path("bulk"), action, params=_UPSERT, json=body)
        answer = self._send(call).body
        errors = (answer.get("errors") if isinstance(answer, dict) else None) or []
        refusals = tuple(_refusal(error) for error in errors)
        return BulkResult(len(entities) - len(refusals), refusals)

    def search(self, rules: Sequence[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        """POST /v1/blueprints/{blueprint}/entities/search: find entities, page by page.

        https://docs.port.io/search-and-query/

        Args:
            rules: all of which have to fit.

        Yields:
            Pages of entities.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        body: dict[str, Any] = {
            "query": {"combinator": "and", "rules": [*rules]},
            "limit": _FOUND_AT_ONCE,
        }
        action = f"find entities of blueprint '{self._blueprint}'"
        while body:
            path = self._path("search")
            call = ApiRequest("POST", path, action, json=body, envelope="entities", read_only=True)
            answer = self._send(call).body
            yield answer["entities"]
            following = answer.get("next")
            body = {**body, "from": following} if following else {}

    def delete(self, identifier: str) -> None:
        """DELETE /v1/blueprints/{blueprint}/entities/{identifier}: delete an entity.

        Args:
            identifier: its identifier; one that isn't there counts as deleted.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        params: dict[str, str | list[str]] = {"delete_dependents": "false"}
        action = f"delete entity '{identifier}'"
        try:
            self._send(ApiRequest("DELETE", self._path(identifier), action, params=params))
        except ApiRejected as error:
            if error.status != _NOT_FOUND:
                raise

    def _path(self, last: str) -> str:
        return build_path("v1", "blueprints", self._blueprint, "entities", last)


def _refusal(error: Mapping[str, Any]) -> ApiRejected:
    """Make an error of what Port says about one of several entities."""
    status = int(error.get("statusCode") or 0)
    problem = explain(status, {}, error)
    what = (
        f"Port did not write entity '{error.get('identifier')}': it answered {status}, "
        f'code {problem.code} "{problem.message}"'
    )
    return ApiRejected(what, problem.cause, problem.remedy, service="Port", status=status)
