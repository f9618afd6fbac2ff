"""The forms that all of incident.io's objects share, and its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

API_KEY = "inc-api-key"
READ_ONLY_KEY = "inc-readonly-key"
_ID_LENGTH = 26


class RefusedError(Exception):
    """incident.io says no.

    Args:
        status: HTTP status.
        kind: incident.io's type of the error.
        errors: what exactly is wrong, each with code and message.
        more: further members of the answer.
        headers: headers of the answer.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        *errors: Json,
        more: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind
        self.errors = list(errors)
        self.more = more or {}
        self.headers = dict(headers or {})


def invalid(field: str, message: str, code: str = "invalid_value") -> RefusedError:
    """Make the refusal of a field that isn't right."""
    source = {"field": field.rpartition("/")[-1], "pointer": f"/{field}"}
    error = {"code": code, "message": message, "source": source}
    return RefusedError(422, "validation_error", error)


def missing(message: str = "The resource does not exist") -> RefusedError:
    """Make the refusal of something that doesn't exist."""
    return RefusedError(404, "not_found", {"code": "not_found", "message": message})


def forbidden(scope: str) -> RefusedError:
    """Make the refusal of something that the key lacks a scope for."""
    message = f"missing a required scope: {scope}"
    error = {"code": "missing_required_scope", "message": message, "metadata": {"scope": scope}}
    return RefusedError(403, "resource_forbidden", error)


def ulid(prefix: str, number: int) -> str:
    """Make an id as incident.io's are: 26 letters and digits."""
    return f"{prefix}{number:0{_ID_LENGTH - len(prefix)}d}"


def known(things: Mapping[str, Json], identifier: object, field: str) -> Json:
    """Find what an id names, or refuse the field that it stands in."""
    if not isinstance(identifier, str) or identifier not in things:
        raise invalid(field, f"{identifier} does not exist", "not_found")
    return things[identifier]


def now() -> str:
    """Give the present time as incident.io writes it."""
    return iso(datetime.now(UTC))


def iso(time: datetime) -> str:
    """Write a time in UTC as incident.io does."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
