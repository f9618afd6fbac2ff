"""Scoped OAuth tokens of a PagerDuty app, in place of an API key.

https://developer.pagerduty.com/docs/app-oauth-token
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pd_incident_action.http.messages import ApiRequest, ErrorDetail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pd_incident_action.http.client import ApiClient

_REMEDIES: Mapping[int, tuple[str, str]] = {
    400: (
        "the app, its scopes or the account's subdomain are not right",
        "check pagerduty-subdomain, pagerduty-region, and the scopes that the app was given",
    ),
    401: (
        "PagerDuty does not know this app",
        "check pagerduty-client-id and pagerduty-client-secret",
    ),
    403: (
        "the app may not ask for these scopes",
        "give the app the scopes that docs/permissions.md lists for this operation",
    ),
}
_OUTAGE = (
    "PagerDuty's sign-in has trouble",
    "see status.pagerduty.com, page by phone if it is urgent, and re-run the job",
)


class AppAuth:
    """Gives requests an app's token, which it gets with the first of them.

    Args:
        client: sends requests to PagerDuty's identity service.
        client_id: the app's client id.
        client_secret: the app's client secret.
        scope: what the token is for, made by `scope_of`.
        on_token: told the token, so that it can be hidden.
    """

    def __init__(
        self,
        client: ApiClient,
        client_id: str,
        client_secret: str,
        scope: str,
        on_token: Callable[[str], None],
    ) -> None:
        self._client = client
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": scope,
        }
        self._on_token = on_token
        self._token = ""

    def __call__(self) -> dict[str, str]:
        """Give the header; raises `ApiError` when there is no token to be had."""
        if not self._token:
            call = ApiRequest(
                "POST",
                "/oauth/token",
                "sign in",
                form=self._form,
                envelope="access_token",
                read_only=True,
            )
            self._token = str(self._client.send(call).body["access_token"])
            self._on_token(self._token)
        return {"Authorization": f"Bearer {self._token}"}


def scope_of(region: str, subdomain: str, scopes: Iterable[str]) -> str:
    """Say what a token is for.

    Args:
        region: the account's service region, us or eu.
        subdomain: the account's subdomain, for example ``acme`` of acme.pagerduty.com.
        scopes: for example ``incidents.write``.

    Returns:
        The parameter ``scope``.
    """
    return " ".join((f"as_account-{region}.{subdomain}", *scopes))


def explain(status: int, _headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain a refusal of PagerDuty's identity service.

    Args:
        status: HTTP status.
        body: parsed JSON, or the raw text.

    Returns:
        Its words and error name, the likely cause, and what to change.
    """
    answer = body if isinstance(body, Mapping) else {}
    cause, remedy = _REMEDIES.get(status, _OUTAGE)
    words = str(answer.get("error_description") or "")
    return ErrorDetail(words, answer.get("error"), cause, remedy)
