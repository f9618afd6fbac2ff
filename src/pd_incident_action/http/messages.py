"""What is said to an API and what comes back; nothing in here needs the network's modules."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from .wire import HEADERS, Outgoing

# What can heal by itself; PagerDuty advises just these.
TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
# Gives the headers that show who asks; raises `ApiError` when there are none to be had.
Credentials = Callable[[], Mapping[str, str]]


class ApiRequest(NamedTuple):
    """One request to an API.

    Attributes:
        method: HTTP method.
        path: path below the API's base URL, made by `build_path`.
        action: what it is for, as in "PagerDuty didn't <create the incident>".
        params: query parameters; lists are repeated.
        json: the body, any JSON value, or None for no body.
        form: the body as a form's fields, instead of JSON.
        headers: headers beside the client's own.
        idempotent: whether doing it twice does no harm: reads, updates that set a state, and
            writes that carry an idempotency key. Others are only retried when they certainly
            weren't processed.
        envelope: a member that the answer's JSON object must have to be of use, or empty.
        read_only: whether it changes nothing, although it isn't a GET.
    """

    method: str
    path: str
    action: str
    params: Mapping[str, str | list[str]] = MappingProxyType({})
    json: object = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    idempotent: bool = True
    envelope: str = ""
    read_only: bool = False

    @property
    def writes(self) -> bool:
        """Whether it is to change something."""
        return self.method != "GET" and not self.read_only


class ApiResponse(NamedTuple):
    """What an API answered.

    Attributes:
        status: HTTP status.
        headers: response headers.
        body: parsed JSON; None for an empty body.
        attempts: how many attempts it took.
    """

    status: int
    headers: Mapping[str, str]
    body: Any
    attempts: int = 1


class ErrorDetail(NamedTuple):
    """An API's complaint, as its own code puts it.

    Attributes:
        message: the API's words, joined into one line.
        code: the API's error code, or None.
        cause: what is likely behind it.
        remedy: what to change.
    """

    message: str
    code: int | str | None = None
    cause: str = ""
    remedy: str = ""


def build_path(*segments: str) -> str:
    """Build a path from segments, none of which can reach out of its place.

    Args:
        segments: the parts between slashes, unquoted.

    Returns:
        ``/a/b/c`` with everything but unreserved characters quoted.

    Raises:
        ValueError: a segment is empty, ``.`` or ``..``, which URLs resolve even when quoted.
    """
    for segment in segments:
        if segment in {"", ".", ".."}:
            msg = f"{segment!r} can't be part of a path"
            raise ValueError(msg)
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


def url_of(base_url: str, call: ApiRequest) -> str:
    """Build a request's whole URL.

    Args:
        base_url: the API's, without a trailing slash.
        call: the request.

    Returns:
        The URL, query included.
    """
    query = urlencode(call.params, doseq=True)
    return f"{base_url}{call.path}{'?' if query else ''}{query}"


def outgoing(base_url: str, call: ApiRequest, credentials: Mapping[str, str]) -> Outgoing:
    """Write a request as it goes over the wire.

    Args:
        base_url: the API's, without a trailing slash.
        call: the request.
        credentials: the headers that show who asks.

    Returns:
        What to send.
    """
    headers = {**HEADERS, **_content_type(call), **call.headers, **credentials}
    return Outgoing(call.method, url_of(base_url, call), headers, _body(call))


def _body(call: ApiRequest) -> bytes | None:
    if call.form is not None:
        return urlencode(call.form).encode("ascii")
    if call.json is None:
        return None
    return json.dumps(call.json, ensure_ascii=False).encode("utf-8", "replace")


def _content_type(call: ApiRequest) -> dict[str, str]:
    if call.form is not None:
        return {"Content-Type": "application/x-www-form-urlencoded"}
    return {} if call.json is None else {"Content-Type": "application/json"}
