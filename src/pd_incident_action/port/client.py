"""Port's API: signing in, and what is read besides entities.

https://docs.port.io/api-reference/port-api
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pydantic import AliasChoices, Field

from pd_incident_action.errors import ApiError, ApiRejected
from pd_incident_action.http.api_model import ApiModel, Text
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.messages import (
    ApiRequest,
    ApiResponse,
    Check,
    ErrorDetail,
    build_path,
    code_of,
    is_list,
    is_object,
    is_token,
    message_of,
)

from .mapping import Blueprint

SERVICE = "Port"
OTHER_REGION = {"us": "eu", "eu": "us"}
SIGN_IN = "/v1/auth/access_token"
IN_PROGRESS = "IN_PROGRESS"
# While one thread signs in, others wait so long for its token, and then sign in themselves.
_SECONDS_TO_WAIT_FOR_TOKEN = 0.3
_INVALID = (
    "Port refused a value",
    "check the blueprint's properties and relations, and whether the run is still in progress",
)
_GUIDANCE: Mapping[int, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: _INVALID,
    HTTPStatus.UNAUTHORIZED: (
        "Port does not know these credentials",
        "check port-client-id, port-client-secret and port-region (eu or us)",
    ),
    HTTPStatus.FORBIDDEN: (
        "the credentials may not do this",
        "give them write access to the blueprint",
    ),
    HTTPStatus.NOT_FOUND: (
        "it does not exist in this Port account",
        "check the blueprint, port-run-id and port-region (eu or us)",
    ),
    HTTPStatus.CONFLICT: ("the run has already ended", "nothing needs to be done"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("the request is too large", "shorten details"),
    HTTPStatus.UNPROCESSABLE_ENTITY: _INVALID,
    HTTPStatus.TOO_MANY_REQUESTS: (
        "too many requests",
        "re-run the job in a minute or raise timeout",
    ),
}
_OUTAGE = ("Port is having an outage", "see status.port.io")
Ending = Literal["SUCCESS", "FAILURE", "CANCELLED"]
# Port doesn't document a limit for a log message; its responses to larger ones vary.
LOG_CHARACTERS = 10_000
_NODE_RUN_PREFIX = "wfnr_"
_NODE_RESULTS: Mapping[Ending, str] = {"FAILURE": "FAILED"}
_ACTION_STATUSES: Mapping[Ending, str] = {"CANCELLED": "FAILURE"}


def explain(status: int, headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain a refusal of Port's API, with the trace id that helps Port's support."""
    code = code_of(body.get("error")) if isinstance(body, Mapping) else None
    cause, remedy = _GUIDANCE.get(status, _OUTAGE)
    trace = headers.get("x-trace-id")
    message = message_of(body)
    words = (message if message != code else "", f"(trace id {trace})" if trace else "")
    return ErrorDetail(" ".join(filter(None, words)), code, cause, remedy)


class ActionRun(ApiModel):
    """A run of a self-service action, or a node run of a Port workflow."""

    id: Text = Field(default="", validation_alias=AliasChoices("id", "identifier"))
    status: Text = ""


