"""PagerDuty's identity service, where an app gets its token, and the scopes that requests need.

https://developer.pagerduty.com/docs/app-oauth-token
https://developer.pagerduty.com/docs/oauth-functionality
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routing import Api

from .objects import ApiError
from .rest import Routes
from .state import PagerDutyState

_CLIENT_ID = "pd-oauth-client"
_CLIENT_SECRET = "pd-oauth-secret"
_ACCOUNTS = ("as_account-us.acme", "as_account-eu.acme")
_FORM = "application/x-www-form-urlencoded"
_LIFETIME_SECONDS = 30 * 24 * 3600
_RESOURCES = {
    "escalation_policies": "escalation_policies",
    "incident_workflows": "incident_workflows",
    "incidents": "incidents",
    "log_entries": "incidents",
    "maintenance_windows": "services",
    "oncalls": "oncalls",
    "priorities": "priorities",
    "schedules": "schedules",
    "services": "services",
    "users": "users",
    "webhook_subscriptions": "webhook_subscriptions",
}
_SPECIAL = (
    (
        "POST",
        re.compile(r"/incident_workflows/[^/]+/instances"),
        "incident_workflows:instances.write",
    ),
    ("GET", re.compile(r"/incidents/types/[^/]+/custom_fields"), "custom_fields.read"),
    ("GET", re.compile(r"/incidents/types"), "incident_types.read"),
    (
        "GET",
        re.compile(r"/users/[^/]+/(contact_methods|notification_rules)"),
        "users:contact_methods.read",
    ),
)
_SCOPES = frozenset(
    {f"{resource}.{access}" for resource in _RESOURCES.values() for access in ("read", "write")}
    | {scope for _, _, scope in _SPECIAL}
)

routes = Routes()


class IdentityApi(Api[PagerDutyState]):
    """PagerDuty's identity service."""

    name = "identity"

    def __init__(self, state: PagerDutyState) -> None:
        super().__init__(state, routes)


@routes("POST", "/oauth/token")
def create_token(state: PagerDutyState, request: Request) -> Reply:
    """Create a token for an app that knows its secret."""
    if not request.headers.get("content-type", "").startswith(_FORM):
        return _error("invalid_request", "The body must be a form")
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    if form.get("grant_type") != "client_credentials":
        return _error("unsupported_grant_type", "grant_type must be client_credentials")
    if (form.get("client_id"), form.get("client_secret")) != (_CLIENT_ID, _CLIENT_SECRET):
        return _error("invalid_client", "Client authentication failed", 401)
    names = form.get("scope", "").split()
    scopes = [name for name in names if name not in _ACCOUNTS]
    if len(names) - len(scopes) != 1:
        return _error("invalid_scope", "The scope must name one account: as_account-us.acme")
    unknown = [name for name in scopes if name not in _SCOPES]
    if unknown or not scopes:
        return _error("invalid_scope", f"Unknown or missing scopes: {' '.join(unknown)}")
    with state.lock:
        token = state.next_id("pdus+oauth-")
        state.oauth_tokens[token] = frozenset(scopes)
    return Reply(
        200,
        {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": _LIFETIME_SECONDS,
            "scope": form["scope"],
        },
    )


def check_scope(request: Request, granted: frozenset[str]) -> None:
    """Reject a request whose token lacks the scope; writing doesn't include reading."""
    scope = _required_scope(request.method, request.path)
    if scope not in granted:
        detail = f"The token lacks the required scope {scope}"
        raise ApiError(2010, "Access Denied", detail, status=403)


def _required_scope(method: str, path: str) -> str:
    for special_method, pattern, scope in _SPECIAL:
        if method == special_method and pattern.fullmatch(path):
            return scope
    resource = path.removeprefix("/v3").split("/")[1]
    access = "read" if method == "GET" else "write"
    return f"{_RESOURCES.get(resource, resource)}.{access}"


def _error(error: str, description: str, status: int = 400) -> Reply:
    return Reply(status, {"error": error, "error_description": description})
