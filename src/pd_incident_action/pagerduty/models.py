"""PagerDuty's objects, as REST API v2 shows them.

https://developer.pagerduty.com/api-reference/
"""

from __future__ import annotations

from pd_incident_action import models
from pd_incident_action.http.api_model import ApiModel, Items, Text, WholeNumber

OPEN_STATUSES = ("triggered", "acknowledged")


class Reference(ApiModel):
    """A reference to another object; where it is expanded, some of its members."""

    id: Text = ""
    type: Text = ""
    summary: Text = ""
    name: Text = ""
    html_url: Text = ""

    @property
    def label(self) -> str:
        """What people call it: its summary, else its name."""
        return self.summary or self.name


class Assignment(ApiModel):
    """Who has an incident, and since when."""

    at: Text = ""
    assignee: Reference = Reference()


class PendingAction(ApiModel):
    """What PagerDuty will do with an incident by itself, and when."""

    type: Text = ""
    at: Text = ""


class IncidentBody(ApiModel):
    """The body of an incident."""

    details: Text = ""


class ConferenceBridge(ApiModel):
    """Where the responders of an incident meet."""

    conference_number: Text = ""
    conference_url: Text = ""


class ResolveReason(ApiModel):
    """Why an incident is resolved, where PagerDuty resolved it."""

    type: Text = ""
    incident: Reference = Reference()


class IncidentResponder(ApiModel):
    """A user who was asked to help with an incident, and the answer."""

    state: Text = ""
    user: Reference = Reference()


class ResponderTarget(Reference):
    """A user or policy that was asked to help; PagerDuty wraps it or not."""

    responder_request_target: Reference = Reference()

    @property
    def target(self) -> Reference:
        """The user or policy."""
        return self.responder_request_target if self.responder_request_target.id else self


class ResponderRequest(ApiModel):
    """A request for help with an incident."""

    responder_request_targets: Items[ResponderTarget] = ()


class PagerDutyIncident(ApiModel):
    """An incident."""

    id: Text = ""
    incident_number: WholeNumber = None
    title: Text = ""
    summary: Text = ""
    description: Text = ""
    status: Text = ""
    urgency: Text = ""
    html_url: Text = ""
    incident_key: Text = ""
    created_at: Text = ""
    updated_at: Text = ""
    last_status_change_at: Text = ""
    assigned_via: Text = ""
    service: Reference = Reference()
    escalation_policy: Reference = Reference()
    priority: Reference = Reference()
    incident_type: Reference = Reference()
    body: IncidentBody = IncidentBody()
    assignments: Items[Assignment] = ()
    pending_actions: Items[PendingAction] = ()
    conference_bridge: ConferenceBridge = ConferenceBridge()
    resolve_reason: ResolveReason = ResolveReason()
    incidents_responders: Items[IncidentResponder] = ()
    responder_requests: Items[ResponderRequest] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is triggered or acknowledged."""
        return self.status in OPEN_STATUSES

    @property
    def label(self) -> str:
        """What people call it: its number and title."""
        return self.to_incident().name

    @property
    def assignee_ids(self) -> frozenset[str]:
        """Ids of the people and policies that have it."""
        return frozenset(one.assignee.id for one in self.assignments if one.assignee.id)

    @property
    def merged_into(self) -> str:
        """Id of the incident that it was merged into, or empty."""
        is_merged = self.resolve_reason.type == "merge_resolve_reason"
        return self.resolve_reason.incident.id if is_merged else ""

    def to_incident(self) -> models.Incident:
        """Return it in terms that no provider owns."""
        return models.Incident(
            id=self.id,
            number=self.incident_number,
            title=self.title or self.summary,
            status=self.status,
            urgency=self.urgency,
            url=self.html_url,
            service_id=self.service.id,
            service=self.service.label,
            assignees=tuple(one.assignee.summary for one in self.assignments),
            escalation_policy=self.escalation_policy.label,
            priority=self.priority.label,
            description=self.description or self.body.details,
            dedup_key=self.incident_key,
            created_at=self.created_at,
            updated_at=self.updated_at or self.last_status_change_at,
            raw=self.raw,
        )


class Agent(ApiModel):
    """Who or what did something; of a note, its author."""

    id: Text = ""
    summary: Text = ""


class Note(ApiModel):
    """A note on an incident."""

    id: Text = ""
    content: Text = ""
    created_at: Text = ""
    user: Agent = Agent()


class CustomField(ApiModel):
    """A custom field of an incident."""

    name: Text = ""
    display_name: Text = ""
    data_type: Text = ""
    field_type: Text = ""

    @property
    def is_multi_value(self) -> bool:
        """Whether it holds several values."""
        return "multi" in self.field_type


class Alert(ApiModel):
    """An alert of an incident."""

    id: Text = ""


class Notification(ApiModel):
    """How somebody was notified."""

    type: Text = ""


class Channel(ApiModel):
    """The channel of a log entry."""

    type: Text = ""
    notification: Notification = Notification()


class LogEntry(ApiModel):
    """An entry of an incident's log."""

    id: Text = ""
    type: Text = ""
    summary: Text = ""
    created_at: Text = ""
    agent: Reference = Reference()
    user: Reference = Reference()
    incident: Reference = Reference()
    channel: Channel = Channel()


class OnCall(ApiModel):
    """Somebody on call: on a level of a policy, perhaps by a schedule."""

    escalation_level: WholeNumber = None
    escalation_policy: Reference = Reference()
    schedule: Reference = Reference()
    user: Reference = Reference()
    start: Text = ""
    end: Text = ""


class User(ApiModel):
    """A user."""

    id: Text = ""
    name: Text = ""
    summary: Text = ""
    email: Text = ""
    html_url: Text = ""
    time_zone: Text = ""


class Service(ApiModel):
    """A service."""

    id: Text = ""
    name: Text = ""
    summary: Text = ""
    description: Text = ""
    status: Text = ""
    html_url: Text = ""
    created_at: Text = ""
    last_incident_timestamp: Text = ""
    escalation_policy: Reference = Reference()
    integrations: Items[Reference] = ()

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.summary or self.id
