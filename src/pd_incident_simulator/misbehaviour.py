"""What is answered when something is to go wrong."""

from __future__ import annotations

import sys
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .exchange import Reply, Request

if TYPE_CHECKING:
    from .faults import Fault
    from .routes import Api

_GARBAGE = b"<!doctype html><title>Please sign in</title>"
_HANDLED = {"slow", "truncate", "huge", "content_type"}


def is_silent(fault: Fault | None) -> bool:
    """Tell whether a fault leaves the client without an answer."""
    return fault is not None and fault.kind in {"reset", "hang"}


def answer_with(fault: Fault | None, api: Api, request: Request) -> Reply:
    """Answer a request, or do what a fault says instead.

    Args:
        fault: what goes wrong, or None.
        api: what answers when all goes well.
        request: the request.

    Returns:
        The answer; for a fault that leaves none, what would have been answered.
    """
    if fault is None:
        return _answer(api, request)
    handled = fault.processed or fault.kind in _HANDLED
    reply = _answer(api, request) if handled else Reply(fault.status)
    if fault.kind == "content_type":
        return replace(reply, content_type=fault.content_type)
    return _instead(fault, request) or reply


def _instead(fault: Fault, request: Request) -> Reply | None:
    """Make the answer that a fault puts in place of the API's own."""
    match fault.kind:
        case "status":
            return Reply(fault.status, fault.body.encode(), fault.headers, fault.content_type)
        case "garbage":
            return Reply(200, _GARBAGE, content_type="text/html")
        case "redirect":
            return Reply(302, None, {"Location": fault.location})
        case "echo":
            return Reply(fault.status, _echo(request))
        case _:
            return None


def _answer(api: Api, request: Request) -> Reply:
    """Answer a request; a bug of the simulator itself must be seen, not look like a lost packet."""
    try:
        return api.answer(request)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
        traceback.print_exc(file=sys.stderr)
        return Reply(500, {"message": f"The simulator failed: {error!r}"})


def _echo(request: Request) -> dict[str, Any]:
    """Make a refusal, in the shape of every API at once, that repeats what was sent."""
    words = f"{dict(request.headers)} {request.body.decode('utf-8', 'replace')}"
    return {
        "error": {"message": words, "code": 2001, "errors": [words]},
        "message": words,
        "errors": [words],
        "status": "invalid event",
    }
