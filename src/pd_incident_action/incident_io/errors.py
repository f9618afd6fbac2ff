"""incident.io's refusals, and what the reader can do about each.

https://api-docs.incident.io/ under Errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pd_incident_action.http.messages import ErrorDetail, message_of

_INVALID = ("something in the request is not valid", "check the inputs that incident.io names")

_BY_STATUS: dict[int, tuple[str, str]] = {
    400: _INVALID,
    401: (
        "the API key is missing, wrong or revoked",
        "check incident-io-token; make a key under Settings, API keys in incident.io",
    ),
    404: (
        "what the id names does not exist in this account, or the key may not see it",
        "check the incident's id, and that the key belongs to the same account",
    ),
    409: ("somebody changed it at the same moment", "re-run the job"),
    412: ("the account's settings in incident.io do not allow it", "check its settings"),
    413: ("the request is too large", "shorten details"),
    422: _INVALID,
    429: (
        "too many requests with this key in the last minute",
        "re-run the job in a minute, raise timeout, or give this workflow a key of its own",
    ),
}

_BY_FIELD: dict[str, tuple[str, str]] = {
    "severity_id": (
        "the incident needs a severity that this account has",
        "set severity, for example severity: major",
    ),
    "incident_status_id": (
        "the incident can't change from its status to that one, or there is no such status",
        "choose another status; reopen a closed incident in incident.io itself",
    ),
    "incident_type_id": (
        "the account has no such incident type",
        "check incident-type, by id or by name",
    ),
    "name": ("the incident needs a name", "set title"),
    "visibility": ("the visibility is not valid", "set visibility to public or private"),
    "custom_field_entries": (
        "a custom field of this account is missing or has another type",
        "check the account's custom fields in incident.io",
    ),
}

_OUTAGE = (
    "incident.io is having an outage",
    "see status.incident.io, page by phone if it is urgent, and re-run the job",
)


def explain(status: int, _headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain a refusal.

    Args:
        status: HTTP status.
        body: parsed JSON, the raw text where it isn't JSON, or None.

    Returns:
        incident.io's words with the request's id, its code, the likely cause, and what to change.
    """
    answer = body if isinstance(body, Mapping) else {}
    listed = answer.get("errors")
    found = listed if isinstance(listed, list) else []
    errors = [error for error in found if isinstance(error, Mapping)]
    codes = [error["code"] for error in errors if isinstance(error.get("code"), str)]
    cause, remedy = _remedy(status, errors)
    message = _message(answer, errors) or message_of(body)
    return ErrorDetail(message, codes[0] if codes else None, cause, remedy)


def _remedy(status: int, errors: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    if status == HTTPStatus.FORBIDDEN:
        return _scope_remedy(errors)
    fields = [_nested(error, "source", "field").rpartition(".")[-1] for error in errors]
    by_field = next((_BY_FIELD[field] for field in fields if field in _BY_FIELD), None)
    return by_field or _BY_STATUS.get(status, _OUTAGE)


def _scope_remedy(errors: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    scopes = ", ".join(dict.fromkeys(filter(None, map(_missing_scope, errors))))
    cause = f"the API key lacks the scope {scopes}" if scopes else "the API key may not do this"
    return cause, (
        f"make a new key that has {scopes or 'the rights to view, create and edit incidents'} "
        "(Settings, API keys in incident.io): a key's scopes can't be changed afterwards"
    )


def _missing_scope(error: Mapping[str, Any]) -> str:
    """Return the scope that a refusal names, in its metadata or at the end of its message."""
    _, sign, scope = str(error.get("message") or "").partition("scope: ")
    return _nested(error, "metadata", "scope") or (scope.strip() if sign else "")


def _message(answer: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]) -> str:
    messages = ", ".join(filter(None, map(_error_message, errors)))
    request_id = answer.get("request_id")
    return " ".join(filter(None, (messages, request_id and f"(request id {request_id})")))


def _error_message(error: Mapping[str, Any]) -> str:
    message, field = str(error.get("message") or ""), _nested(error, "source", "field")
    return f"{message} [{field}]" if message and field and field not in message else message


def _nested(error: Mapping[str, Any], member: str, name: str) -> str:
    inner = error.get(member)
    return str(inner.get(name) or "") if isinstance(inner, Mapping) else ""
