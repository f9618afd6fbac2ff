"""incident.io's API: one method for each endpoint in use, and its refusals explained.

https://api-docs.incident.io/
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import NotApplicable
from pd_incident_action.http.api_model import ApiModel, Items, Text, nested
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.messages import (
    ApiRequest,
    ApiResponse,
    Check,
    ErrorDetail,
    build_path,
    has_id,
    has_this_id,
    is_list,
    is_object,
    message_of,
)

from .models import Identity, IncidentIoIncident, Named

if TYPE_CHECKING:
    from pd_incident_action.http.dry_run import Change

# A response's date has whole seconds only, and clocks within incident.io may differ a little.
_CLOCK_SLACK = 3.0
# Ids have this form today, and no name looks like it: no time is lost on looking them up.
_ID = re.compile(r"01[0-9A-HJKMNP-TV-Z]{24}")
_MAX_CANDIDATES = 12
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
        "re-run the job in a minute, raise timeout, or give this workflow its own key",
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


class IncidentIo:
    """incident.io's API. Its methods raise `ApiError` if incident.io refused or wasn't reached."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def with_timeout(self, seconds: float) -> IncidentIo:
        """Return the same API with another time limit, at most half of the time that is left."""
        seconds = min(seconds, self._client.deadline.remaining() / 2)
        return IncidentIo(self._client.with_timeout(seconds))

    def create_incident(
        self, key: str, members: Mapping[str, Any]
    ) -> tuple[IncidentIoIncident, bool | None]:
        """POST /v2/incidents: create an incident, which notifies people.

        incident.io answers a repeated key with the existing incident, and doesn't say so; the time
        of its creation does.

        Returns:
            The incident, and whether this call created it, None if that can't be known.
        """
        began = time.monotonic()
        request = ApiRequest(
            "POST",
            "/v2/incidents",
            "create the incident",
            json={"idempotency_key": key, **members},
            envelope="incident",
            check=has_id,
            if_unknown="The incident may have been created: look at https://app.incident.io before "
            "you create it again, or re-run the job, whose incident has the same key",
        )
        response = self._client.send(request)
        seconds = time.monotonic() - began
        incident = IncidentIoIncident.read(response.body["incident"])
        return incident, _is_new(incident.created_at, response, seconds)

    def edit_incident(
        self, incident_id: str, changes: Mapping[str, str], action: str
    ) -> IncidentIoIncident:
        """POST /v2/incidents/{id}/actions/edit: change an incident, which its channel is told."""
        path = build_path("v2", "incidents", incident_id, "actions", "edit")
        body = {"incident": changes, "notify_incident_channel": True}
        check = has_this_id(incident_id)
        request = ApiRequest("POST", path, action, json=body, envelope="incident", check=check)
        response = self._client.send(request)
        return IncidentIoIncident.read(response.body["incident"])

    def incident(self, incident_id: str) -> IncidentIoIncident:
        """GET /v2/incidents/{id}: return an incident."""
        path, action = build_path("v2", "incidents", incident_id), f"find incident {incident_id}"
        check = has_this_id(incident_id)
        return IncidentIoIncident.read(self._get(path, action, "incident", check))

    def severities(self) -> list[Named]:
        """GET /v1/severities: list severities; each account has its own."""
        return self._list("/v1/severities", "severities")

    def incident_types(self) -> list[Named]:
        """GET /v1/incident_types: list incident types."""
        return self._list("/v1/incident_types", "incident_types")

    def statuses(self) -> list[Named]:
        """GET /v1/incident_statuses: list statuses."""
        return self._list("/v1/incident_statuses", "incident_statuses")

    def severity_id(self, text: str) -> str:
        """Return a severity's id; raises `NotApplicable` unless exactly one has the name."""
        return _find("severity", text, self.severities)

    def incident_type_id(self, text: str) -> str:
        """Return an incident type's id, as `severity_id` does."""
        return _find("incident type", text, self.incident_types)

    def status_id(self, text: str) -> str:
        """Return a status's id, as `severity_id` does."""
        return _find("status", text, self.statuses)

    def status_of_category(self, category: str) -> str:
        """Return the id of a category's status with the lowest rank, such as ``closed``'s."""
        statuses = self.statuses()
        found = [status for status in statuses if status.category == category]
        if not found:
            raise _unknown(f"status of category '{category}'", statuses)
        return min(found, key=lambda status: status.rank or 0).id

    def identity(self) -> Identity:
        """GET /v1/identity: return the API key in use."""
        return Identity.read(
            self._get("/v1/identity", "recognise the API key", "identity", is_object)
        )

    def _list(self, path: str, envelope: str) -> list[Named]:
        action = f"list the {envelope.replace('_', ' ')}"
        return Named.read_all(self._get(path, action, envelope, is_list))

    def _get(self, path: str, action: str, envelope: str, check: Check) -> object:
        request = ApiRequest("GET", path, action, envelope=envelope, check=check)
        found: object = self._client.send(request).body[envelope]
        return found


