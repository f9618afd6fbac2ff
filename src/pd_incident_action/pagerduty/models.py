"""PagerDuty's objects, as REST API v2 shows them.

https://developer.pagerduty.com/api-reference/

Annotations aren't postponed here: to read them from strings takes a page 1 ms.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pd_incident_action import models
from pd_incident_action.http.api_model import (
    ApiModel,
    Flag,
    Items,
    Text,
    WholeNumber,
    nested,
)
from pd_incident_action.inputs.intervals import Interval, interval_from_api, parse_iso

OPEN_STATUSES = ("triggered", "acknowledged")
SILENT_STATUSES = {"disabled": "disabled", "maintenance": "in maintenance"}
"""Statuses of services that open no incidents, in words."""
_ASSIGNMENTS = {"assign_log_entry", "delegate_log_entry", "escalate_log_entry"}
_MINUTE = timedelta(minutes=1)
EVENTS_V2 = "events_api_v2_inbound_integration"


class Reference(ApiModel):
    """A reference to another object; where it is expanded, some of its members."""

    id: Text = ""
    type: Text = ""
    summary: Text = ""
    name: Text = ""
    email: Text = ""
    html_url: Text = ""

    @property
    def label(self) -> str:
        """What people call it: its summary, else its name."""
        return self.summary or self.name


class IncidentStep(ApiModel):
    """An assignment or acknowledgement of an incident, or what PagerDuty will do next."""

    at: Text = ""
    type: Text = ""
    assignee: Reference = nested()


class PagerDutyIncident(ApiModel):
    """An incident.

    Attributes:
        merged_into: id of the incident that it was merged into, or empty.
        created_by: who or what opened it, where PagerDuty was asked to show it.
    """

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
    resolved_at: Text = ""
    assigned_via: Text = ""
    service: Reference = nested()
    escalation_policy: Reference = nested()
    priority: Reference = nested()
    incident_type: Reference = nested()
    details: Text = nested("body", "details")
    acknowledgements: Items[IncidentStep] = ()
    assignments: Items[IncidentStep] = ()
    pending_actions: Items[IncidentStep] = ()
    conference_number: Text = nested("conference_bridge", "conference_number")
    conference_url: Text = nested("conference_bridge", "conference_url")
    merged_into: Text = nested("resolve_reason", "incident", "id")
    created_by: Reference = nested("first_trigger_log_entry", "agent")

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

    def may_be_reassigned(self, now: datetime) -> bool:
        """Check whether somebody may have been given it since it was opened."""
        created_at = parse_iso(self.created_at)
        # Times have whole seconds.
        is_new = created_at is None or now - created_at < _MINUTE
        return is_new or any(one.at != self.created_at for one in self.assignments)

    @property
    def is_directly_assigned(self) -> bool:
        """Whether people were named, rather than an escalation policy."""
        return self.assigned_via == "direct_assignment"

    @property
    def next_escalation_at(self) -> str:
        """When the next level is paged, in ISO 8601; empty if none is."""
        return min((one.at for one in self.pending_actions if one.type == "escalate"), default="")

    @property
    def snoozed_until(self) -> str:
        """Until when it stays acknowledged, in ISO 8601; empty if that has no end."""
        due = (one.at for one in self.pending_actions if one.type == "unacknowledge")
        return max(due, default="")

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
            assignee_users=tuple(
                filter(None, (o.assignee.email or o.assignee.id for o in self.assignments))
            ),
            escalation_policy=self.escalation_policy.label,
            priority=self.priority.label,
            description=self.description or self.details,
            dedup_key=self.incident_key,
            created_by=self.created_by.label,
            created_at=self.created_at,
            updated_at=self.updated_at or self.last_status_change_at,
            raw=self.raw,
        )


class Note(ApiModel):
    """A note on an incident."""

    id: Text = ""
    content: Text = ""
    created_at: Text = ""
    user: Reference = nested()


class CustomField(ApiModel):
    """A custom field of an incident."""

    name: Text = ""
    display_name: Text = ""
    data_type: Text = ""
    field_type: Text = ""
    value: Any = None

    @property
    def is_multi_value(self) -> bool:
        """Whether it holds several values."""
        return "multi" in self.field_type


class LogEntry(ApiModel):
    """An entry of an incident's log."""

    id: Text = ""
    type: Text = ""
    summary: Text = ""
    created_at: Text = ""
    agent: Reference = nested()
    user: Reference = nested()
    assignees: Items[Reference] = ()
    incident: Reference = nested()
    channel_type: Text = nested("channel", "type")
    note: Text = nested("channel", "summary")
    notification: Text = nested("channel", "notification", "type")

    @property
    def is_assignment(self) -> bool:
        """Whether it says that the incident was given to somebody."""
        return self.type in _ASSIGNMENTS

    @property
    def is_automatic(self) -> bool:
        """Whether PagerDuty did it by itself."""
        return self.agent.type.startswith("service") or self.channel_type in {"auto", "timeout"}

    @property
    def assignee_ids(self) -> frozenset[str]:
        """Ids of the people that the incident was given to."""
        return frozenset(one.id for one in self.assignees if one.id)


