"""A dry run: what would change something is recorded, and answered as if it had been sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .messages import ApiRequest, ApiResponse, build_path

UNKNOWN_ID = "dry-run"
_MAX_READ = 25
_NEW: Mapping[str, Mapping[str, Any]] = {"incident": {"status": "triggered"}}

_Send = Callable[[ApiRequest], ApiResponse]


@dataclass(frozen=True)
class PlannedRequest:
    """A request that a real run would send.

    Attributes:
        service: the API's name.
        method: HTTP method.
        url: the whole URL.
        body: the JSON, or None.
    """

    service: str
    method: str
    url: str
    body: object


class DryRun:
    """Answers in an API's place whatever would change something.

    Attributes:
        planned: what a real run would send, in order.
    """

    def __init__(self) -> None:
        self.planned: list[PlannedRequest] = []

    def answer(self, service: str, base_url: str, request: ApiRequest, read: _Send) -> ApiResponse:
        """Record a request, and make up the response: what is sent, on top of what is there.

        Args:
            service: the API's name.
            base_url: the API's base URL.
            request: what would be sent.
            read: sends a request that changes nothing.

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
