"""Port's API.

https://docs.port.io/api-reference/port-api
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from .exchange import Reply, Request
from .port_state import CLIENT_ID, CLIENT_SECRET, PortState, RefusedError, Run
from .routes import Api, route

Json = dict[str, Any]

_LARGEST_BODY = 2**20
_MOST_IN_BULK = 20
_SECONDS_OF_A_TOKEN = 10800
_RESULTS = {"SUCCESS": "SUCCESS", "FAILED": "FAILURE", "CANCELLED": "CANCELLED"}


class PortApi(Api):
    """Port's API.

    Args:
        state: the account.
    """

    name = "port"

    def __init__(self, state: PortState) -> None:
        super().__init__()
        self.state = state
        self._traces = count(1)

    def answer(self, request: Request) -> Reply:
        """Answer a request, turning refusals into Port's error bodies."""
        headers = {"x-trace-id": f"trace-{next(self._traces)}"}
        try:
            with self.state.lock:
                reply = super().answer(request)
                return Reply(reply.status, reply.data, headers)
        except RefusedError as refusal:
            body = {"ok": False, "error": refusal.error, "message": refusal.message}
            return Reply(refusal.status, body, headers)

    def admit(self, request: Request) -> Reply | None:
        """Check the access token and the body."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if request.path != "/v1/auth/access_token" and token not in self.state.tokens:
            raise RefusedError(401, "unauthorized", "The access token is missing or has expired")
        if len(request.body) > _LARGEST_BODY:
            raise RefusedError(413, "payload_too_large", "The body is larger than 1 MiB")
        if request.method in {"POST", "PUT", "PATCH"} and not isinstance(request.json, dict):
            raise RefusedError(422, "invalid_request", "The body must be a JSON object")
        return None

    def not_found(self) -> Reply:
        """Answer a path that doesn't exist."""
        raise RefusedError(404, "not_found", "Route not found")

    @route("POST", "/v1/auth/access_token")
    def sign_in(self, request: Request) -> Reply:
        """Give an access token for credentials."""
        expected = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}
        if request.json != expected:
            raise RefusedError(401, "invalid_credentials", "Invalid credentials")
        answer = {
            "ok": True,
            "accessToken": self.state.sign_in(),
            "expiresIn": _SECONDS_OF_A_TOKEN,
            "tokenType": "Bearer",
        }
        return Reply(200, answer)

    @route("GET", "/v1/actions/runs/{run_id}")
    def get_run(self, request: Request) -> Reply:
        """Show a run."""
        return Reply(200, {"ok": True, "run": _show(self.state.run(request.parameters["run_id"]))})

    @route("PATCH", "/v1/actions/runs/{run_id}")
    def patch_run(self, request: Request) -> Reply:
        """Change a run; a status ends it."""
        run = self.state.run(request.parameters["run_id"], changing=True)
        changes = request.json
        link = changes.get("link", run.link)
        run.link = [link] if isinstance(link, str) else link
        run.summary = changes.get("summary", run.summary)
        run.status_label = changes.get("statusLabel", run.status_label)
        run.status = changes.get("status", run.status)
        return Reply(200, {"ok": True, "run": _show(run)})

    @route("GET", "/v1/actions/runs/{run_id}/logs")
    def list_logs(self, request: Request) -> Reply:
        """List a run's log lines."""
        run = self.state.run(request.parameters["run_id"])
        logs = [_log_line(run, f"log_{n}", text) for n, text in enumerate(run.logs, 1)]
        return Reply(200, {"ok": True, "runLogs": logs})

    @route("POST", "/v1/actions/runs/{run_id}/logs")
    def add_log(self, request: Request) -> Reply:
        """Add a log line; a termination status ends the run."""
        run = self.state.run(request.parameters["run_id"], changing=True)
        message = request.json.get("message")
        if not isinstance(message, str) or not message:
            raise RefusedError(422, "invalid_request", '"message" must be a non-empty string')
        run.logs.append(message)
        run.status_label = request.json.get("statusLabel", run.status_label)
        run.status = request.json.get("terminationStatus", run.status)
        line = _log_line(run, self.state.next_log_id(), message)
        return Reply(201, {"ok": True, "runLog": line})

    @route("PATCH", "/v1/workflows/nodes/runs/{run_id}")
    def patch_node_run(self, request: Request) -> Reply:
        """Change a workflow's node run; completing it ends it."""
        run = self.state.run(request.parameters["run_id"], changing=True)
        changes = request.json
        run.link = changes.get("links", run.link)
        run.summary = (changes.get("output") or {}).get("summary", run.summary)
        run.status_label = changes.get("statusLabel", run.status_label)
        if changes.get("status") == "COMPLETED":
            run.status = _RESULTS[changes["result"]]
        return Reply(200, {"ok": True})

    @route("POST", "/v1/workflows/nodes/runs/{run_id}/logs")
    def add_node_logs(self, request: Request) -> Reply:
        """Add log lines to a workflow's node run."""
        run = self.state.run(request.parameters["run_id"], changing=True)
        run.logs += [line["message"] for line in request.json["logs"]]
        return Reply(201, {"ok": True})

    @route("GET", "/v1/blueprints")
    def list_blueprints(self, _request: Request) -> Reply:
        """List blueprints."""
        return Reply(200, {"ok": True, "blueprints": list(self.state.blueprints.values())})

    @route("GET", "/v1/blueprints/{blueprint}")
    def get_blueprint(self, request: Request) -> Reply:
        """Show a blueprint."""
        blueprint = self.state.blueprint(request.parameters["blueprint"])
        return Reply(200, {"ok": True, "blueprint": blueprint})

    @route("POST", "/v1/blueprints/{blueprint}/entities")
    def create_entity(self, request: Request) -> Reply:
        """Create an entity, or with ``upsert`` change it."""
        run_id = request.first("run_id")
        if run_id:
            self.state.run(run_id, changing=True)
        return Reply(201, {"ok": True, "entity": self._upsert(request, request.json)})

    @route("POST", "/v1/blueprints/{blueprint}/entities/bulk")
    def create_entities(self, request: Request) -> Reply:
        """Create or change some entities at once."""
        wanted = request.json.get("entities") or []
        if not 1 <= len(wanted) <= _MOST_IN_BULK:
            raise RefusedError(422, "invalid_request", "Give between 1 and 20 entities")
        done, errors = [], []
        for index, entity in enumerate(wanted):
            try:
                written = self._upsert(request, entity)
                done.append({"identifier": written["identifier"], "index": index, "created": True})
            except RefusedError as refusal:
                errors.append(
                    {
                        "identifier": entity.get("identifier"),
                        "index": index,
                        "statusCode": refusal.status,
                        "error": refusal.error,
                        "message": refusal.message,
                    }
                )
        return Reply(207 if errors else 200, {"ok": True, "entities": done, "errors": errors})

    @route("GET", "/v1/blueprints/{blueprint}/entities")
    def list_entities(self, request: Request) -> Reply:
        """List a blueprint's entities."""
        self.state.blueprint(request.parameters["blueprint"])
        entities = self.state.entities.get(request.parameters["blueprint"], {})
        return Reply(200, {"ok": True, "entities": list(entities.values())})

    @route("GET", "/v1/blueprints/{blueprint}/entities/{identifier}")
    def get_entity(self, request: Request) -> Reply:
        """Show an entity."""
        return Reply(200, {"ok": True, "entity": self._entity(request)})

    @route("DELETE", "/v1/blueprints/{blueprint}/entities/{identifier}")
    def delete_entity(self, request: Request) -> Reply:
        """Delete an entity."""
        entity = self._entity(request)
        del self.state.entities[request.parameters["blueprint"]][entity["identifier"]]
        return Reply(200, {"ok": True})

    def _upsert(self, request: Request, wanted: Json) -> Json:
        return self.state.upsert(
            request.parameters["blueprint"],
            wanted,
            upsert=request.flag("upsert"),
            merge=request.flag("merge"),
            create_missing=request.flag("create_missing_related_entities"),
            validation_only=request.flag("validation_only"),
        )

    def _entity(self, request: Request) -> Json:
        self.state.blueprint(request.parameters["blueprint"])
        entities = self.state.entities.get(request.parameters["blueprint"], {})
        if request.parameters["identifier"] not in entities:
            message = f'Entity "{request.parameters["identifier"]}" was not found'
            raise RefusedError(404, "not_found", message)
        return entities[request.parameters["identifier"]]


def _show(run: Run) -> Json:
    return {
        "id": run.id,
        "status": run.status,
        "statusLabel": run.status_label or None,
        "link": run.link,
        "summary": run.summary,
        "action": {"identifier": "pagerduty_create", "title": "Create incident"},
        "properties": {},
        "requiredApproval": False,
        "source": "UI",
    }


def _log_line(run: Run, identifier: str, message: str) -> Json:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "id": identifier,
        "runId": run.id,
        "message": message,
        "createdBy": "simulator",
        "createdAt": now,
    }
