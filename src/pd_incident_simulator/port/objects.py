"""Port's errors, times, and what identifies its callers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

CLIENT_ID = "port-client-id"
CLIENT_SECRET = "simulated-port-secret"


class ApiError(Exception):
    """Port rejects a request.

    Args:
        status: HTTP status.
        error: Port's name of the error.
        message: its message.
    """

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error

    def body(self) -> Json:
        """Build the body of the reply."""
        return {"ok": False, "error": self.error, "message": str(self)}


def invalid(message: str) -> ApiError:
    """Build the error for invalid input."""
    return ApiError(422, "invalid_request", message)


def not_found(kind: str, identifier: str) -> ApiError:
    """Build the error for something that doesn't exist."""
    return ApiError(404, "not_found", f'{kind} "{identifier}" was not found')


def identifier_taken(kind: str, identifier: str) -> ApiError:
    """Build the error for something that exists already."""
    return ApiError(409, "identifier_taken", f'{kind} "{identifier}" already exists')


def with_metadata(whole: Json, old: Json | None) -> Json:
    """Add who created and updated something, and when.

    Args:
        whole: what was sent.
        old: what it replaces, or None.
    """
    at = now()
    created = {"createdAt": at, "createdBy": "simulator"}
    kept = {name: (old or created)[name] for name in created}
    return {**whole, **kept, "updatedAt": at, "updatedBy": "simulator"}


def now() -> str:
    """Return the current time as Port writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
