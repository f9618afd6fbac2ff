"""Fault injection: which requests fail, and how."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Literal

from .exchange import Reply, Request
from .routing import Api

FaultKind = Literal[
    "status", "reset", "hang", "slow", "truncate", "garbage", "huge", "content_type", "echo"
]
_GARBAGE = b"<!doctype html><title>Please sign in</title>"
_PROCESSED = {"slow", "truncate", "huge", "content_type"}


@dataclass(frozen=True)
class Fault:
    """A fault, and the requests that it hits.

    Attributes:
        kind: ``status`` replies with another status; ``reset`` drops the connection; ``hang``
            sends nothing and then drops it; ``slow`` replies late; ``truncate`` sends half of the
            body; ``garbage`` sends something that isn't JSON; ``huge`` sends a body of many
            megabytes; ``content_type`` sends a wrong media type; ``echo`` rejects the request with
            its own headers and body in the reply.
        api: which API, or ``*``.
        method: which method, or ``*``.
        path: which path, as a shell pattern.
        count: how many requests it hits; None for all.
        skip: how many matching requests it lets pass first.
        processed: whether the request takes effect although its reply is lost.
        status: the status of ``status`` and ``echo``.
        body: the body of ``status``.
        headers: headers of ``status``.
        content_type: the type of ``status`` and ``content_type``.
        seconds: how long ``hang`` and ``slow`` take.
        megabytes: the size of ``huge``.
    """

    kind: FaultKind
    api: str = "*"
    method: str = "*"
    path: str = "*"
    count: int | None = 1
    skip: int = 0
    processed: bool = False
    status: int = 500
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    seconds: float = 1.0
    megabytes: int = 200

    @property
    def is_silent(self) -> bool:
        """Whether the client gets no reply."""
        return self.kind in {"reset", "hang"}

    def matches(self, api: str, request: Request) -> bool:
        """Return whether it is meant for a request."""
        pairs = ((self.api, api), (self.method, request.method), (self.path, request.path))
        return all(fnmatchcase(actual, pattern) for pattern, actual in pairs)


class Faults:
    """The faults that are active; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, count[int]]] = []

    def add(self, fault: Fault) -> None:
        """Activate a fault."""
        with self._lock:
            self._faults.append((fault, count(1 - fault.skip)))

    def clear(self) -> None:
        """Deactivate all faults."""
        with self._lock:
            self._faults.clear()

    def next(self, api: str, request: Request) -> Fault | None:
        """Return the fault that hits a request, if any."""
        with self._lock:
            for fault, hits in self._faults:
                if fault.matches(api, request):
                    hit = next(hits)
                    if hit >= 1 and (fault.count is None or hit <= fault.count):
                        return fault
        return None


def handle(api: Api[Any], request: Request, fault: Fault | None) -> Reply:
    """Have an API handle a request, or inject a fault instead.

    Returns:
        The reply; for a fault that sends none, the one that the client doesn't get.
    """
    if fault is None:
        return _handle(api, request)
    processed = fault.processed or fault.kind in _PROCESSED
    reply = _handle(api, request) if processed else Reply(fault.status)
    match fault.kind:
        case "status":
            return Reply(fault.status, fault.body.encode(), fault.headers, fault.content_type)
        case "garbage":
            return Reply(200, _GARBAGE, content_type="text/html")
        case "content_type":
            return replace(reply, content_type=fault.content_type)
        case "echo":
            return Reply(fault.status, _echo(request))
        case _:
            return reply


def _handle(api: Api[Any], request: Request) -> Reply:
    try:
        return api.handle(request)
    except Exception as error:  # noqa: BLE001 - a bug of the simulator must not look like a lost packet
        traceback.print_exc(file=sys.stderr)
        return Reply(500, {"message": f"The simulator failed: {error!r}"})


def _echo(request: Request) -> dict[str, Any]:
    """Build an error, in the format of every API at once, that repeats what was sent."""
    text = f"{dict(request.headers)} {request.body.decode('utf-8', 'replace')}"
    return {
        "error": {"message": text, "code": 2001, "errors": [text]},
        "message": text,
        "errors": [text],
        "status": "invalid event",
    }
