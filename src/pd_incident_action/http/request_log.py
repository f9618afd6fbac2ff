"""What was sent and what came back; in a dry run, what would have been."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

from .messages import ApiRequest, ApiResponse, build_path

# What is looked up later: how many requests are left, and the API's time.
_KEPT = ("ratelimit", "x-ratelimit", "date")


class Attempt(NamedTuple):
    """One attempt to send a request.

    Attributes:
        action: what it is for, as in "PagerDuty failed to <create the incident>".
        writes: whether it is to change something.
        number: 1 for the first attempt of its request.
        began: when, in seconds of the monotonic clock.
        headers: the response's headers; names in lower case.
        problem: why there is no usable response, or empty.
    """

    service: str
    method: str
    url: str
    action: str
    writes: bool
    number: int
    began: float
    seconds: float = 0.0
    status: int | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    sent: str = ""
    received: str = ""
    problem: str = ""

    @property
    def ended(self) -> float:
        """When it was over, in seconds of the monotonic clock."""
        return self.began + self.seconds

    @property
    def succeeded(self) -> bool:
        """Whether the API answered with a success that is of use."""
        status = self.status or 0
        is_success = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        return is_success and not self.problem


class RequestLog:
    """Every attempt of a run, from all its threads."""

    def __init__(self, on_attempt: Callable[[Attempt], None] = lambda _attempt: None) -> None:
        self._on_attempt = on_attempt
        self._lock = threading.Lock()
        self._attempts: list[Attempt] = []

    def add(self, attempt: Attempt) -> None:
        """Record an attempt that is over."""
        with self._lock:
            # Without the bodies: a run that copies thousands of incidents would hold them all.
            kept = {n: v for n, v in attempt.headers.items() if n.startswith(_KEPT)}
            self._attempts.append(attempt._replace(sent="", received="", headers=kept))
            self._on_attempt(attempt)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """All attempts so far, in the order in which they ended, without their bodies."""
        with self._lock:
            return tuple(self._attempts)


UNKNOWN_ID = "dry-run"
_MAX_READ = 25
_NEW: Mapping[str, Mapping[str, Any]] = {"incident": {"status": "triggered"}}

_Send = Callable[[ApiRequest], ApiResponse]


@dataclass(frozen=True)
class PlannedRequest:
    """A request that a real run would send."""

    service: str
    method: str
    url: str
    body: object


class DryRun:
    """Answers in an API's place whatever would change something."""

    def __init__(self) -> None:
        self.planned: list[PlannedRequest] = []

    def answer(self, service: str, base_url: str, request: ApiRequest, read: _Send) -> ApiResponse:
        """Record a request, and make up the response: what is sent, on top of what is there.

        Raises:
            ApiError: what would be changed doesn't exist, or the API wasn't reached.
        """
        url, body = request.url(base_url), request.json or request.form
        self.planned.append(PlannedRequest(service, request.method, url, body))
        return ApiResponse(HTTPStatus.OK, {}, self._make_up(request, read))

    def _make_up(self, request: ApiRequest, read: _Send) -> dict[str, Any]:
        sent = request.json if isinstance(request.json, dict) else {}
        envelope = request.envelope
        if not envelope:
            return sent
        content = sent.get(envelope, sent)
        if isinstance(content, list):
            return {envelope: [self._changed(request, item, read) for item in content]}
        if request.method == "PUT":
            return {envelope: {**_fetch(request, request.path, envelope, read), **content}}
        return {envelope: {"id": UNKNOWN_ID, **_NEW.get(envelope, {}), **content}}

    def _changed(self, request: ApiRequest, item: Mapping[str, Any], read: _Send) -> dict[str, Any]:
        """Make up one of several that are changed together; of very many only what is sent."""
        if len(self.planned) > _MAX_READ or "id" not in item:
            return {**item}
        path = f"{request.path}{build_path(str(item['id']))}"
        return {**_fetch(request, path, request.envelope.removesuffix("s"), read), **item}


def _fetch(request: ApiRequest, path: str, envelope: str, read: _Send) -> dict[str, Any]:
    """Read what a request would change."""
    headers = {name: value for name, value in request.headers.items() if name != "From"}
    response = read(ApiRequest("GET", path, request.action, headers=headers, envelope=envelope))
    found: dict[str, Any] = dict(response.body[envelope])
    return found
