"""What all of Port's routes share: the access token, errors, trace ids."""

from __future__ import annotations

from itertools import count

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import Api

from .state import PortState
from .things import RefusedError, invalid

SIGN_IN = "/v1/auth/access_token"
_LARGEST_BODY = 2**20


class PortRoutes(Api):
    """Routes of Port's API.

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

    def admit(self, request: Request) -> None:
        """Check the access token and the body."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = scheme == "Bearer" and token in self.state.tokens
        if request.path != SIGN_IN and not known:
            raise RefusedError(401, "unauthorized", "The access token is missing or has expired")
        if len(request.body) > _LARGEST_BODY:
            raise RefusedError(413, "payload_too_large", "The body is larger than 1 MiB")
        if request.method in {"POST", "PUT", "PATCH"} and not isinstance(request.json, dict):
            raise invalid("The body must be a JSON object")

    def not_found(self) -> Reply:
        """Answer a path that doesn't exist."""
        raise RefusedError(404, "not_found", "Route not found")
