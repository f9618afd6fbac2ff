"""The forms that all of PagerDuty's objects share, and its refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

SITE = "https://acme.pagerduty.com"
API = "https://api.pagerduty.com"
INVALID = 2001


class RefusedError(Exception):
    """PagerDuty says no.

    Args:
        code: PagerDuty's error code.
        message: its words.
        errors: its details.
        status: HTTP status.
    """

    def __init__(self, code: int, message: str, *errors: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.errors = list(errors)
        self.status = status


def invalid(*errors: str) -> RefusedError:
    """Make the refusal of input that isn't right."""
    return RefusedError(INVALID, "Invalid Input Provided", *errors)


def missing() -> RefusedError:
    """Make the refusal of an object that doesn't exist."""
    return RefusedError(2100, "Not Found", status=404)


def thing(kind: str, identifier: str, summary: str, folder: str) -> Json:
    """Make the members that every object begins with."""
    return {
        "id": identifier,
        "type": kind,
        "summary": summary,
        "self": f"{API}/{folder}/{identifier}",
        "html_url": f"{SITE}/{folder}/{identifier}",
    }


def reference(whole: Json) -> Json:
    """Make the short form in which objects name each other."""
    kind = whole["type"].removesuffix("_reference")
    return {
        "id": whole["id"],
        "type": f"{kind}_reference",
        "summary": whole["summary"],
        "self": whole["self"],
        "html_url": whole["html_url"],
    }


def known(things: dict[str, Json], wanted: object, refusal: RefusedError) -> Json:
    """Find the object that a reference names, or refuse."""
    identifier = wanted.get("id") if isinstance(wanted, dict) else None
    if not isinstance(identifier, str) or identifier not in things:
        refusal.errors.append(f"{identifier} was not found")
        raise refusal
    return things[identifier]


def now() -> str:
    """Give the present time as PagerDuty writes it."""
    return iso(datetime.now(UTC))


def iso(time: datetime) -> str:
    """Write a time in UTC as PagerDuty does."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
