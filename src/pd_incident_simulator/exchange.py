"""What goes over the wire: requests, replies, and the log of both."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request as it arrived.

    Attributes:
        path: raw path, without the query.
        query: values by parameter name.
        headers: values by lower-case name.
        path_params: what the route's ``{name}`` segments matched, unquoted.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    path_params: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body's JSON, or None if it isn't JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def param(self, name: str, default: str = "") -> str:
        """Return a query parameter's first value."""
        return self.query.get(name, [default])[0]

    def params(self, name: str) -> list[str]:
        """Return all values of a query parameter."""
        return self.query.get(name, [])

    def flag(self, name: str) -> bool:
        """Return whether a query parameter is ``true``."""
        return self.param(name).lower() == "true"

    def bearer_token(self) -> str:
        """Return the token of ``Authorization: Bearer …``, or nothing."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme == "Bearer" else ""


@dataclass(frozen=True)
class Reply:
    """A response; the body is a JSON value, or bytes that are sent as they are."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    @property
    def data(self) -> bytes:
        """The body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True, kw_only=True)
class Exchange(Request):
    """A request and its response.

    Attributes:
        api: name of the API, for example ``pagerduty`` or ``port``.
        arrived: when the request had arrived, in seconds of the monotonic clock.
        connection: number of the TCP connection.
        status: 0 if no response was sent.
        fault: kind of the injected fault, or None.
    """

    api: str
    arrived: float
    connection: int
    status: int
    response_headers: Mapping[str, str]
    response_body: bytes
    fault: str | None = None


class RequestLog:
    """All exchanges; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []

    def add(self, exchange: Exchange) -> None:
        """Add an exchange."""
        with self._lock:
            self._exchanges.append(exchange)

    def clear(self) -> None:
        """Remove all exchanges."""
        with self._lock:
            self._exchanges.clear()

    def all(self) -> list[Exchange]:
        """List the exchanges in the order in which the requests arrived."""
        with self._lock:
            return sorted(self._exchanges, key=lambda exchange: exchange.arrived)
