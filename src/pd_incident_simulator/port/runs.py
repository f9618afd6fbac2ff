"""Endpoints about signing in, action runs and workflows' node runs.

https://docs.port.io/api-reference/port-api under Action runs; node runs aren't there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pd_incident_simulator import routing
from pd_incident_simulator.exchange import Reply, Request

from .objects import CLIENT_ID, CLIENT_SECRET, ApiError, invalid, not_found, now
from .state import IN_PROGRESS, PortState, Run

SIGN_IN = "/v1/auth/access_token"
_RUN = "/v1/actions/runs/{run_id}"
_NODE_RUN = "/v1/workflows/nodes/runs/{run_id}"
_TOKEN_LIFETIME_SECONDS = 10800
_FINAL = ("SUCCESS", "FAILURE")
_RESULTS = {"SUCCESS": "SUCCESS", "FAILED": "FAILURE", "CANCELLED": "CANCELLED"}
_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")
_PATCHABLE = {"status", "statusLabel", "link", "summary"}

routes = routing.Routes[PortState]()


@routes("POST", SIGN_IN)
def sign_in(state: PortState, request: Request) -> Reply:
    """Return an access token for credentials."""
    credentials = (request.json.get("clientId"), request.json.get("clientSecret"))
    if credentials != (CLIENT_ID, CLIENT_SECRET):
        raise ApiError(401, "invalid_credentials", "Invalid credentials")
    token = {"accessToken": state.sign_in(), "tokenType": "Bearer"}
    return Reply(200, {"ok": True, **token, "expiresIn": _TOKEN_LIFETIME_SECONDS})


@routes("GET", "/v1/actions/runs")
def list_runs(state: PortState, request: Request) -> Reply:
    """List the runs of actions, by ``external_run_id`` if wanted."""
    runs = [run.show() for run in _by_external_id(state, request) if not run.is_node_run]
    return Reply(200, {"ok": True, "runs": runs})


@routes("GET", "/v1/workflows/nodes/runs")
def list_node_runs(state: PortState, request: Request) -> Reply:
    """List the workflows' node runs, by ``external_run_id`` if wanted."""
    runs = [
        {"identifier": run.id, "status": run.status}
        for run in _by_external_id(state, request)
        if run.is_node_run
    ]
    return Reply(200, {"ok": True, "nodeRuns": runs})


@routes("GET", _RUN)
def get_run(state: PortState, request: Request) -> Reply:
    """Return a run."""
    return Reply(200, {"ok": True, "run": state.run(request.path_params["run_id"]).show()})


@routes("PATCH", _RUN)
def update_run(state: PortState, request: Request) -> Reply:
    """Update a run; a status ends it."""
    run, body = _running(state, request, node=False), request.json
    unknown = set(body) - _PATCHABLE
    if unknown:
        raise invalid(f"body must NOT have additional property {min(unknown)!r}")
    status = body.get("status", run.status)
    if "status" in body and status not in _FINAL:
        raise invalid("body/status must be one of SUCCESS, FAILURE")
    links = _strings("link", body.get("link", run.link))
    summary = _string(body, "summary", run.summary)
    label = _string(body, "statusLabel", run.status_label)
    run.link, run.summary, run.status_label, run.status = links, summary, label, status
    return Reply(200, {"ok": True, "run": run.show()})


@routes("POST", f"{_RUN}/logs")
def add_log(state: PortState, request: Request) -> Reply:
    """Add a log line."""
    run, body = _running(state, request, node=False), request.json
    message = body.get("message")
    if not isinstance(message, str) or not message:
        raise invalid('"message" must be a non-empty string')
    run.logs.append(message)
    line = {
        "id": f"log_{run.id}_{len(run.logs)}",
        "runId": run.id,
        "message": message,
        "createdBy": "simulator",
        "createdAt": now(),
    }
    return Reply(201, {"ok": True, "runLog": line})


@routes("PATCH", _NODE_RUN)
def update_node_run(state: PortState, request: Request) -> Reply:
    """Update a workflow's node run; completing it ends it."""
    run, body = _running(state, request, node=True), request.json
    if body.get("status", IN_PROGRESS) not in {IN_PROGRESS, "COMPLETED"}:
        raise invalid("body/status must be one of IN_PROGRESS, COMPLETED")
    completes = body.get("status") == "COMPLETED"
    if completes and str(body.get("result")) not in _RESULTS:
        raise invalid(f"body/result must be one of {', '.join(_RESULTS)}")
    output = body.get("output")
    run.link = _strings("links", body.get("links", run.link))
    if isinstance(output, dict):
        run.summary = _string(output, "summary", run.summary)
    run.status_label = _string(body, "statusLabel", run.status_label)
    if completes:
        run.status = _RESULTS[body["result"]]
    return Reply(200, {"ok": True})


@routes("POST", f"{_NODE_RUN}/logs")
def add_node_logs(state: PortState, request: Request) -> Reply:
    """Add log lines to a workflow's node run."""
    run, lines = _running(state, request, node=True), request.json.get("logs")
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise invalid("body/logs must be a list of objects")
    if any(line.get("level") not in _LEVELS for line in lines):
        raise invalid(f"body/logs/level must be one of {', '.join(_LEVELS)}")
    messages = [line.get("message") for line in lines]
    if not all(isinstance(message, str) and message for message in messages):
        raise invalid("body/logs/message must be a non-empty string")
    run.logs += messages
    return Reply(201, {"ok": True})


def _by_external_id(state: PortState, request: Request) -> list[Run]:
    wanted = request.params("external_run_id")
    return [run for run in state.runs.values() if not wanted or run.external_run_id in wanted]


def _running(state: PortState, request: Request, *, node: bool) -> Run:
    """Return the run that the path names, which must not have ended."""
    run = state.run(request.path_params["run_id"], changing=True)
    if run.is_node_run != node:
        raise not_found("Run", run.id)
    return run


def _strings(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(f"body/{name} must be a list of strings")
    return value


def _string(body: Mapping[str, Any], name: str, default: str) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise invalid(f"body/{name} must be string")
    return value
