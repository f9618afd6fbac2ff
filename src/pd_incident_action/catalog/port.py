"""Port's API: sign in, action runs, blueprints and entities.

https://docs.port.io/api-reference/port-api
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pd_incident_action.errors import Refused
from pd_incident_action.http import Answer, Call, Client, Problem, path_of

if TYPE_CHECKING:
    import requests

    from pd_incident_action.outcome import Entity

Ending = Literal["SUCCESS", "FAILURE", "CANCELLED"]

NODE_RUN_PREFIX = "wfnr_"
# Port doesn't document a limit for a log message; its answers to larger ones vary.
LOG_CHARACTERS = 10_000
_UNAUTHORIZED = 401
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


def explain(status: int, headers: Mapping[str, str], body: object) -> Problem:
    """Explain a refusal of Port's API.

    Args:
        status: HTTP status.
        headers: response headers; ``x-trace-id`` helps Port's support.
        body: parsed JSON, or the raw text.

    Returns:
        Port's words and error name, the likely cause, and what to change.
    """
    answer = body if isinstance(body, Mapping) else {}
    cause, fix = _REMEDIES.get(status, _OUTAGE)
    trace = headers.get("x-trace-id")
    message = str(answer.get("message") or "")
    words = f"{message} (trace id {trace})" if trace else message
    return Problem(words, answer.get("error"), cause, fix)


class BearerAuth:
    """Sets Port's access token on a request once there is one."""

    def __init__(self) -> None:
        self.token = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the header."""
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Port:
    """Port's API.

    Args:
        client: sends the requests.
        auth: the client's authentication, which gets the access token.
        client_id: Port client id.
        client_secret: Port client secret.
        on_token: told each new access token, so that it can be hidden.
    """

    def __init__(
        self,
        client: Client,
        auth: BearerAuth,
        client_id: str,
        client_secret: str,
        on_token: Callable[[str], None],
    ) -> None:
        self._client = client
        self._auth = auth
        self._credentials = {"clientId": client_id, "clientSecret": client_secret}
        self._on_token = on_token

    def sign_in(self) -> None:
        """POST /v1/auth/access_token: get an access token.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        self._auth.token = ""
        call = Call(
            "POST",
            "/v1/auth/access_token",
            "sign in",
            json=self._credentials,
            expect="accessToken",
        )
        token = str(self._client.send(call).body["accessToken"])
        self._on_token(token)
        self._auth.token = token

    def send(self, call: Call) -> Answer:
        """Send a request, signing in first, and once more if the token is refused.

        Args:
            call: what to send.

        Returns:
            Port's answer.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        fresh = not self._auth.token
        if fresh:
            self.sign_in()
        try:
            return self._client.send(call)
        except Refused as error:
            if error.status != _UNAUTHORIZED or fresh:
                raise
            self.sign_in()
            return self._client.send(call)

    def blueprint(self, identifier: str) -> Mapping[str, Any]:
        """GET /v1/blueprints/{identifier}: read a blueprint.

        Args:
            identifier: its identifier.

        Returns:
            The blueprint.

        Raises:
            ApiError: it doesn't exist, or Port wasn't reached.
        """
        call = Call(
            "GET",
            path_of("v1", "blueprints", identifier),
            f"show blueprint '{identifier}'",
            expect="blueprint",
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
        params: dict[str, str | list[str]] = {"upsert": "true", "merge": "true"}
        if run_id and not run_id.startswith(NODE_RUN_PREFIX):
            params["run_id"] = run_id
        path = path_of("v1", "blueprints", entity.blueprint, "entities")
        purpose = f"write entity '{entity.identifier}'"
        self.send(Call("POST", path, purpose, params=params, json=entity.as_json()))


class Run(Protocol):
    """Something in Port that waits to be told how it went."""

    def log(self, text: str) -> None:
        """Add to its log."""

    def describe(self, links: list[str], summary: str) -> None:
        """Show where it can be seen and what came of it."""

    def end(self, ending: Ending, label: str) -> None:
        """End it."""


class ActionRun:
    """A run of a self-service action (``r_…``): /v1/actions/runs/{run_id}.

    Args:
        port: Port's API.
        run_id: the run.
    """

    def __init__(self, port: Port, run_id: str) -> None:
        self._port = port
        self._path = path_of("v1", "actions", "runs", run_id)

    def log(self, text: str) -> None:
        """POST …/logs: add to the run's log; raises `ApiError`."""
        self._port.send(
            Call("POST", f"{self._path}/logs", "take a log line", json={"message": text})
        )

    def describe(self, links: list[str], summary: str) -> None:
        """PATCH: set links and summary; raises `ApiError`."""
        self._patch("show the result", {"link": links, "summary": summary})

    def end(self, ending: Ending, label: str) -> None:
        """PATCH: end the run, after which it can't change; raises `ApiError`."""
        status = "SUCCESS" if ending == "SUCCESS" else "FAILURE"
        self._patch("end the run", {"status": status, "statusLabel": label})

    def _patch(self, purpose: str, changes: dict[str, Any]) -> None:
        self._port.send(Call("PATCH", self._path, purpose, json=changes))


class NodeRun:
    """A node run of a Port workflow (``wfnr_…``): /v1/workflows/nodes/runs/{id}.

    Args:
        port: Port's API.
        run_id: the node run.
    """

    _RESULTS: Mapping[Ending, str] = {
        "SUCCESS": "SUCCESS",
        "FAILURE": "FAILED",
        "CANCELLED": "CANCELLED",
    }

    def __init__(self, port: Port, run_id: str) -> None:
        self._port = port
        self._path = path_of("v1", "workflows", "nodes", "runs", run_id)

    def log(self, text: str) -> None:
        """POST …/logs: add to the run's log; raises `ApiError`."""
        body = {"logs": [{"level": "INFO", "message": text}]}
        self._port.send(Call("POST", f"{self._path}/logs", "take a log line", json=body))

    def describe(self, links: list[str], summary: str) -> None:
        """PATCH: set links and output; raises `ApiError`."""
        self._patch("show the result", {"links": links, "output": {"summary": summary}})

    def end(self, ending: Ending, label: str) -> None:
        """PATCH: complete the run; raises `ApiError`."""
        changes = {"status": "COMPLETED", "result": self._RESULTS[ending], "statusLabel": label}
        self._patch("end the run", changes)

    def _patch(self, purpose: str, changes: dict[str, Any]) -> None:
        self._port.send(Call("PATCH", self._path, purpose, json=changes))


def run_of(port: Port, run_id: str) -> Run:
    """Choose the API that a run belongs to.

    Args:
        port: Port's API.
        run_id: ``r_…`` or ``wfnr_…``.

    Returns:
        The run.
    """
    return (NodeRun if run_id.startswith(NODE_RUN_PREFIX) else ActionRun)(port, run_id)
