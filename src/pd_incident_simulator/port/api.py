"""Port's API: authentication, rate limit, error replies, and all its endpoints.

https://docs.port.io/api-reference/port-api
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from itertools import count

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.rate_limit import FixedWindow, TokenBucket, Usage
from pd_incident_simulator.routing import Api

from . import account, actions, entities, runs, webhooks
from .objects import ApiError, invalid
from .state import PortState

_MAX_BODY = 2**20
# https://docs.port.io/api-reference/rate-limits: how many requests in five minutes, and at once.
_PERIOD = 300.0
_LIMITS: Mapping[str, tuple[int, int]] = {
    "sign-in": (100, 10),
    "upsert": (10_000, 200),
    "bulk": (35_000, 3_500),
    "search": (35_000, 3_500),
    "entities": (35_000, 3_500),
    "blueprints": (15_000, 1_500),
    "others": (15_000, 1_500),
}


class PortApi(Api[PortState]):
    """Port's API."""

    name = "port"

    def __init__(self, state: PortState) -> None:
        resources = (runs, entities, actions, webhooks, account)
        super().__init__(state, *(one.routes for one in resources))
        self._traces = count(1)
        self._window = FixedWindow()
        self._windows = {kind: FixedWindow() for kind in _LIMITS}
        self._buckets = {
            kind: TokenBucket(burst, limit / _PERIOD) for kind, (limit, burst) in _LIMITS.items()
        }

    def handle(self, request: Request) -> Reply:
        """Handle a request within the rate limit; errors have Port's format."""
        with self.state.lock:
            kind = _kind(request)
            usage = (
                self._window.count(*self.state.rate_limit)
                if self.state.rate_limit
                else self._windows[kind].count(_LIMITS[kind][0], _PERIOD)
            )
            headers = {
                "x-trace-id": f"trace-{next(self._traces)}",
                "x-ratelimit-limit": str(usage.limit),
                "x-ratelimit-period": f"{usage.period:g}",
                "x-ratelimit-remaining": str(usage.remaining),
                "x-ratelimit-reset": str(math.ceil(time.time()) + usage.reset_in),
            }
            try:
                self._check_rate(usage, kind)
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

    def _check_rate(self, usage: Usage, kind: str) -> None:
        is_one_too_many = usage.is_exceeded and self.state.rate_limit is not None
        if self.state.has_real_limits:
            is_one_too_many = usage.is_exceeded or not self._buckets[kind].take()
        if is_one_too_many:
            raise ApiError(429, "too_many_requests", "Too many requests, try again later")


def _kind(request: Request) -> str:
    """Return which of the limits counts for a request."""
    if request.path == runs.SIGN_IN:
        return "sign-in"
    parts = request.path.split("/")[2:]
    if "entities" in parts:
        last = parts[-1]
        if last == "entities" and request.method == "POST":
            return "upsert"
        return last if last in _LIMITS else "entities"
    return "blueprints" if parts[:1] == ["blueprints"] else "others"
