"""What all of PagerDuty's routes share: who asks, paging, errors."""

from __future__ import annotations

from collections.abc import Mapping

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.rate_limit import Standing, Window
from pd_incident_simulator.routes import Api

from .scopes import check_scope
from .seed import ACCOUNT_TOKEN, TOKEN_OWNER, USER_TOKEN
from .state import PagerDutyState
from .things import Json, RefusedError, invalid, missing

_MOST_PER_PAGE = 100
_FURTHEST = 10_000
_BODILESS = ("/ping", "/enable")
_USUAL_LIMIT = (960, 60.0)
_HEADERS = {"x-request-id": "5f3c1a0e-simulated"}


class PagerDutyRoutes(Api):
    """Routes of PagerDuty's REST API.

    Args:
        state: the account.
    """

    name = "pagerduty"

    def __init__(self, state: PagerDutyState) -> None:
        super().__init__()
        self.state = state
        self._window = Window()

    def answer(self, request: Request) -> Reply:
        """Answer a request, turning refusals into PagerDuty's error bodies."""
        with self.state.lock:
            standing = self._window.take(*(self.state.rate_limit or _USUAL_LIMIT))
            headers = _HEADERS | _limits(standing)
            try:
                self._check_limit(standing)
                reply = super().answer(request)
                return Reply(reply.status, reply.data, headers)
            except RefusedError as refusal:
                return _refusal(refusal, headers)

    def _check_limit(self, standing: Standing) -> None:
        if standing.exceeded and self.state.rate_limit is not None:
            raise RefusedError(2020, "Rate Limit Exceeded", status=429)

    def admit(self, request: Request) -> None:
        """Check the API key and the body's media type."""
        self._authenticate(request)
        is_json = "json" in request.headers.get("content-type", "")
        needs_body = request.method in {"POST", "PUT"} and not request.path.endswith(_BODILESS)
        if needs_body and not (is_json and isinstance(request.json, dict)):
            raise invalid("Body is not JSON")

    def _authenticate(self, request: Request) -> None:
        """Check the API key, or an app's token and its scopes."""
        credentials = request.headers.get("authorization", "")
        scheme, _, token = credentials.partition(" ")
        if scheme == "Bearer" and token in self.state.oauth_tokens:
            check_scope(request, self.state.oauth_tokens[token])
        elif credentials not in {f"Token token={key}" for key in (ACCOUNT_TOKEN, USER_TOKEN)}:
            raise RefusedError(2006, "Authentication failed", status=401)

    def not_found(self) -> Reply:
        """Answer a path that doesn't exist."""
        raise missing()

    def requester(self, request: Request) -> Json:
        """Find who asks: the owner of a user's key, or the user that From names."""
        if owns_token(request):
            return self.state.users[TOKEN_OWNER]
        email = request.headers.get("from", "")
        if not email:
            raise RefusedError(2016, "Required From Header Missing", "From must be a valid user")
        user = self.state.user_by_email(email)
        if user is None:
            raise RefusedError(1008, "Requester User Not Found", "From must be a valid user")
        return user

    def incident(self, identifier: str) -> Json:
        """Find the incident with an id, or refuse."""
        if identifier not in self.state.incidents:
            raise missing()
        return self.state.incidents[identifier]

    def named_incident(self, request: Request) -> Json:
        """Find the incident that the path names, or refuse."""
        return self.incident(request.parameters["id"])


def owns_token(request: Request) -> bool:
    """Tell whether the API key is a user's own, not the account's."""
    return request.headers.get("authorization") == f"Token token={USER_TOKEN}"


def member(request: Request, name: str) -> Json:
    """Take the object out of the body that the endpoint is about."""
    value = request.json.get(name)
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object")
    return value


def page(request: Request, name: str, things: list[Json]) -> Reply:
    """Answer with the part of a list that ``limit`` and ``offset`` ask for."""
    limit = min(number(request, "limit", 25), _MOST_PER_PAGE)
    offset = number(request, "offset", 0)
    if limit + offset > _FURTHEST:
        raise invalid(f"Offset and limit together must not be above {_FURTHEST}")
    more = offset + limit < len(things)
    paging: Json = {"limit": limit, "offset": offset, "more": more}
    if request.flag("total"):
        paging["total"] = len(things)
    return Reply(200, {name: things[offset : offset + limit], **paging})


def show(request: Request, name: str, things: dict[str, Json]) -> Reply:
    """Answer with the object that the path names."""
    if request.parameters["id"] not in things:
        raise missing()
    return Reply(200, {name: things[request.parameters["id"]]})


def number(request: Request, name: str, default: int) -> int:
    """Take a number from the query, or refuse."""
    text = request.first(name, str(default))
    if not text.isdecimal():
        raise invalid(f"{name} must be a number")
    return int(text)


def _limits(standing: Standing) -> dict[str, str]:
    """Say how many requests are left, and in how many seconds there are more."""
    return {
        "ratelimit-limit": str(standing.limit),
        "ratelimit-remaining": str(standing.remaining),
        "ratelimit-reset": str(standing.whole_seconds_left),
    }


def _refusal(refusal: RefusedError, headers: Mapping[str, str]) -> Reply:
    error: Json = {"message": refusal.message, "code": refusal.code}
    if refusal.errors:
        error["errors"] = refusal.errors
    return Reply(refusal.status, {"error": error}, headers)
