"""The form that all of PagerDuty's objects have, its times, and its errors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

SITE = "https://acme.pagerduty.com"
API = "https://api.pagerduty.com"
_INVALID = 2001


class ApiError(Exception):
    """PagerDuty rejects a request.

    Args:
        code: PagerDuty's error code.
        message: its message.
        errors: its details.
        status: HTTP status.
    """

    def __init__(self, code: int, message: str, *errors: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.errors: list[str] | dict[str, list[str]] = list(errors)
        self.status = status

    def body(self) -> Json:
        """Build the body of the reply."""
        error = {"message": str(self), "code": self.code}
        return {"error": error | ({"errors": self.errors} if self.errors else {})}


def invalid(*errors: str) -> ApiError:
    """Build the error for invalid input."""
    return ApiError(_INVALID, "Invalid Input Provided", *errors)


def invalid_fields(**fields: str) -> ApiError:
    """Build the error for invalid input as version 3 has it: by field."""
    error = invalid()
    error.errors = {name: [text] for name, text in fields.items()}
    return error


def not_found() -> ApiError:
    """Build the error for an object that doesn't exist."""
    return ApiError(2100, "Not Found", status=404)


def new_object(kind: str, identifier: str, summary: str, collection: str) -> Json:
    """Build the members that every object begins with."""
    return {
        "id": identifier,
        "type": kind,
        "summary": summary,
        "self": f"{API}/{collection}/{identifier}",
        "html_url": f"{SITE}/{collection}/{identifier}",
    }


def reference(whole: Json) -> Json:
    """Build the short form in which objects refer to each other."""
    kind = whole["type"].removesuffix("_reference")
    names = ("id", "summary", "self", "html_url")
    return {name: whole[name] for name in names} | {"type": f"{kind}_reference"}


def resolve(
    objects: Mapping[str, Json],
    ref: object,
    code: int = _INVALID,
    message: str = "Invalid Input Provided",
) -> Json:
    """Return the object that a reference names, or reject it with an error code and message."""
    identifier = ref.get("id") if isinstance(ref, dict) else None
    if not isinstance(identifier, str) or identifier not in objects:
        raise ApiError(code, message, f"{identifier} was not found")
    return objects[identifier]


def now() -> str:
    """Return the current time as PagerDuty writes it."""
    return iso(datetime.now(UTC))


def iso(time: datetime) -> str:
    """Format a time in UTC as PagerDuty does."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: object, name: str) -> datetime:
    """Parse ISO 8601; without a zone it is UTC.

    Args:
        text: for example ``2026-03-01T09:00:00Z``.
        name: what to call it in an error.

    Raises:
        ApiError: it isn't a time.
    """
    try:
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        time = None
    if time is None:
        raise invalid(f"{name} is not a valid date")
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
