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
    """Anything with an id and a name, such as a severity or an incident type."""

    id: Text = ""
    name: Text = ""


class Person(Named):
    """A user."""

    email: Text = ""


class Status(Named):
    """A status of incidents: each account has its own, each of a fixed category."""

    category: Text = ""
    rank: WholeNumber = None


class AlertSource(ApiModel):
    """The alert that an incident was created from."""

    title: Text = ""


class Creator(ApiModel):
    """Who created an incident: a person, an API key, a workflow or an alert."""

    user: Person = nested()
    api_key: Named = nested()
    workflow: Named = nested()
    alert: AlertSource = nested()

    @property
    def name(self) -> str:
        """The name of whichever it is."""
        return self.user.name or self.api_key.name or self.workflow.name or self.alert.title


class RoleAssignment(ApiModel):
    """Who has a role in an incident."""

    assignee: Named = nested()


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
    incident_status: Status = nested()
    severity: Named = nested()
    creator: Creator = nested()
    incident_role_assignments: Items[RoleAssignment] = ()

    def to_incident(self) -> models.Incident:
        """Return it in terms that no provider owns."""
        assignees = (one.assignee.name for one in self.incident_role_assignments)
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
            created_by=self.creator.name,
            created_by_user=self.creator.user.email,
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
