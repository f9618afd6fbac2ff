"""An incident as incident.io shows it, in the terms that no provider owns.

https://api-docs.incident.io/ under Incidents V2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pd_incident_action.models import Incident

Json = dict[str, Any]


def to_incident(json: Json) -> Incident:
    """Read an incident as incident.io shows it.

    Args:
        json: the ``incident`` of an answer.

    Returns:
        The incident, with the number of its reference (42 for INC-42) and the name of its status;
        what incident.io left out is empty.
    """
    given = json.get("incident_role_assignments") or []
    assigned = [_of(one, "assignee", "name") for one in given]
    return Incident(
        id=str(json.get("id") or ""),
        title=str(json.get("name") or ""),
        status=_of(json, "incident_status", "name"),
        number=_number(str(json.get("reference") or "")),
        url=str(json.get("permalink") or ""),
        assignees=tuple(dict.fromkeys(name for name in assigned if name)),
        description=str(json.get("summary") or ""),
        created_at=str(json.get("created_at") or ""),
        updated_at=str(json.get("updated_at") or ""),
        severity=_of(json, "severity", "name"),
        created_by=_actor(json.get("creator") or {}),
        visibility=str(json.get("visibility") or ""),
        provider="incident-io",
        raw=dict(json),
    )


def _number(reference: str) -> int | None:
    digits = reference.rpartition("-")[-1]
    return int(digits) if digits.isdecimal() else None


def _actor(creator: Mapping[str, Any]) -> str:
    """Name whoever opened it: a person, an API key, a workflow or an alert."""
    names = (
        _of(creator, "user", "name"),
        _of(creator, "api_key", "name"),
        _of(creator, "workflow", "name"),
        _of(creator, "alert", "title"),
    )
    return next((name for name in names if name), "")


def _of(json: Mapping[str, Any], member: str, name: str) -> str:
    return str((json.get(member) or {}).get(name) or "")
