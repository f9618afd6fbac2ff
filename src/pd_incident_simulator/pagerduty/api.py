"""PagerDuty's REST API v2: authentication, rate limit, error replies, and all its endpoints.

https://developer.pagerduty.com/api-reference/
"""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.rate_limit import FixedWindow, Usage
from pd_incident_simulator.routing import Api

from . import (
    custom_fields,
    directory,
    incident_actions,
    incident_log,
    incidents,
    related,
    schedules,
    services,
    webhooks,
)
from .identity import check_scope
from .objects import ApiError, invalid, not_found
from .seed import ACCOUNT_TOKEN, USER_TOKEN
from .state import PagerDutyState

_DEFAULT_LIMIT = (960, 60.0)


class PagerDutyApi(Api[PagerDutyState]):
    """PagerDuty's REST API."""

    name = "pagerduty"

    def __init__(self, state: PagerDutyState) -> None:
        super().__init__(
            state,
            incidents.routes,
            incident_log.routes,
            incident_actions.routes,
            custom_fields.routes,
            related.routes,
            services.routes,
            schedules.routes,
            directory.routes,
            webhooks.routes,
        )
        self._window = FixedWindow()

    def handle(self, request: Request) -> Reply:
        """Handle a request within the rate limit; errors have PagerDuty's format."""
        with self.state.lock:
            usage = self._window.count(*(self.state.rate_limit or _DEFAULT_LIMIT))
            headers = {
                "x-request-id": "5f3c1a0e-simulated",
                "ratelimit-limit": str(usage.limit),
                "ratelimit-remaining": str(usage.remaining),
                "ratelimit-reset": str(usage.reset_in),
            }
            try:
                self._check_rate(usage)
                reply = super().handle(request)
            except ApiError as error:
                reply = Reply(error.status, error.body())
            # The body as it is now: the objects in it may change once the lock is free.
            return Reply(reply.status, reply.data, headers)

    def check(self, request: Request) -> None:
        """Check the API key or an app's token, and that the body is JSON."""
        token = request.bearer_token()
        if token in self.state.oauth_tokens:
            check_scope(request, self.state.oauth_tokens[token])
        elif request.headers.get("authorization") not in {
            f"Token token={key}" for key in (ACCOUNT_TOKEN, USER_TOKEN)
        }:
            raise ApiError(2006, "Authentication failed", status=401)
        has_body = request.method in {"POST", "PUT"} and not request.path.endswith("/ping")
        is_json = "json" in request.headers.get("content-type", "")
        if has_body and not (is_json and isinstance(request.json, dict)):
            raise invalid("Body is not JSON")

    def not_found(self) -> Reply:
        """Reply to a path that doesn't exist."""
        raise not_found()

    def _check_rate(self, usage: Usage) -> None:
        if usage.is_exceeded and self.state.rate_limit is not None:
            raise ApiError(2020, "Rate Limit Exceeded", status=429)
