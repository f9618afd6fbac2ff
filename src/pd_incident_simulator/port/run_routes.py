"""Endpoints about signing in, action runs and workflows' node runs."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from . import runs
from .base import SIGN_IN, PortRoutes
from .things import CLIENT_ID, CLIENT_SECRET, RefusedError, invalid, missing

_SECONDS_OF_A_TOKEN = 10800


class RunRoutes(PortRoutes):
    """https://docs.port.io/api-reference/port-api under Action runs; node runs aren't there."""

    @route("POST", SIGN_IN)
    def sign_in(self, request: Request) -> Reply:
        """Give an access token for credentials."""
        given = (request.json.get("clientId"), request.json.get("clientSecret"))
        if not all(isinstance(value, str) for value in given):
            raise invalid("body must have required properties clientId and clientSecret")
        if given != (CLIENT_ID, CLIENT_SECRET):
            raise RefusedError(401, "invalid_credentials", "Invalid credentials")
        token = {"accessToken": self.state.sign_in(), "tokenType": "Bearer"}
        return Reply(200, {"ok": True, **token, "expiresIn": _SECONDS_OF_A_TOKEN})

    @route("GET", "/v1/actions/runs/{run_id}")
    def get_run(self, request: Request) -> Reply:
        """Show a run."""
        return Reply(200, {"ok": True, "run": runs.show(self._run(request))})

    @route("PATCH", "/v1/actions/runs/{run_id}")
    def patch_run(self, request: Request) -> Reply:
        """Change a run; a status ends it."""
        run = self._run(request, changing=True)
        runs.patch(run, request.json)
        return Reply(200, {"ok": True, "run": runs.show(run)})

    @route("GET", "/v1/actions/runs/{run_id}/logs")
    def list_logs(self, request: Request) -> Reply:
        """List a run's log lines."""
        run = self._run(request)
        lines = [runs.show_line(run, number, text) for number, text in enumerate(run.logs, 1)]
        return Reply(200, {"ok": True, "runLogs": lines})

    @route("POST", "/v1/actions/runs/{run_id}/logs")
    def add_log(self, request: Request) -> Reply:
        """Add a log line; a termination status ends the run."""
        run = self._run(request, changing=True)
        message = runs.add_log(run, request.json)
        return Reply(201, {"ok": True, "runLog": runs.show_line(run, len(run.logs), message)})

    @route("PATCH", "/v1/workflows/nodes/runs/{run_id}")
    def patch_node_run(self, request: Request) -> Reply:
        """Change a workflow's node run; completing it ends it."""
        runs.patch_node(self._run(request, changing=True, node=True), request.json)
        return Reply(200, {"ok": True})

    @route("POST", "/v1/workflows/nodes/runs/{run_id}/logs")
    def add_node_logs(self, request: Request) -> Reply:
        """Add log lines to a workflow's node run."""
        runs.add_node_logs(self._run(request, changing=True, node=True), request.json)
        return Reply(201, {"ok": True})

    def _run(self, request: Request, *, changing: bool = False, node: bool = False) -> runs.Run:
        run = self.state.run(request.parameters["run_id"], changing=changing)
        if run.is_node_run != node:
            raise missing("Run", run.id)
        return run
