"""incident.io's errors, ids and times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

API_KEY = "inc-api-key"
READ_ONLY_KEY = "inc-readonly-key"
_ID_LENGTH = 26


class ApiError(Exception):
    """incident.io rejects a request.

    Args:
        status: HTTP status.
        kind: incident.io's type of the error.
        errors: the details, each with code and message.
        more: further members of the body.
        headers: headers of the reply.
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

    def body(self, request_id: str) -> Json:
        """Build the body of the reply."""
        return {
            "type": self.kind,
            "status": self.status,
            "request_id": request_id,
            "errors": self.errors,
            **self.more,
        }


def invalid(field: str, message: str, code: str = "invalid_value") -> ApiError:
    """Build the error for an invalid field."""
    source = {"field": field.rpartition("/")[-1], "pointer": f"/{field}"}
    error = {"code": code, "message": message, "source": source}
    return ApiError(422, "validation_error", error)


def not_found(message: str = "The resource does not exist") -> ApiError:
    """Build the error for something that does not exist."""
    return ApiError(404, "not_found", {"code": "not_found", "message": message})


def forbidden(scope: str) -> ApiError:
    """Build the error for a scope that the key lacks."""
    message = f"missing a required scope: {scope}"
    error = {"code": "missing_required_scope", "message": message, "metadata": {"scope": scope}}
    return ApiError(403, "resource_forbidden", error)


def ulid(prefix: str, number: int) -> str:
    """Return an id as incident.io's are: 26 letters and digits."""
    return f"{prefix}{number:0{_ID_LENGTH - len(prefix)}d}"


def resolve(objects: Mapping[str, Json], identifier: object, field: str) -> Json:
    """Return the object with an id, or reject the field that contains it."""
    if not isinstance(identifier, str) or identifier not in objects:
        raise invalid(field, f"{identifier} does not exist", "not_found")
    return objects[identifier]


def now() -> str:
    """Return the current time as incident.io writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