def imitate(change: Change) -> dict[str, Any]:
    """Return an incident as incident.io would show it after a change, with its names for ids."""
    sent, now = change.sent, datetime.now(UTC).isoformat()
    after = {"created_at": now, **change.before, **sent, "updated_at": now}
    if severity := sent.get("severity_id"):
        listed = change.fetch("/v1/severities", "severities")
        after["severity"] = _with_id(listed, severity)
    if not change.before or sent.get("incident_status_id"):
        listed = change.fetch("/v1/incident_statuses", "incident_statuses")
        # A new incident has the first status of those that are live.
        live = next((one["id"] for one in listed if one.get("category") == "live"), "")
        after["incident_status"] = _with_id(listed, sent.get("incident_status_id", live))
    return after


def _with_id(listed: Sequence[dict[str, Any]], identifier: str) -> dict[str, Any]:
    return next((one for one in listed if one.get("id") == identifier), {})


def _is_new(created_at: str, response: ApiResponse, seconds: float) -> bool | None:
    """Return whether an incident was created during a call, by incident.io's own clock."""
    try:
        answered = parsedate_to_datetime(response.headers["date"])
        age = answered - datetime.fromisoformat(created_at)
    except (KeyError, TypeError, ValueError):
        return None
    return age <= timedelta(seconds=seconds + _CLOCK_SLACK)


def _find(kind: str, text: str, list_all: Callable[[], Sequence[Named]]) -> str:
    if _ID.fullmatch(text):
        return text
    known, name = list_all(), text.casefold()
    found = [one for one in known if one.id == text]
    found = found or [one for one in known if one.name and one.name.casefold() == name]
    if not found:
        raise _unknown(f"{kind} '{text}'", known)
    if len(found) > 1:
        raise NotApplicable(
            f"incident.io has more than one {kind} '{text}'",
            _labels(found),
            "give the id instead",
        )
    return found[0].id


def _unknown(what: str, known: Sequence[Named]) -> NotApplicable:
    return NotApplicable(
        f"incident.io has no {what}",
        "each account has its own names",
        f"use one of {_labels(known)}" if known else "add it in incident.io's settings",
    )


def _labels(known: Sequence[Named]) -> str:
    return ", ".join(f"{one.name} ({one.id})" for one in known[:_MAX_CANDIDATES])


class _Error(ApiModel):
    """One error of a refusal."""

    code: Text = ""
    message: Text = ""
    field: Text = nested("source", "field")
    scope: Text = nested("metadata", "scope")

    def __str__(self) -> str:
        is_named = not self.message or self.field in self.message
        return self.message if is_named else f"{self.message} [{self.field}]"

    @property
    def missing_scope(self) -> str:
        """The scope that it names, in its metadata or at the end of its message."""
        return self.scope or self.message.partition("scope: ")[2].strip()


class _Refusal(ApiModel):
    request_id: Text = ""
    errors: Items[_Error] = ()

    def __str__(self) -> str:
        words = ", ".join(filter(None, map(str, self.errors)))
        request = self.request_id and f"(request id {self.request_id})"
        return " ".join(filter(None, (words, request)))


def explain(status: int, _headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain a refusal in incident.io's words, with the request's id."""
    refusal = _Refusal.read(body)
    code = next((one.code for one in refusal.errors if one.code), None)
    cause, remedy = _remedy(status, refusal.errors)
    return ErrorDetail(str(refusal) or message_of(body), code, cause, remedy)


def _remedy(status: int, errors: Sequence[_Error]) -> tuple[str, str]:
    if status == HTTPStatus.FORBIDDEN:
        return _scope_remedy(errors)
    fields = [one.field.rpartition(".")[-1] for one in errors]
    by_field = next((_BY_FIELD[field] for field in fields if field in _BY_FIELD), None)
    return by_field or _BY_STATUS.get(status, _OUTAGE)


def _scope_remedy(errors: Sequence[_Error]) -> tuple[str, str]:
    scopes = ", ".join(dict.fromkeys(filter(None, (one.missing_scope for one in errors))))
    cause = f"the API key lacks the scope {scopes}" if scopes else "the API key may not do this"
    return cause, (
        f"make a new key that has {scopes or 'the rights to view, create and edit incidents'} "
        "(Settings, API keys in incident.io): a key's scopes can't be changed afterwards"
    )
