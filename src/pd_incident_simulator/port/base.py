"""What all of Port's routes share: the access token, errors, trace ids."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.rate_limit import Window
from pd_incident_simulator.routes import Api

from .state import PortState
from .things import RefusedError, invalid

SIGN_IN = "/v1/auth/access_token"
_LARGEST_BODY = 2**20
_USUAL_LIMIT = (1000, 60.0)


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
        self._window = Window()

    def answer(self, request: Request) -> Reply:
        """Answer a request, turning refusals into Port's error bodies."""
        headers = {"x-trace-id": f"trace-{next(self._traces)}"}
        with self.state.lock:
            try:
                self._count(headers)
                reply = super().answer(request)
                return Reply(reply.status, reply.data, headers)
            except RefusedError as refusal:
                return refusal_reply(refusal, headers)

    def _count(self, headers: dict[str, str]) -> None:
        """Say in the headers how many requests are left, and refuse one too many."""
        standing = self._window.take(*(self.state.rate_limit or _USUAL_LIMIT))
        headers["x-ratelimit-limit"] = str(standing.limit)
        headers["x-ratelimit-period"] = f"{standing.seconds:g}"
        headers["x-ratelimit-remaining"] = str(standing.remaining)
        headers["x-ratelimit-reset"] = str(standing.reset_at)
        if standing.exceeded and self.state.rate_limit is not None:
            raise RefusedError(429, "too_many_requests", "Too many requests, try again later")

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


def refusal_reply(refusal: RefusedError, headers: Mapping[str, str]) -> Reply:
    """Make the answer of a refusal, with Port's kind of body."""
    body = {"ok": False, "error": refusal.error, "message": refusal.message}
    return Reply(refusal.status, body, headers)
