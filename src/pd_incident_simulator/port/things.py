"""What all parts of Port's account share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

CLIENT_ID = "port-client-id"
CLIENT_SECRET = "simulated-port-secret"  # noqa: S105 - opens nothing but the simulator


class RefusedError(Exception):
    """Port says no.

    Args:
        status: HTTP status.
        error: Port's name of the error.
        message: its words.
    """

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message


def invalid(message: str) -> RefusedError:
    """Make the refusal of input that isn't right."""
    return RefusedError(422, "invalid_request", message)


def missing(kind: str, identifier: str) -> RefusedError:
    """Make the refusal of something that doesn't exist."""
    return RefusedError(404, "not_found", f'{kind} "{identifier}" was not found')


def now() -> str:
    """Give the present time as Port writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
