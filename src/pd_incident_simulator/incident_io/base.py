"""What all of incident.io's routes share: who asks, what they may do, paging, errors."""

from __future__ import annotations

from dataclasses import replace

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import Api

from .state import IncidentIoState
from .things import Json, RefusedError, forbidden, invalid, missing

_USUAL_PAGE = 25
_METHOD_NOT_ALLOWED = 405
# https://api-docs.incident.io/ names the scopes; which role has them is what the dashboard says.
_SCOPES = {
    "viewer": {"incidents.view"},
    "incident_creator": {"incidents.create"},
    "incident_editor": {
        "incidents.update_name",
        "incidents.update_summary",
        "incidents.update_severity",
        "incidents.update_status",
        "incidents.update_role_assignments",
    },
}


class IncidentIoRoutes(Api):
    """Routes of incident.io's API.

    Args:
        state: the account.
    """

    name = "incident-io"

    def __init__(self, state: IncidentIoState) -> None:
        super().__init__()
        self.state = state

    def answer(self, request: Request) -> Reply:
        """Answer a request, turning refusals into incident.io's error bodies."""
        with self.state.lock:
            headers: dict[str, str] = {}
            try:
                headers |= self._count(request)
                reply = super().answer(request)
                if reply.status == _METHOD_NOT_ALLOWED:
                    words = {"code": "method_not_allowed", "message": "Method not allowed"}
                    refusal = RefusedError(reply.status, "method_not_allowed", words)
                    return self._refusal(refusal, headers)
                # The body as it is now: what it shows may change as soon as the lock is free.
                return replace(reply, body=reply.data, headers=headers)
            except RefusedError as refusal:
                return self._refusal(refusal, headers)

    def admit(self, request: Request) -> None:
        """Check the body."""
        if request.method == "POST" and not isinstance(request.json, dict):
            words = {"code": "invalid_json", "message": "The body must be a JSON object"}
            raise RefusedError(400, "invalid_request_error", words)

    def not_found(self) -> Reply:
        """Answer a path that doesn't exist."""
        raise missing("The path does not exist")

    def key(self, request: Request) -> Json:
        """Find the API key that asks, or refuse."""
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if not sent:
            words = "No authorization material provided in request"
            raise _unauthorized("missing_authorization_material", words)
        if scheme != "Bearer" or sent not in self.state.keys:
            raise _unauthorized("invalid_authorization_material", "The API key is not valid")
        return self.state.keys[sent]

    def require(self, request: Request, *scopes: str) -> Json:
        """Refuse a key that lacks a scope.

        Returns:
            The key, as the actor of what is done with it.
        """
        key = self.key(request)
        granted: set[str] = set().union(*(_SCOPES.get(role, set()) for role in key["roles"]))
        for scope in scopes:
            if scope not in granted:
                raise forbidden(scope)
        return {"api_key": {"id": key["id"], "name": key["name"]}}

    def _count(self, request: Request) -> dict[str, str]:
        key = self.key(request)
        return self.state.rate_limit.take(key["id"], key["name"])

    def _refusal(self, refusal: RefusedError, headers: dict[str, str]) -> Reply:
        body = {
            "type": refusal.kind,
            "status": refusal.status,
            "request_id": self.state.next_request_id(),
            "errors": refusal.errors,
            **refusal.more,
        }
        return Reply(refusal.status, body, headers | refusal.headers)


def page(request: Request, name: str, things: list[Json], most: int, **more: int) -> Reply:
    """Answer with the part of a list that ``page_size`` and ``after`` ask for.

    Args:
        request: the request.
        name: the member that holds the list.
        things: the whole list.
        most: the largest page.
        more: what else is said about the paging.
    """
    text = request.first("page_size") or str(_USUAL_PAGE)
    size = int(text) if text.isdecimal() else 0
    if not 1 <= size <= most:
        raise invalid("page_size", f"page_size must be between 1 and {most}")
    start = _index_after(request.first("after"), things)
    shown = things[start : start + size]
    meta: Json = {"page_size": size, **more}
    if start + size < len(things):
        meta["after"] = shown[-1]["id"]
    return Reply(200, {name: shown, "pagination_meta": meta})


def _index_after(identifier: str, things: list[Json]) -> int:
    if not identifier:
        return 0
    found = [index for index, thing in enumerate(things, 1) if thing["id"] == identifier]
    if not found:
        raise invalid("after", f"{identifier} is not in the list")
    return found[0]


def _unauthorized(code: str, words: str) -> RefusedError:
    return RefusedError(401, "authentication_error", {"code": code, "message": words})
