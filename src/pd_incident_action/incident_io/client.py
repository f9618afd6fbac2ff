"""incident.io's API: one method for each endpoint in use.

https://api-docs.incident.io/
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from pd_incident_action.errors import NotApplicable
from pd_incident_action.http.api_model import ApiModel
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.messages import (
    ApiRequest,
    ApiResponse,
    Check,
    build_path,
    has_id,
    has_this_id,
    is_list,
    is_object,
)

from .models import Identity, IncidentIoIncident, Named, Status

Model = TypeVar("Model", bound=ApiModel)

# A response's date has whole seconds only, and clocks within incident.io may differ a little.
_CLOCK_SLACK = 3.0


class BearerAuth:
    """Authenticates requests with an API key.

    Args:
        token: an API key of incident.io.
    """

    def __init__(self, token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}

    def __call__(self) -> Mapping[str, str]:
        """Return the header."""
        return self._headers


class IncidentIo:
    """incident.io's API. Every method raises `ApiError` if incident.io refused or wasn't reached.

    Args:
        client: sends the requests.
    """

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def create_incident(self, body: Mapping[str, Any]) -> tuple[IncidentIoIncident, bool | None]:
        """POST /v2/incidents: create an incident, which notifies people.

        incident.io answers a repeated ``idempotency_key`` with the existing incident, and doesn't
        say so; the time of its creation does.

        Args:
            body: the request's body, with ``idempotency_key`` and ``visibility``.

        Returns:
            The incident, and whether this call created it, None if that can't be known.

        Raises:
            ValueError: there is no idempotency key, so that a retry would create another one.
        """
        if not body.get("idempotency_key"):
            msg = "without an idempotency key a retry would create a second incident"
            raise ValueError(msg)
        began = time.monotonic()
        request = ApiRequest(
            "POST",
            "/v2/incidents",
            "create the incident",
            json=body,
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
        """POST /v2/incidents/{id}/actions/edit: change an incident, and announce it in its channel.

        Args:
            incident_id: incident.io's id.
            changes: any of ``name``, ``summary``, ``severity_id``, ``incident_status_id``, …
            action: what the change is for, as in "incident.io failed to <resolve the incident>".
        """
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
        return self._list(Named, "/v1/severities", "severities")

    def incident_types(self) -> list[Named]:
        """GET /v1/incident_types: list incident types."""
        return self._list(Named, "/v1/incident_types", "incident_types")

    def statuses(self) -> list[Status]:
        """GET /v1/incident_statuses: list statuses."""
        return self._list(Status, "/v1/incident_statuses", "incident_statuses")

    def identity(self) -> Identity:
        """GET /v1/identity: return the API key in use."""
        return Identity.read(
            self._get("/v1/identity", "recognise the API key", "identity", is_object)
        )

    def _list(self, model: type[Model], path: str, envelope: str) -> list[Model]:
        action = f"list the {envelope.replace('_', ' ')}"
        return model.read_all(self._get(path, action, envelope, is_list))

    def _get(self, path: str, action: str, envelope: str, check: Check) -> object:
        request = ApiRequest("GET", path, action, envelope=envelope, check=check)
        found: object = self._client.send(request).body[envelope]
        return found


def _is_new(created_at: str, response: ApiResponse, seconds: float) -> bool | None:
    """Return whether an incident was created during a call, by incident.io's own clock."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        answered = parsedate_to_datetime(headers["date"])
        age = answered - datetime.fromisoformat(created_at)
    except (KeyError, TypeError, ValueError):
        return None
    return age <= timedelta(seconds=seconds + _CLOCK_SLACK)


# Ids have this form today, and no name looks like it: no time is lost on looking them up.
_ID = re.compile(r"01[0-9A-HJKMNP-TV-Z]{24}")
_MAX_CANDIDATES = 12


class IncidentIoDirectory:
    """Finds ids by name, exactly but in any case; each account has its own names.

    Every method raises `NotApplicable` if nothing, or more than one thing, has the name, and
    `ApiError` if incident.io refused or wasn't reached.

    Args:
        incident_io: incident.io's API.
    """

    def __init__(self, incident_io: IncidentIo) -> None:
        self._incident_io = incident_io

    def severity(self, text: str) -> str:
        """Return a severity's id."""
        return _find("severity", text, self._incident_io.severities)

    def incident_type(self, text: str) -> str:
        """Return an incident type's id."""
        return _find("incident type", text, self._incident_io.incident_types)

    def status(self, text: str) -> str:
        """Return a status's id."""
        return _find("status", text, self._incident_io.statuses)

    def status_of_category(self, category: str) -> str:
        """Return the id of a category's status with the lowest rank, such as ``closed``'s."""
        statuses = self._incident_io.statuses()
        found = [status for status in statuses if status.category == category]
        if not found:
            raise _unknown(f"status of category '{category}'", statuses)
        return min(found, key=lambda status: status.rank or 0).id


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
