"""Port's API: authentication, rate limit, error replies, and all its endpoints.

https://docs.port.io/api-reference/port-api
"""

from __future__ import annotations

from itertools import count

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.rate_limit import FixedWindow, Usage
from pd_incident_simulator.routing import Api

from . import account, actions, entities, runs, webhooks
from .objects import ApiError, invalid
from .state import PortState

_MAX_BODY = 2**20
_DEFAULT_LIMIT = (1000, 60.0)


class PortApi(Api[PortState]):
    """Port's API."""

    name = "port"

    def __init__(self, state: PortState) -> None:
        resources = (runs, entities, actions, webhooks, account)
        super().__init__(state, *(one.routes for one in resources))
        self._traces = count(1)
        self._window = FixedWindow()

    def handle(self, request: Request) -> Reply:
        """Handle a request within the rate limit; errors have Port's format."""
        with self.state.lock:
            usage = self._window.count(*(self.state.rate_limit or _DEFAULT_LIMIT))
            headers = {
                "x-trace-id": f"trace-{next(self._traces)}",
                "x-ratelimit-limit": str(usage.limit),
                "x-ratelimit-period": f"{usage.period:g}",
                "x-ratelimit-remaining": str(usage.remaining),
                "x-ratelimit-reset": str(usage.reset_at),
            }
            try:
                self._check_rate(usage)
                reply = super().handle(request)
            except ApiError as error:
                reply = Reply(error.status, error.body())
            # The body as it is now: the objects in it may change once the lock is free.
            return Reply(reply.status, reply.data, headers)

    def check(self, request: Request) -> None:
        """Check the access token and the body."""
        if request.path != runs.SIGN_IN and request.bearer_token() not in self.state.tokens:
            raise ApiError(401, "unauthorized", "The access token is missing or has expired")
        if len(request.body) > _MAX_BODY:
            raise ApiError(413, "payload_too_large", "The body is larger than 1 MiB")
        if request.method in {"POST", "PUT", "PATCH"} and not isinstance(request.json, dict):
            raise invalid("The body must be a JSON object")

    def not_found(self) -> Reply:
        """Reply to a path that doesn't exist."""
        raise ApiError(404, "not_found", "Route not found")

    def _check_rate(self, usage: Usage) -> None:
        if usage.is_exceeded and self.state.rate_limit is not None:
            raise ApiError(429, "too_many_requests", "Too many requests, try again later")
