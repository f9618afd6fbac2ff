"""What goes to an API and what comes back: requests, attempts, responses, an API's words."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from pd_incident_action.text import JsonValue, parse_strict_json

# Transient by nature; PagerDuty advises to retry just these.
TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
# Returns the headers that authenticate a request; raises `ApiError` if there are none to be had.
Credentials = Callable[[], Mapping[str, str]]
# Checks what a response holds: one that fails the check confirms nothing.
Check = Callable[[Any], bool]
# Where APIs, gateways and proxies put words for people, the most informative first.
_MEMBERS = (
    "message",
    "error_description",
    "errors",
    "error",
    "detail",
    "details",
    "description",
    "title",
    "reason",
)
# Where they put words for machines.
_CODES = frozenset({"code", "status", "statusCode", "type"})
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HEADINGS = tuple(
    re.compile(rf"<{tag}\b[^<>]*>(.*?)</{tag}", re.IGNORECASE | re.DOTALL)
    for tag in ("title", "h1")
)
_IS_HTML = re.compile(r"<(!doctype|html|head|body|title|h1|p)\b", re.IGNORECASE)
_TAG = re.compile(r"<(?:(script|style)\b.*?</\1|[^<>]*)>", re.IGNORECASE | re.DOTALL)
_MAX_DEPTH = 5
# The headers that are looked up later: how many requests are left, and the API's time.
_KEPT = ("ratelimit", "x-ratelimit", "date")
# Much more than is shown.
_MAX_CHARACTERS = 20_000


class InvalidResponse(Exception):
    """A response that arrived broken: cut short, too large, not JSON."""


class ResponseTooLarge(InvalidResponse):
    """A response that is larger than any that is of use."""


class ApiRequest(NamedTuple):
    """One request to an API.

    Attributes:
        path: path below the API's base URL, made by `build_path`.
        action: what it is for, as in "PagerDuty failed to <create the incident>".
        idempotent: whether sending it twice does no harm: reads, updates that set a state, and
            writes that carry an idempotency key. Others are retried only if they certainly weren't
            processed.
        envelope: a member that the response's JSON object must have to be of use, or empty.
        check: checks what the envelope holds; without one, the whole body.
        read_only: whether it changes nothing, although it isn't a GET.
        if_unknown: what users should do where it isn't known whether it was done; a sentence, empty
            where repeating it does no harm.
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
    check: Check = lambda _content: True
    read_only: bool = False
    if_unknown: str = ""

    @property
    def writes(self) -> bool:
        """Whether it is to change something."""
        return self.method != "GET" and not self.read_only

    @property
    def body(self) -> bytes | None:
        """The body's bytes; a lone surrogate becomes a question mark."""
        if self.form is not None:
            return urlencode(self.form).encode("ascii")
        if self.json is None:
            return None
        return json.dumps(self.json, ensure_ascii=False).encode("utf-8", "replace")

    @property
    def content_type(self) -> str | None:
        """The body's type, or None without a body."""
        if self.form is not None:
            return "application/x-www-form-urlencoded"
        return None if self.json is None else "application/json"

    def url(self, base_url: str) -> str:
        """Build the whole URL, query included, from the API's (which has no trailing slash)."""
        query = urlencode(self.params, doseq=True)
        return f"{base_url}{self.path}{'?' if query else ''}{query}"


class ApiResponse(NamedTuple):
    """An API's response.

    Attributes:
        headers: response headers; names in lower case.
        body: parsed JSON; None for an empty body.
    """

    status: int
    headers: Mapping[str, str]
    body: Any


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

    @property
    def is_refused(self) -> bool:
        """Whether the API refused, so that nothing was done."""
        return HTTPStatus.BAD_REQUEST <= (self.status or 0) < HTTPStatus.INTERNAL_SERVER_ERROR


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

    def may_have_written(self, but_to: str) -> bool:
        """Check whether any API but one may have done something that it was asked to."""
        return any(
            one.writes and one.service != but_to and not one.is_refused for one in self.attempts
        )

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """All attempts so far, in the order in which they ended, without their bodies."""
        with self._lock:
            return tuple(self._attempts)


