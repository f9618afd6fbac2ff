"""PagerDuty's REST API v2: authentication, headers, pagination.

https://developer.pagerduty.com/docs/rest-api-overview
https://developer.pagerduty.com/docs/app-oauth-token
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Literal, Self

from pd_incident_action.errors import ApiResponseTooLarge
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.messages import (
    ApiRequest,
    ApiResponse,
    Check,
    Credentials,
    has_id,
    is_list,
    is_object,
    is_token,
)
from pd_incident_action.text import Json, JsonValue

Params = Mapping[str, str | list[str]]
Send = Callable[[ApiRequest], ApiResponse]

MEDIA_TYPE = "application/vnd.pagerduty+json;version=2"
_PAGE = 100
# PagerDuty lists no more than 10,000 items.
_LAST_OFFSET = 10_000
_LOOK_FIRST = "It may have been done anyway: check before you repeat it"


def token_auth(token: str) -> Credentials:
    """Return what authenticates each request with an API key."""
    return lambda: {"Authorization": f"Token token={token}"}


def app_auth(
    client: ApiClient,
    client_id: str,
    client_secret: str,
    scope: str,
    on_token: Callable[[str], None],
) -> Credentials:
    """Return what authenticates requests with an app's token, fetched with the first of them."""
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
        "scope": scope,
    }

    @cache
    def sign_in() -> dict[str, str]:
        call = ApiRequest(
            "POST",
            "/oauth/token",
            "issue an access token",
            form=form,
            envelope="access_token",
            check=is_token,
            read_only=True,
        )
        token = str(client.send(call).body["access_token"])
        on_token(token)
        return {"Authorization": f"Bearer {token}"}

    return sign_in


class PagerDuty:
    """PagerDuty's REST API: reading and writing, whatever the endpoint.

    Args:
        requester: e-mail address for the ``From`` header, or None with a user's own key.
        send: sends the requests in place of the client, as a rate limiter does.
    """

    def __init__(
        self,
        client: ApiClient,
        requester: str | None,
        send: Send | None = None,
        *,
        incidents_page: str = "",
    ) -> None:
        self._client = client
        self.incidents_page = incidents_page
        self._send = send or client.send
        self.headers = {"Accept": MEDIA_TYPE}
        self.requester = requester
        self._from = {"From": requester} if requester else {}

    def with_timeout(self, seconds: float, *, share: float = 0.5, retries: bool = True) -> Self:
        """Return the same API on the same connection, with another time limit.

        Args:
            seconds: the time limit.
            share: how much of the time that is left it may take at most.
            retries: whether to try again.
        """
        client = self._client.with_timeout(min(seconds, self.deadline.remaining() * share))
        client = client if retries else replace(client, max_attempts=1)
        return type(self)(client, self.requester, incidents_page=self.incidents_page)

    @property
    def deadline(self) -> Deadline:
        """When to give up."""
        return self._client.deadline

    def with_sender(self, send: Send) -> Self:
        """Return the same API whose requests are sent by something else."""
        return type(self)(self._client, self.requester, send, incidents_page=self.incidents_page)

    def send(self, call: ApiRequest) -> ApiResponse:
        """Send any request, and return the whole response; raises as `get` does."""
        return self._send(call)

    def get(
        self,
        path: str,
        action: str,
        member: str,
        params: Params | None = None,
        check: Check = is_list,
    ) -> JsonValue:
        """GET any path, and return one member of the response.

        Args:
            path: made by `build_path`.
            action: what it is for, as in "PagerDuty failed to <look up the incident>".
            member: the member of the response.
            params: query parameters.
            check: checks that member, by default that it is a list.
        """
        return self.get_all(path, action, member, params or {}, check)[member]

    def get_all(
        self, path: str, action: str, member: str, params: Params, check: Check = is_list
    ) -> Json:
        """GET any path as `get` does, and return all members of the response."""
        call = ApiRequest(
            "GET",
            path,
            action,
            params=params,
            headers=self.headers,
            envelope=member,
            check=check,
        )
        body: Json = self._send(call).body
        return body

    def paginate(
        self, path: str, action: str, member: str, params: Params | None = None, offset: int = 0
    ) -> Iterator[Json]:
        """GET a list's items, page by page, as far as they are consumed.

        Where items are large, a page has fewer of them.

        https://developer.pagerduty.com/docs/pagination
        """
        limit, more = _PAGE, True
        while more:
            paging = {**(params or {}), "limit": str(limit), "offset": str(offset)}
            try:
                body = self.get_all(path, action, member, paging)
            except ApiResponseTooLarge:
                if limit == 1:
                    raise
                limit //= 2
                continue
            yield from filter(is_object, body[member])
            offset += limit
            more = bool(body.get("more")) and offset < _LAST_OFFSET

    def write(  # noqa: PLR0913 - what a request is made of
        self,
        method: Literal["POST", "PUT", "DELETE"],
        path: str,
        action: str,
        body: object,
        member: str = "",
        *,
        idempotent: bool = True,
        if_unknown: str = "",
        check: Check = lambda _member: True,
    ) -> object:
        """Change something on behalf of the requester; return a member of the response, or all.

        The rest is as in `ApiRequest`; for what isn't idempotent, `if_unknown` has a default.
        """
        call = ApiRequest(
            method,
            path,
            action,
            json=body,
            headers=self.headers | self._from,
            idempotent=idempotent,
            envelope=member,
            if_unknown=if_unknown or ("" if idempotent else _LOOK_FIRST),
            check=check,
        )
        response = self._send(call).body
        return response[member] if member else response

    def post_once(self, path: str, action: str, body: object, member: str) -> object:
        """POST, as `write` does, what would be there twice if it were sent again."""
        return self.write("POST", path, action, body, member, idempotent=False, check=has_id)


def reference(kind: str, identifier: str) -> Json:
    """Build a reference to another object: ``{"id": …, "type": "service_reference"}``."""
    return {"id": identifier, "type": f"{kind}_reference"}
