"""incident.io's API: authentication, rate limit, error replies, and all its endpoints.

https://api-docs.incident.io/
"""

from __future__ import annotations

from dataclasses import replace

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routing import Api

from . import directory, incidents
from .objects import ApiError, not_found
from .rest import api_key
from .state import IncidentIoState


class IncidentIoApi(Api[IncidentIoState]):
    """incident.io's API."""

    name = "incident-io"

    def __init__(self, state: IncidentIoState) -> None:
        super().__init__(state, incidents.routes, directory.routes)

    def handle(self, request: Request) -> Reply:
        """Handle a request within the rate limit; errors have incident.io's format."""
        with self.state.lock:
            headers: dict[str, str] = {}
            try:
                key = api_key(self.state, request)
                headers |= self.state.rate_limit.count(key["id"], key["name"])
                reply = super().handle(request)
            except ApiError as error:
                body = error.body(self.state.next_request_id())
                return Reply(error.status, body, headers | error.headers)
            # The body as it is now: the objects in it may change once the lock is free.
            return replace(reply, body=reply.data, headers=headers)

    def not_found(self) -> Reply:
        """Reply to a path that doesn't exist."""
        raise not_found("The path does not exist")