class ChangeEvent(ApiModel):
    """What was changed on a service."""

    summary: Text = ""
    timestamp: Text = ""
    link: Text = nested("links", 0, "href")


class OnCall(ApiModel):
    """Somebody on call: on a level of a policy, perhaps by a schedule."""

    escalation_level: WholeNumber = None
    escalation_policy: Reference = nested()
    schedule: Reference = nested()
    user: Reference = nested()
    start: Text = ""
    end: Text = ""

    @property
    def level(self) -> int:
        """The level of the escalation policy, counted from 1."""
        return self.escalation_level or 1

    @property
    def person(self) -> str:
        """The name of who is on call."""
        return self.user.label or self.user.id


class NotificationRule(ApiModel):
    """How somebody is notified of incidents of one urgency, and how long after the assignment."""

    urgency: Text = ""
    start_delay_in_minutes: WholeNumber = None
    contact_type: Text = nested("contact_method", "type")
    is_blocked: Flag = nested("contact_method", "blacklisted")
    is_enabled: Any = nested("contact_method", "enabled")

    @property
    def kind(self) -> str:
        """``push``, ``phone``, ``sms``, ``email`` or ``whatsapp``."""
        return self.contact_type.partition("_")[0]

    @property
    def is_usable(self) -> bool:
        """Whether PagerDuty notifies through it; a push device can't be disabled."""
        return not self.is_blocked and self.is_enabled is not False


class Integration(ApiModel):
    """An integration of a service, which lets alerts in."""

    id: Text = ""
    type: Text = ""
    integration_key: Text = ""

    @property
    def is_events_v2(self) -> bool:
        """Whether it takes events of the Events API v2."""
        return self.type.removesuffix("_reference") == EVENTS_V2


class Service(Reference):
    """A service."""

    status: Text = ""
    description: Text = ""
    created_at: Text = ""
    updated_at: Text = ""
    escalation_policy: Reference = nested()
    integrations: Items[Integration] = ()

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.summary or self.id

    @property
    def silenced(self) -> str:
        """Why it opens no incidents: ``disabled`` or ``in maintenance``; empty if it does."""
        return SILENT_STATUSES.get(self.status, "")

    @property
    def events_integration(self) -> Integration | None:
        """The first integration that takes events of the Events API v2."""
        return next((one for one in self.integrations if one.is_events_v2), None)

    def to_service(self, on_call: Sequence[str] = (), levels: int = 0) -> models.Service:
        """Return it in terms that no provider owns."""
        return models.Service(
            id=self.id,
            name=self.name or self.summary,
            status=self.status,
            url=self.html_url,
            on_call=tuple(on_call),
            levels=levels,
            description=self.description,
            escalation_policy=self.escalation_policy.label,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


class MaintenanceWindow(ApiModel):
    """A time in which services open no incidents."""

    id: Text = ""
    description: Text = ""
    start_time: Text = ""
    end_time: Text = ""
    services: Items[Reference] = ()

    @property
    def interval(self) -> Interval | None:
        """From when until when; None if PagerDuty doesn't say."""
        return interval_from_api(self.start_time, self.end_time)
