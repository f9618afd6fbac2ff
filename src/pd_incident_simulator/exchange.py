"""What goes over the wire: requests, replies, and the record of both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request as it arrived.

    Attributes:
        method: HTTP method.
        path: raw path, without the query.
        query: values by parameter name.
        headers: values by lower-case name.
        body: the bytes of the body.
        parameters: what the route's ``{name}`` segments matched, unquoted.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body's JSON, or None if it isn't JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def first(self, name: str, default: str = "") -> str:
        """Give a query parameter's first value."""
        return self.query.get(name, [default])[0]

    def flag(self, name: str) -> bool:
        """Tell whether a query parameter is ``true``."""
        return self.first(name).lower() == "true"


@dataclass(frozen=True)
class Reply:
    """What is answered.

    Attributes:
        status: HTTP status.
        body: a JSON value, or bytes that are sent as they are.
        headers: headers beside the usual ones.
        content_type: the body's media type.
    """

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


@dataclass(frozen=True)
class Exchange:
    """One request and what became of it.

    Attributes:
        api: ``pagerduty``, ``events``, ``port`` or ``incident-io``.
        method: HTTP method.
        path: raw path, without the query.
        query: values by parameter name.
        headers: request headers by lower-case name.
        body: the request's bytes.
        json: the request's JSON, or None.
        arrived: when it had arrived, in seconds of the monotonic clock.
        connection: number of the TCP connection.
        status: the answer's HTTP status, 0 if none was given.
        response_headers: the answer's own headers.
        response_body: the answer's bytes.
        fault: kind of the fault that was injected, or None.
    """

    api: str
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    json: Any
    arrived: float
    connection: int
    status: int
    response_headers: Mapping[str, str]
    response_body: bytes
    fault: str | None = None
