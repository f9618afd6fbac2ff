"""PagerDuty's incidents: one method for each endpoint of REST API v2 in use.

https://developer.pagerduty.com/api-reference/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pd_incident_action.http.messages import build_path
from pd_incident_action.models import Incident

from .client import MEDIA_TYPE, Json, PagerDutyRest, TokenAuth, reference

__all__ = [
    "MEDIA_TYPE",
    "OPEN",
    "Json",
    "PagerDuty",
    "TokenAuth",
    "reference",
    "to_incident",
]

OPEN = ["triggered", "acknowledged"]


class PagerDuty(PagerDutyRest):
    """PagerDuty's incidents."""

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
        created: Json = self.write(
            "POST", "/incidents", "create the incident", {"incident": incident}, "incident"
        )
        return created

    def update_incident(self, incident_id: str, action: str, changes: Json) -> Json:
        """PUT /incidents/{id}: change an incident.

        Args:
            incident_id: PagerDuty's id.
            action: what the change is for, as in "PagerDuty did not <escalate the incident>".
            changes: the members to change.

        Returns:
            The incident as it now is.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        body = {"incident": {"type": "incident_reference"} | changes}
        path = build_path("incidents", incident_id)
        updated: Json = self.write("PUT", path, action, body, "incident")
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
        path = build_path("incidents", incident_id)
        found: Json = self.get(path, f"find incident {incident_id}", "incident")
        return found

    def open_incidents(self, service_id: str) -> list[Json]:
        """GET /incidents?service_ids[]=: list a service's open incidents.

        Args:
            service_id: PagerDuty's id.

        Returns:
            The incidents, oldest first.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        params: dict[str, str | list[str]] = {
            "service_ids[]": [service_id],
            "statuses[]": OPEN,
            "sort_by": "created_at:asc",
            "date_range": "all",
        }
        return list(self.pages("/incidents", "list the open incidents", "incidents", params))

    def update_incidents(self, action: str, changes: Sequence[Json]) -> list[Json]:
        """PUT /incidents: change several incidents at once.

        Args:
            action: as for `get`.
            changes: at most 250 objects, each with the incident's ``id`` and what to change.

        Returns:
            The incidents as they now are.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        body = {"incidents": [{"type": "incident_reference", **change} for change in changes]}
        updated: list[Json] = self.write("PUT", "/incidents", action, body, "incidents")
        return updated

    def add_note(self, incident_id: str, content: str) -> Json:
        """POST /incidents/{id}/notes: write a note that responders read.

        Args:
            incident_id: PagerDuty's id.
            content: the note's text.

        Returns:
            The note.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated, since the note would be there twice.
        """
        path = build_path("incidents", incident_id, "notes")
        body = {"note": {"content": content}}
        note: Json = self.write("POST", path, "take the note", body, "note", idempotent=False)
        return note

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
        found: list[Json] = self.get("/incidents", "look up the incident", "incidents", params)
        return [incident for incident in found if incident.get("incident_key", key) == key]


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
