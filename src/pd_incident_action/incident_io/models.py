"""incident.io's objects, as its API shows them.

https://api-docs.incident.io/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pd_incident_action import models
from pd_incident_action.http.api_model import ApiModel, Items, Text, Texts, WholeNumber, nested

OVER = frozenset({"closed", "declined", "canceled", "merged"})
"""Categories of statuses that an incident doesn't leave by itself."""


class Named(ApiModel):
    """Anything with an id and a name: a severity, an incident type, a status, a person."""

    id: Text = ""
    name: Text = ""
    email: Text = ""
    category: Text = ""
    rank: WholeNumber = None


class RoleAssignment(ApiModel):
    """Who has a role in an incident."""

    name: Text = nested("assignee", "name")


class IncidentIoIncident(ApiModel):
    """An incident."""

    id: Text = ""
    reference: Text = ""
    name: Text = ""
    summary: Text = ""
    visibility: Text = ""
    permalink: Text = ""
    created_at: Text = ""
    updated_at: Text = ""
    incident_status: Named = nested()
    severity: Named = nested()
    creator: Named = nested("creator", "user")
    creating_key: Text = nested("creator", "api_key", "name")
    creating_workflow: Text = nested("creator", "workflow", "name")
    creating_alert: Text = nested("creator", "alert", "title")
    incident_role_assignments: Items[RoleAssignment] = ()

    def to_incident(self) -> models.Incident:
        """Return it in terms that no provider owns."""
        assignees = (one.name for one in self.incident_role_assignments)
        others = self.creating_key or self.creating_workflow or self.creating_alert
        digits = self.reference.rpartition("-")[-1]
        return _Incident(
            id=self.id,
            title=self.name,
            status=self.incident_status.name,
            # Of INC-42.
            number=int(digits) if digits.isdecimal() else None,
            url=self.permalink,
            assignees=tuple(dict.fromkeys(filter(None, assignees))),
            description=self.summary,
            created_at=self.created_at,
            updated_at=self.updated_at,
            severity=self.severity.name,
            created_by=self.creator.name or others,
            created_by_user=self.creator.email,
            visibility=self.visibility,
            raw=self.raw,
        )


class Identity(ApiModel):
    """An API key."""

    name: Text = ""
    roles: Texts = ()


@dataclass(frozen=True)
class _Incident(models.Incident):
    visibility: str = ""
    created_by_user: str = ""

    def properties(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "url": self.url,
            "severity": self.severity,
            "description": self.description,
            "visibility": self.visibility,
            "createdBy": self.created_by,
            "createdAt": self.created_at,
        }

    def users(self) -> dict[str, tuple[str, ...]]:
        return {"createdBy": (self.created_by_user,)}