class ErrorDetail(NamedTuple):
    """Why an API refused a request."""

    message: str
    code: int | str | None = None
    cause: str = ""
    remedy: str = ""


def build_path(*segments: str) -> str:
    """Build ``/a/b/c`` from unquoted segments, each of which stays in its place.

    Raises:
        ValueError: a segment is empty, ``.`` or ``..``, which URLs resolve even when quoted.
    """
    for segment in segments:
        if segment in {"", ".", ".."}:
            raise ValueError(f"{segment!r} can't be part of a path")
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


def is_list(content: object) -> bool:
    """Check that a response holds a list."""
    return isinstance(content, list)


def is_object(content: object) -> bool:
    """Check that a response holds an object."""
    return isinstance(content, dict)


def is_token(content: object) -> bool:
    """Check that a response holds what can be sent in a header."""
    return isinstance(content, str) and re.fullmatch("[!-~]+", content) is not None


def has_id(content: object) -> bool:
    """Check that a response shows an object with an id."""
    return bool(_id_of(content))


def has_this_id(identifier: str, member: str = "id") -> Check:
    """Return a check that a response shows the object that was asked for."""
    return lambda content: _id_of(content, member) == identifier


def _id_of(content: object, member: str = "id") -> str:
    identifier = content.get(member) if isinstance(content, dict) else None
    return str(identifier) if isinstance(identifier, (str, int)) else ""


def parse(text: str, request: ApiRequest) -> JsonValue:
    """Parse the body of a success; None if it is empty.

    Raises:
        InvalidResponse: it isn't JSON, or doesn't show what the request must lead to.
    """
    try:
        body = parse_strict_json(text) if text.strip() else None
    except ValueError as error:
        raise InvalidResponse("its answer was not JSON") from error
    envelope, content = request.envelope, body
    if envelope:
        content = body.get(envelope) if isinstance(body, dict) else None
        if content is None:
            raise InvalidResponse(f"its answer lacked '{envelope}'")
    if not request.check(content):
        raise InvalidResponse("its answer did not show what was asked for")
    return body


def parse_leniently(text: str) -> object:
    """Parse the body of a refusal; the text itself if it isn't JSON."""
    try:
        return parse_strict_json(text)
    except ValueError:
        return text


def message_of(body: object) -> str:
    """Return an API's words as one line; empty if it has none.

    Args:
        body: a refusal's parsed JSON of any shape, its text where it isn't JSON, or None.
    """
    first, *others = dict.fromkeys(filter(None, map(_line, _texts(body)))) or [""]
    return f"{first.rstrip(':.')}: {', '.join(others)}" if others else first


def cut(text: str, limit: int) -> str:
    """Cut a text at a blank: no secret has one, and a part of a secret couldn't be recognised."""
    return text if len(text) <= limit else text[:limit].rpartition(" ")[0]


def code_of(value: object) -> str | None:
    """Return an error's code where it is one: a word for machines, no sentence."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value
    elif depth < _MAX_DEPTH and isinstance(value, list):
        for item in value:
            yield from _texts(item, depth + 1)
    elif depth < _MAX_DEPTH and isinstance(value, Mapping):
        yield from _texts_of_object(value, depth + 1)


def _texts_of_object(value: Mapping[str, object], depth: int) -> Iterator[str]:
    known = [name for name in _MEMBERS if value.get(name)]
    # Where there is a message as well, ``error`` is its code.
    if len(known) > 1 and code_of(value.get("error")):
        known.remove("error")
    for name in known:
        yield from _texts(value[name], depth)
    if not known:
        # Messages by the field that they are about.
        for name, member in value.items():
            if name not in _CODES:
                yield from (f"{name} {text}" for text in _texts(member, depth))


def _line(text: str) -> str:
    """Return a text as one line; of a web page only its title, its heading or its words."""
    text = cut(text, _MAX_CHARACTERS)
    if _IS_HTML.search(text):
        found = (heading.search(text) for heading in _HEADINGS)
        titles = (match[1] for match in found if match and match[1].strip())
        from html import unescape  # noqa: PLC0415 - 1 ms, for a web page in an answer's place

        text = unescape(_TAG.sub(" ", next(titles, text)))
    return " ".join(text.split())
