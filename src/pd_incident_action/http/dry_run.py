"""A dry run: what would be written is noted down, and answered as if it had been done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .messages import ApiRequest, ApiResponse, build_path

UNKNOWN_ID = "dry-run"
_MOST_READ = 25
_NEW: Mapping[str, Mapping[str, Any]] = {"incident": {"status": "triggered"}}


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
    """Stands in for the APIs wherever something would be changed.

    Attributes:
        planned: what would have been sent, in order.
    """

    def __init__(self) -> None:
        self.planned: list[PlannedRequest] = []

    def answer(
        self,
        service: str,
        base_url: str,
        call: ApiRequest,
        read: Callable[[ApiRequest], ApiResponse],
    ) -> ApiResponse:
        """Record a request, and make up the API's response: the body sent, on top of what is there.

        Args:
            service: the API's name.
            base_url: the API's base URL.
            call: the request.
            read: sends a request that changes nothing.

        Raises:
            ApiError: what would be changed doesn't exist, or the API wasn't reached.
        """
        url = call.url(base_url)
        self.planned.append(PlannedRequest(service, call.method, url, call.json or call.form))
        sent = call.json if isinstance(call.json, dict) else {}
        if not call.envelope:
            return ApiResponse(200, {}, dict(sent))
        wanted = sent.get(call.envelope)
        if isinstance(wanted, list):
            items = [self._changed(call, item, read) for item in wanted]
            return ApiResponse(200, {}, {call.envelope: items})
        body = wanted if isinstance(wanted, dict) else sent
        return ApiResponse(200, {}, {call.envelope: self._made_up(call, body, read)})

    def _made_up(
        self, call: ApiRequest, body: Mapping[str, Any], read: Callable[[ApiRequest], ApiResponse]
    ) -> dict[str, Any]:
        if call.method != "PUT":
            return {"id": UNKNOWN_ID, **_NEW.get(call.envelope, {}), **body}
        return {**self._now(call, call.path, read), **body}

    def _changed(
        self, call: ApiRequest, item: Mapping[str, Any], read: Callable[[ApiRequest], ApiResponse]
    ) -> dict[str, Any]:
        """Make up one of several that are changed together; of very many only what is sent."""
        if len(self.planned) > _MOST_READ or "id" not in item:
            return {**item}
        path = f"{call.path}{build_path(str(item['id']))}"
        member = call.envelope.removesuffix("s")
        return {
            **self._now(ApiRequest("GET", path, call.action, envelope=member), path, read),
            **item,
        }

    @staticmethod
    def _now(
        call: ApiRequest, path: str, read: Callable[[ApiRequest], ApiResponse]
    ) -> dict[str, Any]:
        headers = {name: value for name, value in call.headers.items() if name != "From"}
        now = read(ApiRequest("GET", path, call.action, headers=headers, envelope=call.envelope))
        found: dict[str, Any] = dict(now.body[call.envelope])
        return found
