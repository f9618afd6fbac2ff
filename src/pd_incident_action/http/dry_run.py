"""A dry run: what would change something is recorded, and answered as by the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from itertools import count
from typing import NamedTuple

from pd_incident_action.text import Json, JsonValue

from .messages import ApiRequest, ApiResponse, build_path

NEW_ID = "to-be-created"
"""Id of what a real run would create; further ones have a number as well."""
_MAX_READ = 25

Send = Callable[[ApiRequest], ApiResponse]


class Refusal(Exception):
    """How an API would refuse a request.

    Args:
        status: HTTP status.
        body: the body, as the API has it.
    """

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = json.dumps(body)


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


class Change(NamedTuple):
    """A change that an API would make to one object.

    Attributes:
        request: the request.
        before: the object as it is; empty for a new one.
        sent: what the request says of it.
        read: sends requests that change nothing.
        keep: has an object that changes along with it, by its path, look like this from now on.
    """

    request: ApiRequest
    before: Json
    sent: Json
    read: Send
    keep: Callable[[str, Json], None]

    def fetch(self, path: str, member: str, params: Mapping[str, str | list[str]]) -> JsonValue:
        """Read one member of another response; raises `ApiError`."""
        headers = {name: value for name, value in self.request.headers.items() if name != "From"}
        request = ApiRequest(
            "GET", path, self.request.action, params=params, headers=headers, envelope=member
        )
        return self.read(request).body[member]


# Returns the object as the API would show it; raises `Refusal` where the API would refuse.
Imitate = Callable[[Change], Json]


def merge(change: Change) -> Json:
    """Return what was sent, on top of what is there."""
    return {**change.before, **change.sent}


class DryRun:
    """Answers in an API's place whatever would change something.

    Attributes:
        planned: what a real run would send, in order.
    """

    def __init__(self) -> None:
        self.planned: list[PlannedRequest] = []
        self._numbers = count(1)
        self._objects: dict[tuple[str, str], Json] = {}

    def answer(
        self, service: str, base_url: str, request: ApiRequest, send: Send, imitate: Imitate
    ) -> ApiResponse:
        """Answer a request: one that would change something by itself, others by the API.

        Args:
            service: the API's name.
            base_url: the API's base URL.
            request: the request.
            send: really sends a request.
            imitate: shows what a change would lead to.

        Raises:
            ApiError: what would be changed doesn't exist, or the API wasn't reached.
            Refusal: the API would refuse.
        """

        def read(one: ApiRequest) -> ApiResponse:
            return self._read(service, one, send)

        def change(path: str, before: Json, sent: Json) -> Json:
            after = imitate(Change(request, before, sent, read, keep))
            keep(path, after)
            return after

        def keep(path: str, after: Json) -> None:
            self._objects[service, path] = after

        if not request.writes:
            return read(request)
        url, body = request.url(base_url), request.json or request.form
        self.planned.append(PlannedRequest(service, request.method, url, body))
        headers = {"date": format_datetime(datetime.now(UTC), usegmt=True)}
        return ApiResponse(HTTPStatus.OK, headers, self._fake_response(request, read, change))

    def _read(self, service: str, request: ApiRequest, send: Send) -> ApiResponse:
        """Read what is there, with the changes so far; what is new has nothing below it yet."""
        if request.envelope and (found := self._objects.get((service, request.path))):
            return ApiResponse(HTTPStatus.OK, {}, {request.envelope: found})
        if any(part.startswith(NEW_ID) for part in request.path.split("/")[:-1]):
            return ApiResponse(HTTPStatus.OK, {}, {request.envelope: []})
        return send(request)

    def _fake_response(
        self, request: ApiRequest, read: Send, change: Callable[[str, Json, Json], Json]
    ) -> Json:
        sent = request.json if isinstance(request.json, dict) else {}
        envelope, path = request.envelope, request.path
        if not envelope:
            return change(path, {}, sent)
        content = sent.get(envelope, sent)
        if isinstance(content, list):
            return {envelope: [self._change_one(request, one, read, change) for one in content]}
        target = _object_path(path, envelope)
        if target is None and request.method == "POST":
            number = next(self._numbers)
            new = NEW_ID if number == 1 else f"{NEW_ID}-{number}"
            return {envelope: change(f"{path}/{new}", {}, {"id": new, **content})}
        before = _fetch(request, target or path, envelope, read)
        return {envelope: change(target or path, before, content)}

    def _change_one(
        self,
        request: ApiRequest,
        item: Json,
        read: Send,
        change: Callable[[str, Json, Json], Json],
    ) -> Json:
        """Make up one of several that are changed together; of very many only what is sent."""
        if len(self.planned) > _MAX_READ or "id" not in item:
            return {**item}
        path = f"{request.path}{build_path(str(item['id']))}"
        return change(path, _fetch(request, path, request.envelope.removesuffix("s"), read), item)


def _object_path(path: str, envelope: str) -> str | None:
    """Return the path of the object that a request changes: /incidents/Q1 of …/Q1/snooze."""
    segments = path.split("/")
    places = [i for i, one in enumerate(segments[:-1]) if one == f"{envelope}s"]
    return "/".join(segments[: places[-1] + 2]) if places else None


def _fetch(request: ApiRequest, path: str, envelope: str, read: Send) -> Json:
    """Read what a request would change."""
    found: Json = Change(request, {}, {}, read, lambda _path, _object: None).fetch(
        path, envelope, {}
    )
    return dict(found)
