"""Scoped OAuth tokens of a PagerDuty app, in place of an API key.

https://developer.pagerduty.com/docs/app-oauth-token
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.http.messages import ApiRequest, is_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pd_incident_action.http.client import ApiClient


class AppAuth:
    """Authenticates requests with an app's token, fetched with the first of them.

    Args:
        client: sends requests to PagerDuty's identity service.
        client_id: the app's client id.
        client_secret: the app's client secret.
        scope: what the token is for, built by `scope_of`.
        on_token: called with the token, so that it can be masked.
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
        """Return the header; raises `ApiError` if PagerDuty doesn't give a token."""
        if not self._token:
            call = ApiRequest(
                "POST",
                "/oauth/token",
                "issue an access token",
                form=self._form,
                envelope="access_token",
                check=is_token,
                read_only=True,
            )
            self._token = str(self._client.send(call).body["access_token"])
            self._on_token(self._token)
        return {"Authorization": f"Bearer {self._token}"}


def scope_of(region: str, subdomain: str, scopes: Iterable[str]) -> str:
    """Build the parameter ``scope``.

    Args:
        region: the account's service region, us or eu.
        subdomain: the account's subdomain, for example ``acme`` of acme.pagerduty.com.
        scopes: for example ``incidents.write``.
    """
    return " ".join((f"as_account-{region}.{subdomain}", *scopes))
