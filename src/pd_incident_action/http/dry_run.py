"""A dry run: what would change something is recorded, and answered as by the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from importlib import import_module
from itertools import count
from types import MappingProxyType
from typing import Any, NamedTuple

from pd_incident_action.text import Json, JsonValue

from .client import ApiClient
from .messages import ApiRequest, ApiResponse, build_path

NEW_ID = "to-be-created"
"""Id of what a real run would create; further ones have a number as well."""
_MAX_READ = 25

Send = Callable[[ApiRequest], ApiResponse]
Fetch = Callable[..., JsonValue]


class Refusal(Exception):
    """How an API would refuse a request: with which status and body."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = json.dumps(body)


class PlannedRequest(NamedTuple):
    """A request that a real run would send."""

    service: str
    method: str
    url: str
    body: object


class Change(NamedTuple):
    """A change that an API would make to one object.

    Attributes:
        before: the object as it is; empty for a new one.
        sent: what the request says of it.
        fetch: reads one member of what is at a path, with parameters; raises `ApiError`.
        keep: has an object that changes along with it, by its path, look like this from now on.
    """

    request: ApiRequest
    before: Json
    sent: Json
    fetch: Fetch
    keep: Callable[[str, Json], None]


def fetch(
    send: Send,
    request: ApiRequest,
    path: str,
    member: str,
    params: Mapping[str, str | list[str]] = MappingProxyType({}),
) -> JsonValue:
    """Read one member of what is at a path, for the sake of a request; raises `ApiError`."""
    headers = {name: value for name, value in request.headers.items() if name != "From"}
    reading = ApiRequest(
        "GET", path, request.action, params=params, headers=headers, envelope=member
    )
    return send(reading).body[member]


# Returns the object as the API would show it; raises `Refusal` where the API would refuse.
Imitate = Callable[[Change], Json]


def merge(change: Change) -> Json:
    """Return what was sent, on top of what is there."""
    return {**change.before, **change.sent}


class DryRun:
    """What the clients of a dry run have in common.

    Attributes:
        planned: what a real run would send, in order.
        objects: what objects look like after the changes so far, by API and path.
    """

    def __init__(self) -> None:
        self.planned: list[PlannedRequest] = []
        self.objects: dict[tuple[str, str], Json] = {}
        self._numbers = count(1)

    def new_id(self) -> str:
        """Return an id for what a real run would create."""
        number = next(self._numbers)
        return NEW_ID if number == 1 else f"{NEW_ID}-{number}"

    def client(self, imitated_by: str, **options: Any) -> DryRunClient:  # noqa: ANN401 - ApiClient's
        """Open the client of an API.

        Args:
            imitated_by: the module whose `imitate` shows what changes would lead to, or empty.
            options: those of `ApiClient`.
        """
        imitate = import_module(imitated_by).imitate if imitated_by else merge
        return DryRunClient(dry_run=self, imitate=imitate, **options)


@dataclass(frozen=True, kw_only=True, eq=False)
class DryRunClient(ApiClient):
    """Answers in an API's place whatever would change something.

    Attributes:
        imitate: shows what a change would lead to.
    """

    dry_run: DryRun
    imitate: Imitate

    def send(self, request: ApiRequest) -> ApiResponse:
        """Answer a request that would change something, and have the API answer others.

        Raises:
            ApiError: the API would refuse, what would be changed doesn't exist, or the API wasn't
                reached.
        """
        if not request.writes:
            return self._read(request)
        url, body = request.url(self.base_url), request.json or request.form
        self.dry_run.planned.append(PlannedRequest(self.service, request.method, url, body))
        headers = {"date": format_datetime(datetime.now(UTC), usegmt=True)}
        try:
            return ApiResponse(HTTPStatus.OK, headers, self._fake_response(request))
        except Refusal as refusal:
            attempt = self._began(request)._replace(status=refusal.status, received=refusal.body)
            raise self._refusal(attempt) from None

    def _read(self, request: ApiRequest) -> ApiResponse:
        """Read what is there, with the changes so far; what is new has nothing below it yet."""
        envelope = request.envelope
        if envelope and (found := self.dry_run.objects.get((self.service, request.path))):
            return ApiResponse(HTTPStatus.OK, {}, {envelope: found})
        if any(part.startswith(NEW_ID) for part in request.path.split("/")[:-1]):
            return ApiResponse(HTTPStatus.OK, {}, {envelope: []})
        return super().send(request)

    def _fake_response(self, request: ApiRequest) -> Json:
        sent = request.json if isinstance(request.json, dict) else {}
        envelope, path = request.envelope, request.path
        if not envelope:
            return self._change(request, path, {}, sent)
        content = sent.get(envelope, sent)
        if isinstance(content, list):
            return {envelope: [self._change_one(request, one) for one in content]}
        target = _object_path(path, envelope)
        if target is None and request.method == "POST":
            new = self.dry_run.new_id()
            return {envelope: self._change(request, f"{path}/{new}", {}, {"id": new, **content})}
        target = target or path
        before = fetch(self._read, request, target, envelope)
        return {envelope: self._change(request, target, before, content)}

    def _change_one(self, request: ApiRequest, item: Json) -> Json:
        """Make up one of several that are changed together; of very many only what is sent."""
        if len(self.dry_run.planned) > _MAX_READ or "id" not in item:
            return {**item}
        path = f"{request.path}{build_path(str(item['id']))}"
        before = fetch(self._read, request, path, request.envelope.removesuffix("s"))
        return self._change(request, path, before, item)

    def _change(self, request: ApiRequest, path: str, before: Json, sent: Json) -> Json:
        read = partial(fetch, self._read, request)
        after = self.imitate(Change(request, before, sent, read, self._keep))
        self._keep(path, after)
        return after

    def _keep(self, path: str, after: Json) -> None:
        self.dry_run.objects[self.service, path] = after


def _object_path(path: str, envelope: str) -> str | None:
    """Return the path of the object that a request changes: /incidents/Q1 of …/Q1/snooze."""
    segments = path.split("/")
    places = [i for i, one in enumerate(segments[:-1]) if one == f"{envelope}s"]
    return "/".join(segments[: places[-1] + 2]) if places else None
