"""Every fault that the APIs and the network are known for, and what must come of it.

The same cases are tests and, through ``make faults``, the table in ``docs/reliability.md``.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pd_incident_simulator import Fault
from pd_incident_simulator.faults import FaultKind

OPERATIONS = ("create", "trigger", "escalate")
_HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"
_ELSEWHERE = "https://attacker.example.com/collect"


@dataclass(frozen=True)
class Case:
    """One fault.

    Attributes:
        name: what goes wrong, in words.
        faults: how the simulator is told, given the operation's page request.
        says: words that the user must read when it doesn't heal.
        url: where the API is instead.
        operations: the operations it applies to.
        inputs: inputs beside the usual ones.
    """

    name: str
    faults: Callable[[Page], list[Fault]] = lambda _page: []
    says: tuple[str, ...] = ()
    url: str = ""
    operations: tuple[str, ...] = OPERATIONS
    inputs: dict[str, str] = field(default_factory=dict)

    @property
    def heals(self) -> bool:
        """Whether exactly one page and exit code 0 must come of it; else exit code 1."""
        return not self.says


@dataclass(frozen=True)
class Page:
    """The request by which an operation pages.

    Attributes:
        api: the simulator's API.
        url_input: the input that says where it is.
        method: HTTP method.
        path: path, or the beginning of it.
        service: how messages name the API.
    """

    api: str
    url_input: str
    method: str
    path: str
    service: str


PAGES = {
    "create": Page("pagerduty", "pagerduty-api-url", "POST", "/incidents", "PagerDuty"),
    "trigger": Page("events", "pagerduty-events-url", "POST", "/v2/enqueue", "PagerDuty Events"),
    "escalate": Page("pagerduty", "pagerduty-api-url", "PUT", "/incidents/*", "PagerDuty"),
}


def _fault(kind: FaultKind, **details: Any) -> Callable[[Page], list[Fault]]:  # noqa: ANN401 - a Fault's fields
    return lambda page: [Fault(kind, page.api, page.method, page.path, **details)]


def _status(status: int, body: str = "", **details: Any) -> Callable[[Page], list[Fault]]:  # noqa: ANN401 - a Fault's fields
    return _fault("status", status=status, body=body, **details)


def _error(code: int, message: str) -> str:
    return f'{{"error": {{"code": {code}, "message": "{message}"}}}}'


# Bound and never listening: whoever connects is refused, and nobody else gets the port.
_CLOSED = socket.socket()
_CLOSED.bind(("127.0.0.1", 0))
_REFUSED = f"http://127.0.0.1:{_CLOSED.getsockname()[1]}"
_NOWHERE = "https://no-such-host.invalid"

QUICK = {"timeout": "6s"}
SHORT = {"timeout": "3s"}
_RATE = {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "1"}

HEALING = (
    Case("429 with ratelimit-reset", _status(429, headers=_RATE)),
    Case("429 with Retry-After", _status(429, headers={"Retry-After": "1"})),
    Case("429 with neither", _status(429)),
    Case("408", _status(408)),
    Case("500", _status(500, _error(2000, "Internal error"))),
    Case("500 twice", _status(500, count=2)),
    Case("502 with an HTML body", _status(502, _HTML, content_type="text/html")),
    Case("503", _status(503)),
    Case("504", _status(504)),
    Case("504 after it was processed", _status(504, processed=True)),
    Case("reset before it was processed", _fault("reset")),
    Case("reset after it was processed", _fault("reset", processed=True)),
    Case("no answer, not processed", _fault("hang", seconds=5), inputs=QUICK),
    Case("no answer, but processed", _fault("hang", seconds=5, processed=True), inputs=QUICK),
    Case("slow answer", _fault("slow", seconds=0.7), inputs=QUICK),
    Case("body cut short", _fault("truncate")),
    Case("not JSON", _fault("garbage")),
    Case("200 MB body", _fault("huge", megabytes=200)),
    Case("right JSON, wrong content type", _fault("content_type", content_type="text/plain")),
)

_REST = ("create", "escalate")
FATAL = (
    Case("connection refused", says=("refused",), url=_REFUSED, inputs=SHORT),
    Case("DNS failure", says=("could not be resolved",), url=_NOWHERE, inputs=SHORT),
    Case("503 until the timeout", _status(503, count=None), ("it answered 503",), inputs=SHORT),
    Case(
        "429 for longer than the timeout",
        _status(429, headers={"Retry-After": "60"}, count=None),
        ("it answered 429", "too many requests"),
        inputs=SHORT,
    ),
    Case(
        "redirect to another host",
        _status(302, headers={"Location": _ELSEWHERE}),
        ("redirect", "never followed"),
    ),
    Case(
        "401 as plain text",
        _status(401, "Unauthorized", content_type="text/plain"),
        ("it answered 401", "pagerduty-region"),
        operations=_REST,
    ),
    Case(
        "402",
        _status(402, _error(2014, "Account does not have the ability")),
        ("it answered 402", "plan does not include"),
        operations=_REST,
    ),
    Case(
        "403",
        _status(403, _error(2010, "Access Denied")),
        ("it answered 403", "write access"),
        operations=_REST,
    ),
    Case(
        "404",
        _status(404, _error(2100, "Not Found")),
        ("it answered 404", "does not exist"),
        operations=_REST,
    ),
    Case("409", _status(409, "{}"), ("it answered 409",), operations=("create",)),
    Case("422", _status(422, "{}"), ("it answered 422",), operations=("create",)),
    Case(
        "400 invalid event",
        _status(400, '{"status": "invalid event", "message": "Event object is invalid"}'),
        ("it answered 400", "check routing-key"),
        operations=("trigger",),
    ),
)
