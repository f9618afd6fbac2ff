"""PagerDuty's REST API v2: one method for each endpoint in use.

https://developer.pagerduty.com/api-reference/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import Impossible
from pd_incident_action.http import Call, Client, path_of
from pd_incident_action.outcome import Incident

if TYPE_CHECKING:
    import requests

Json = dict[str, Any]

MEDIA_TYPE = "application/vnd.pagerduty+json;version=2"
OPEN = ["triggered", "acknowledged"]


class TokenAuth:
    """Sets an API key on a request, and keeps requests from looking into ``~/.netrc``.

    Args:
        token: a REST API key.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the header."""
        request.headers["Authorization"] = f"Token token={self._token}"
        return request


class PagerDuty:
    """PagerDuty's REST API.

    Args:
        client: sends the requests.
        requester: e-mail address for the ``From`` header, or None with a user's own key.
    """

    def __init__(self, client: Client, requester: str | None) -> None:
        self._client = client
        self._headers = {"Accept": MEDIA_TYPE}
        self._from = {"From": requester} if requester else {}

    def create_incident(self, incident: Json) -> Json:
        """POST /incidents: open an incident, which pages.

        Args:
            incident: the body's ``incident``, with an ``incident_key`` so that a repetition
                is recognised.

        Returns:
            The incident as PagerDuty shows it.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; code 2002 also means that an open
                incident has the key.
        """
        answer = self._client.send(
            Call(
                "POST",
                "/incidents",
                "create the incident",
                json={"incident": incident},
                headers=self._headers | self._from,
                expect="incident",
            )
        )
        created: Json = answer.body["incident"]
        return created

    def update_incident(self, incident_id: str, purpose: str, changes: Json) -> Json:
        """PUT /incidents/{id}: change an incident.

        Args:
            incident_id: PagerDuty's id.
            purpose: what the change is for, as in "PagerDuty did not <escalate the incident>".
            changes: the members to change.

        Returns:
            The incident as it now is.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        answer = self._client.send(
            Call(
                "PUT",
                path_of("incidents", incident_id),
                purpose,
                json={"incident": {"type": "incident_reference"} | changes},
                headers=self._headers | self._from,
                expect="incident",
            )
        )
        updated: Json = answer.body["incident"]
        return updated

    def incident(self, incident_id: str) -> Json:
        """GET /incidents/{id}: read an incident.

        Args:
            incident_id: PagerDuty's id.

        Returns:
            The incident.

        Raises:
            ApiError: it doesn't exist, or PagerDuty wasn't reached.
        """
        path = path_of("incidents", incident_id)
        found: Json = self._get(path, f"find incident {incident_id}", "incident")
        return found

    def incidents_by_key(self, key: str, *, only_open: bool) -> list[Json]:
        """GET /incidents?incident_key=: find incidents by the key they are deduplicated by.

        Args:
            key: incident key or dedup key; never empty, since PagerDuty would list everything.
            only_open: whether to leave out resolved ones.

        Returns:
            The incidents, newest first.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
            ValueError: the key is empty.
        """
        if not key:
            msg = "an empty key would match every incident"
            raise ValueError(msg)
        params: dict[str, str | list[str]] = {
            "incident_key": key,
            "sort_by": "created_at:desc",
            "date_range": "all",
        }
        if only_open:
            params["statuses[]"] = OPEN
        found: list[Json] = self._get("/incidents", "look up the incident", "incidents", params)
        return [incident for incident in found if incident.get("incident_key", key) == key]

    def user_id(self, email: str) -> str:
        """GET /users?query=: find a user by e-mail address.

        Args:
            email: the exact address; PagerDuty's own search takes substrings.

        Returns:
            The user's id.

        Raises:
            Impossible: nobody has that address.
            ApiError: PagerDuty refused or wasn't reached.
        """
        params: dict[str, str | list[str]] = {"query": email, "limit": "100"}
        for user in self._get("/users", "look up the assignee", "users", params):
            if str(user.get("email", "")).lower() == email.lower():
                return str(user["id"])
        raise Impossible(
            f"PagerDuty has no user with the e-mail address {email}",
            "the assignee is mistyped or not a member of this account",
            "give the address that the person signs in to PagerDuty with",
        )

    def priorities(self) -> list[Json]:
        """GET /priorities: list the account's incident priorities.

        Returns:
            The priorities, each with ``id`` and ``name``.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; 402 where priorities are off.
        """
        found: list[Json] = self._get("/priorities", "list its priorities", "priorities")
        return found

    def _get(
        self,
        path: str,
        purpose: str,
        member: str,
        params: Mapping[str, str | list[str]] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever that member of PagerDuty's JSON holds
        call = Call("GET", path, purpose, params=params or {}, headers=self._headers, expect=member)
        return self._client.send(call).body[member]


def reference(kind: str, identifier: str) -> Json:
    """Make a reference to another object, as PagerDuty wants them.

    Args:
        kind: for example ``service``.
        identifier: its id.

    Returns:
        ``{"id": …, "type": "service_reference"}``.
    """
    return {"id": identifier, "type": f"{kind}_reference"}


def to_incident(json: Json) -> Incident:
    """Read an incident as PagerDuty shows it.

    Args:
        json: the ``incident`` of an answer.

    Returns:
        The incident; what PagerDuty left out is empty.
    """
    assignments = json.get("assignments") or []
    body = json.get("body") or {}
    return Incident(
        id=str(json.get("id", "")),
        number=json.get("incident_number"),
        title=str(json.get("title") or json.get("summary") or ""),
        status=str(json.get("status", "")),
        urgency=str(json.get("urgency", "")),
        url=str(json.get("html_url") or ""),
        service_id=_of(json, "service", "id"),
        service=_of(json, "service", "summary"),
        assignees=tuple(_of(item, "assignee", "summary") for item in assignments),
        escalation_policy=_of(json, "escalation_policy", "summary"),
        priority=_of(json, "priority", "summary") or _of(json, "priority", "name"),
        description=str(json.get("description") or body.get("details") or ""),
        dedup_key=str(json.get("incident_key") or ""),
        created_at=str(json.get("created_at") or ""),
        updated_at=str(json.get("updated_at") or json.get("last_status_change_at") or ""),
    )


def _of(json: Mapping[str, Any], member: str, name: str) -> str:
    return str((json.get(member) or {}).get(name) or "")
