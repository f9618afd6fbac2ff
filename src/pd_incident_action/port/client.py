"""Port's API: sign in, blueprints and entities.

https://docs.port.io/api-reference/port-api
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.messages import ApiRequest, ApiResponse, ErrorDetail, build_path

from .auth import BearerAuth, sign_in_call
from .regions import explain_refusal

if TYPE_CHECKING:
    from pd_incident_action.http.client import ApiClient
    from pd_incident_action.models import Entity

NODE_RUN_PREFIX = "wfnr_"
BULK_ENTITIES = 20
_UNAUTHORIZED = 401
_LONGEST_TURN = 0.3
_NOT_FOUND = 404
_INVALID = (
    "Port refused a value",
    "check the blueprint's properties and relations, and whether the run is still in progress",
)
_REMEDIES: dict[int, tuple[str, str]] = {
    400: _INVALID,
    401: (
        "Port does not know these credentials",
        "check port-client-id, port-client-secret and port-region (eu or us)",
    ),
    403: ("the credentials may not do this", "give them write access to the blueprint"),
    404: (
        "it does not exist in this Port account",
        "check the blueprint, port-run-id and port-region (eu or us)",
    ),
    409: ("the run has already ended", "nothing needs to be done"),
    413: ("the request is too large", "shorten details"),
    422: _INVALID,
    429: ("too many requests", "re-run the job in a minute or raise timeout"),
}
_OUTAGE = ("Port has trouble", "see status.port.io; the page is not affected")


def explain(status: int, headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain a refusal of Port's API.

    Args:
        status: HTTP status.
        headers: response headers; ``x-trace-id`` helps Port's support.
        body: parsed JSON, or the raw text.

    Returns:
        Port's words and error name, the likely cause, and what to change.
    """
    answer = body if isinstance(body, Mapping) else {}
    cause, remedy = _REMEDIES.get(status, _OUTAGE)
    trace = headers.get("x-trace-id")
    message = str(answer.get("message") or "")
    words = f"{message} (trace id {trace})" if trace else message
    return ErrorDetail(words, answer.get("error"), cause, remedy)


