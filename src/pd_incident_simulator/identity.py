"""PagerDuty's identity service, where an app gets its token.

https://developer.pagerduty.com/docs/app-oauth-token
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from .exchange import Reply, Request
from .pagerduty import PagerDutyState
from .pagerduty.scopes import KNOWN
from .routes import Api, route

CLIENT_ID = "pd-oauth-client"
CLIENT_SECRET = "pd-oauth-secret"  # noqa: S105 - opens nothing but the simulator
_ACCOUNTS = ("as_account-us.acme", "as_account-eu.acme")
_FORM = "application/x-www-form-urlencoded"
_SECONDS = 30 * 24 * 3600


class IdentityApi(Api):
    """PagerDuty's identity service.

    Args:
        state: the account that the tokens open.
    """

    name = "identity"

    def __init__(self, state: PagerDutyState) -> None:
        super().__init__()
        self.state = state

    @route("POST", "/oauth/token")
    def grant_token(self, request: Request) -> Reply:
        """Grant a token to an app that knows its secret."""
        if not request.headers.get("content-type", "").startswith(_FORM):
            return _refused("invalid_request", "The body must be a form")
        fields = parse_qs(request.body.decode("utf-8", "replace"))
        form = {name: values[0] for name, values in fields.items()}
        if form.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type", "grant_type must be client_credentials")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _refused("invalid_client", "Client authentication failed", 401)
        return self._grant(form.get("scope", ""))

    def _grant(self, wanted: str) -> Reply:
        names = wanted.split()
        accounts = [name for name in names if name in _ACCOUNTS]
        scopes = [name for name in names if name not in _ACCOUNTS]
        unknown = [name for name in scopes if name not in KNOWN]
        if len(accounts) != 1:
            return _refused("invalid_scope", "The scope must name one account: as_account-us.acme")
        if unknown or not scopes:
            return _refused("invalid_scope", f"Unknown or missing scopes: {' '.join(unknown)}")
        with self.state.lock:
            token = self.state.next_id("pdus+oauth-")
            self.state.oauth_tokens[token] = frozenset(scopes)
        answer = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": _SECONDS,
            "scope": wanted,
        }
        return Reply(200, answer)


def _refused(error: str, description: str, status: int = 400) -> Reply:
    body: dict[str, Any] = {"error": error, "error_description": description}
    return Reply(status, body)