class BearerAuth:
    """Adds Port's access token to each request once there is one."""

    def __init__(self) -> None:
        self.token = ""

    def __call__(self) -> dict[str, str]:
        """Return the header."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


@dataclass(frozen=True, eq=False, repr=False)
class PortClient:
    """Port's API.

    Attributes:
        other_region: returns the other region and Port's API there, to try refused credentials.
        create_missing: whether to create entities that others relate to.
    """

    client: ApiClient
    auth: BearerAuth
    client_id: str
    client_secret: str
    on_token: Callable[[str], None]
    other_region: Callable[[], tuple[str, PortClient]] | None = None
    create_missing: bool = False
    _signing_in: threading.Lock = field(default_factory=threading.Lock)

    def with_timeout(self, seconds: float) -> PortClient:
        """Return the same API, on the same connection, with a time limit for all its requests."""
        return replace(self, client=self.client.with_timeout(seconds))

    def sign_in(self) -> None:
        """POST /v1/auth/access_token: get an access token."""
        self.auth.token = ""
        body = {"clientId": self.client_id, "clientSecret": self.client_secret}
        request = ApiRequest(
            "POST",
            SIGN_IN,
            "issue an access token",
            json=body,
            envelope="accessToken",
            read_only=True,
            check=is_token,
        )
        try:
            token = str(self.client.send(request).body["accessToken"])
        except ApiRejected as error:
            if error.status == HTTPStatus.UNAUTHORIZED and self.other_region is not None:
                _explain_region(error, *self.other_region())
            raise
        self.on_token(token)
        self.auth.token = token

    def send(self, request: ApiRequest) -> ApiResponse:
        """Send a request, signing in first, and again if the token is refused."""
        token = self.auth.token
        if not token:
            self._renew(token)
        try:
            return self.client.send(request)
        except ApiRejected as error:
            if error.status != HTTPStatus.UNAUTHORIZED or not token:
                raise
            self._renew(token)
            return self.client.send(request)

    def _renew(self, token: str) -> None:
        """Sign in, unless another thread has done so since the token was read."""
        is_alone = self._signing_in.acquire(timeout=_SECONDS_TO_WAIT_FOR_TOKEN)
        try:
            if self.auth.token == token:
                self.sign_in()
        finally:
            if is_alone:
                self._signing_in.release()

    def blueprint(self, identifier: str) -> Blueprint:
        """GET /v1/blueprints/{identifier}: read a blueprint."""
        path = build_path("v1", "blueprints", identifier)
        return Blueprint.read(self._get(path, f"show blueprint '{identifier}'", "blueprint"))

    def action_run(self, run_id: str) -> ActionRun:
        """GET /v1/actions/runs/{run_id}: read a run of an action."""
        path = build_path("v1", "actions", "runs", run_id)
        return ActionRun.read(self._get(path, f"find run {run_id} of input 'port-run-id'", "run"))

    def find_run(self, external_id: str) -> str:
        """GET /v1/actions/runs and /v1/workflows/nodes/runs: find a run by what it has started.

        Returns:
            The run's id; empty where there is none, or none yet.
        """
        for path, envelope, version in (
            ("/v1/actions/runs", "runs", {"version": "v2"}),
            ("/v1/workflows/nodes/runs", "nodeRuns", {}),
        ):
            params = {"external_run_id": external_id, **version}
            action = "find the run that started this workflow"
            for run in ActionRun.read_all(self._get(path, action, envelope, params, is_list)):
                return run.id
        return ""

    def _get(
        self,
        path: str,
        action: str,
        member: str,
        params: Mapping[str, str] = MappingProxyType({}),
        check: Check = is_object,
    ) -> object:
        request = ApiRequest("GET", path, action, params=params, envelope=member, check=check)
        return self.send(request).body[member]


def _explain_region(error: ApiRejected, region: str, there: PortClient) -> None:
    """Try refused credentials in the other region, and add to the error whether they work there."""
    try:
        there.sign_in()
    except ApiError as elsewhere:
        if elsewhere.status == HTTPStatus.UNAUTHORIZED:
            error.cause = f"{error.cause}, in either region"
            error.remedy = "check port-client-id and port-client-secret"
    else:
        error.cause = f"these credentials work in region {region}, not in {OTHER_REGION[region]}"
        error.remedy = f"set port-region: {region}"


class LogLine(NamedTuple):
    """A line of a run's log."""

    text: str
    level: Literal["INFO", "WARN", "ERROR"] = "INFO"


def is_node_run(run_id: str) -> bool:
    """Check whether an id is of a workflow's node run (``wfnr_…``), not an action's (``r_…``)."""
    return run_id.startswith(_NODE_RUN_PREFIX)


class PortRun:
    """A run at /v1/actions/runs/{id}, or a node run of a workflow at /v1/workflows/nodes/runs/{id}.

    All methods raise `ApiError`.
    """

    def __init__(self, port: PortClient, run_id: str) -> None:
        self._port = port
        self._is_node = is_node_run(run_id)
        parent = ("workflows", "nodes") if self._is_node else ("actions",)
        self._path = build_path("v1", *parent, "runs", run_id)

    def log(self, lines: Sequence[LogLine]) -> None:
        """POST …/logs: add lines to the run's log; an action's log has no levels."""
        if self._is_node:
            logs = [{"level": one.level, "message": one.text} for one in lines]
            body: dict[str, Any] = {"logs": logs}
        else:
            body = {"message": "\n".join(one.text for one in lines)}
        self._port.send(ApiRequest("POST", f"{self._path}/logs", "add to the run's log", json=body))

    def set_result(self, links: Sequence[str], summary: str) -> None:
        """PATCH …: show links and a summary on the run."""
        if self._is_node:
            self._patch("update the run", {"links": links, "output": {"summary": summary}})
        else:
            self._patch("update the run", {"link": links, "summary": summary})

    def end(self, ending: Ending, label: str) -> None:
        """PATCH …: end the run, after which it can't change."""
        if self._is_node:
            changes = {"status": "COMPLETED", "result": _NODE_RESULTS.get(ending, ending)}
        else:
            changes = {"status": _ACTION_STATUSES.get(ending, ending)}
        self._patch("end the run", {**changes, "statusLabel": label})

    def _patch(self, action: str, changes: dict[str, Any]) -> None:
        self._port.send(ApiRequest("PATCH", self._path, action, json=changes))