class Port:
    """Port's API.

    Args:
        client: sends the requests.
        auth: the client's authentication, which gets the access token.
        client_id: Port client id.
        client_secret: Port client secret.
        on_token: told each new access token, so that it can be hidden.
        elsewhere: gives the other region and Port's API there, to try refused credentials with.
        create_missing: whether entities that others relate to are made where they aren't there.
    """

    def __init__(  # noqa: PLR0913 - the credentials, and what they are used for
        self,
        client: ApiClient,
        auth: BearerAuth,
        client_id: str,
        client_secret: str,
        on_token: Callable[[str], None],
        *,
        elsewhere: Callable[[], tuple[str, Port]] | None = None,
        create_missing: bool = False,
    ) -> None:
        self._client = client
        self._auth = auth
        self._sign_in_call = sign_in_call(client_id, client_secret)
        self._on_token = on_token
        self._elsewhere = elsewhere
        self._create_missing = create_missing
        self._signing_in = threading.Lock()

    def with_timeout(self, seconds: float) -> Port:
        """Give the same API with less time for all that is asked of it together.

        Args:
            seconds: the time from now on, retries included.

        Returns:
            The API on the same connection; this one keeps its time.
        """
        other = copy(self)
        other._client = self._client.with_deadline(Deadline(seconds))  # noqa: SLF001 - a copy of this one
        return other

    def sign_in(self) -> None:
        """POST /v1/auth/access_token: get an access token.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        self._auth.token = ""
        try:
            token = str(self._client.send(self._sign_in_call).body["accessToken"])
        except ApiRejected as error:
            if error.status != _UNAUTHORIZED or self._elsewhere is None:
                raise
            region, there = self._elsewhere()
            raise explain_refusal(error, region, there.sign_in) from error
        self._on_token(token)
        self._auth.token = token

    def send(self, call: ApiRequest) -> ApiResponse:
        """Send a request, signing in first, and once more if the token is refused.

        Args:
            call: what to send.

        Returns:
            Port's answer.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        token = self._auth.token
        if not token:
            self._renew(token)
        try:
            return self._client.send(call)
        except ApiRejected as error:
            if error.status != _UNAUTHORIZED or not token:
                raise
            self._renew(token)
            return self._client.send(call)

    def _renew(self, token: str) -> None:
        """Sign in, unless another thread has done so since the token was looked at."""
        # Where the other hangs, this one doesn't: signing in twice gives the same token.
        is_alone = self._signing_in.acquire(timeout=_LONGEST_TURN)
        try:
            if self._auth.token == token:
                self.sign_in()
        finally:
            if is_alone:
                self._signing_in.release()

    def blueprint(self, identifier: str) -> Mapping[str, Any]:
        """GET /v1/blueprints/{identifier}: read a blueprint.

        Args:
            identifier: its identifier.

        Returns:
            The blueprint.

        Raises:
            ApiError: it doesn't exist, or Port wasn't reached.
        """
        call = ApiRequest(
            "GET",
            build_path("v1", "blueprints", identifier),
            f"show blueprint '{identifier}'",
            envelope="blueprint",
        )
        found: Mapping[str, Any] = self.send(call).body["blueprint"]
        return found

    def upsert(self, entity: Entity, run_id: str | None) -> None:
        """POST /v1/blueprints/{blueprint}/entities: create an entity or merge into it.

        Args:
            entity: what to write; properties that it doesn't name stay as they are.
            run_id: action run to tie it to, or None.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        path = build_path("v1", "blueprints", entity.blueprint, "entities")
        action = f"write entity '{entity.identifier}'"
        body = entity.as_json()
        self.send(ApiRequest("POST", path, action, params=self._upserting(run_id), json=body))

    def validate(self, entity: Entity) -> None:
        """POST /v1/blueprints/{blueprint}/entities?validation_only=true: check an entity.

        Args:
            entity: what could be written; nothing is.

        Raises:
            ApiError: Port wouldn't take it, or wasn't reached.
        """
        path = build_path("v1", "blueprints", entity.blueprint, "entities")
        params = {**self._upserting(None), "validation_only": "true"}
        action = f"accept entity '{entity.identifier}'"
        call = ApiRequest(
            "POST", path, action, params=params, json=entity.as_json(), read_only=True
        )
        self.send(call)

    def entity(self, blueprint: str, identifier: str) -> Mapping[str, Any] | None:
        """GET /v1/blueprints/{blueprint}/entities/{identifier}: read an entity.

        Args:
            blueprint: the blueprint's identifier.
            identifier: the entity's identifier.

        Returns:
            The entity, or None if there is none.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        path = build_path("v1", "blueprints", blueprint, "entities", identifier)
        try:
            call = ApiRequest("GET", path, f"show entity '{identifier}'", envelope="entity")
            found: Mapping[str, Any] = self.send(call).body["entity"]
        except ApiRejected as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return found

    def upsert_all(self, entities: Sequence[Entity], run_id: str | None) -> frozenset[int]:
        """POST /v1/blueprints/{blueprint}/entities/bulk: create or merge into several at once.

        Args:
            entities: at most `BULK_ENTITIES`, of one blueprint.
            run_id: action run to tie them to, or None.

        Returns:
            Indexes of the entities that Port refused.

        Raises:
            ApiError: Port refused all of them or wasn't reached.
        """
        path = build_path("v1", "blueprints", entities[0].blueprint, "entities", "bulk")
        body = {"entities": [entity.as_json() for entity in entities]}
        action = f"write {len(entities)} entities"
        answer = self.send(
            ApiRequest("POST", path, action, params=self._upserting(run_id), json=body)
        ).body
        errors = answer.get("errors") if isinstance(answer, dict) else None
        return frozenset(int(error["index"]) for error in errors or ())

    def _upserting(self, run_id: str | None) -> dict[str, str | list[str]]:
        params: dict[str, str | list[str]] = {"upsert": "true", "merge": "true"}
        if self._create_missing:
            params["create_missing_related_entities"] = "true"
        if run_id and not run_id.startswith(NODE_RUN_PREFIX):
            params["run_id"] = run_id
        return params
