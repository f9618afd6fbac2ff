"""incident.io's API: one method for each endpoint in use.

https://api-docs.incident.io/
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from pd_incident_action.http.messages import ApiRequest, ApiResponse, build_path

from .models import Json, to_incident

if TYPE_CHECKING:
    from pd_incident_action.http.client import ApiClient

__all__ = ["BearerAuth", "IncidentIo", "Json", "to_incident"]

# An answer's date has whole seconds only, and clocks within incident.io may differ a little.
_CLOCK_SLACK = 3.0


class BearerAuth:
    """Gives an API key with each request.

    Args:
        token: an API key of incident.io.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self) -> dict[str, str]:
        """Give the header."""
        return {"Authorization": f"Bearer {self._token}"}


class IncidentIo:
    """incident.io's API.

    Args:
        client: sends the requests.
    """

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def create_incident(self, body: Json) -> tuple[Json, bool | None]:
        """POST /v2/incidents: open an incident, which tells people.

        incident.io answers a repeated ``idempotency_key`` with the incident that is there already,
        and doesn't say so; when it was created tells.

        Args:
            body: the request's body, with ``idempotency_key`` and ``visibility``.

        Returns:
            The incident as incident.io shows it, and whether this call opened it, None where
            nobody can tell.

        Raises:
            ApiError: incident.io refused or wasn't reached.
            ValueError: there is no idempotency key, so that a repetition would open another one.
        """
        if not body.get("idempotency_key"):
            msg = "without an idempotency key a repetition would open a second incident"
            raise ValueError(msg)
        call = ApiRequest(
            "POST", "/v2/incidents", "create the incident", json=body, envelope="incident"
        )
        began = time.monotonic()
        answer = self._client.send(call)
        incident: Json = answer.body["incident"]
        return incident, _is_new(incident, answer, time.monotonic() - began)

    def edit_incident(
        self, incident_id: str, changes: Json, action: str, *, notify: bool = True
    ) -> Json:
        """POST /v2/incidents/{id}/actions/edit: change what is given of an incident.

        Args:
            incident_id: incident.io's id.
            changes: any of ``name``, ``summary``, ``severity_id``, ``incident_status_id``, …
            action: what the change is for, as in "incident.io did not <resolve the incident>".
            notify: whether the incident's channel is told.

        Returns:
            The incident as it now is.

        Raises:
            ApiError: incident.io refused or wasn't reached.
        """
        path = build_path("v2", "incidents", incident_id, "actions", "edit")
        body = {"incident": changes, "notify_incident_channel": notify}
        call = ApiRequest("POST", path, action, json=body, envelope="incident")
        edited: Json = self._client.send(call).body["incident"]
        return edited

    def incident(self, incident_id: str) -> Json:
        """GET /v2/incidents/{id}: read an incident.

        Args:
            incident_id: incident.io's id.

        Returns:
            The incident.

        Raises:
            ApiError: it doesn't exist, or incident.io wasn't reached.
        """
        path = build_path("v2", "incidents", incident_id)
        found: Json = self._get(path, f"find incident {incident_id}", "incident")
        return found

    def severities(self) -> list[Json]:
        """GET /v1/severities: list severities; each account has its own.

        Returns:
            The severities, each with ``id``, ``name`` and ``rank``.

        Raises:
            ApiError: incident.io refused or wasn't reached.
        """
        found: list[Json] = self._get("/v1/severities", "list the severities", "severities")
        return found

    def incident_types(self) -> list[Json]:
        """GET /v1/incident_types: list types of incidents; raises as `severities` does.

        Returns:
            The types, each with ``id``, ``name`` and ``is_default``.
        """
        found: list[Json] = self._get(
            "/v1/incident_types", "list the incident types", "incident_types"
        )
        return found

    def statuses(self) -> list[Json]:
        """GET /v1/incident_statuses: list statuses; raises as `severities` does.

        Returns:
            The statuses, each with ``id``, ``name``, ``rank`` and ``category``: triage, declined,
            merged, canceled, live, learning, closed or paused.
        """
        found: list[Json] = self._get(
            "/v1/incident_statuses", "list the incident statuses", "incident_statuses"
        )
        return found

    def identity(self) -> Json:
        """GET /v1/identity: ask whose key it is; raises as `severities` does.

        Returns:
            The key's ``name`` and ``roles``, and the account's ``dashboard_url``.
        """
        found: Json = self._get("/v1/identity", "recognise the API key", "identity")
        return found

    def users(self, email: str) -> list[Json]:
        """GET /v2/users?email=: find users by e-mail address; raises as `severities` does.

        Args:
            email: the whole address, in any case.

        Returns:
            The users with exactly that address: one, or none.
        """
        found: list[Json] = self._get("/v2/users", "look up the user", "users", email=email)
        wanted = email.casefold()
        return [user for user in found if str(user.get("email") or "").casefold() == wanted]

    def _get(self, path: str, action: str, member: str, **params: str) -> Any:  # noqa: ANN401 - whatever that member of incident.io's JSON holds
        call = ApiRequest("GET", path, action, params=params, envelope=member)
        return self._client.send(call).body[member]


def _is_new(incident: Json, answer: ApiResponse, seconds: float) -> bool | None:
    """Tell whether an incident began while its creation was under way, by incident.io's clock."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    try:
        answered = parsedate_to_datetime(headers["date"])
        created = datetime.fromisoformat(incident["created_at"])
        return answered - created <= timedelta(seconds=seconds + _CLOCK_SLACK)
    except (KeyError, TypeError, ValueError):
        return None
