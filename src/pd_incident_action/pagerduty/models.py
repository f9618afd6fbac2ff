"""PagerDuty's objects, as REST API v2 shows them.

https://developer.pagerduty.com/api-reference/
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pd_incident_action import models
from pd_incident_action.http.api_model import (
    ApiModel,
    Flag,
    Items,
    Text,
    Texts,
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


class Assignment(ApiModel):
    """Who has an incident, and since when."""

    at: Text = ""
    assignee: Reference = nested()


class Acknowledgement(ApiModel):
    """When somebody acknowledged an incident."""

    at: Text = ""


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
    incident: Reference = nested()


class IncidentResponder(ApiModel):
    """A user who was asked to help with an incident, and whether they accepted."""

    state: Text = ""
    user: Reference = nested()


class ResponderTarget(Reference):
    """A user or policy that was asked to help; PagerDuty wraps it or not."""

    responder_request_target: Reference = nested()

    @property
    def target(self) -> Reference:
        """The user or policy."""
        return self.responder_request_target if self.responder_request_target.id else self


class ResponderRequest(ApiModel):
    """A request for help with an incident."""

    message: Text = ""
    responder_request_targets: Items[ResponderTarget] = ()


class TriggerLogEntry(ApiModel):
    """Who or what opened an incident, where PagerDuty was asked to show it."""

    agent: Reference = nested()


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
    resolved_at: Text = ""
    assigned_via: Text = ""
    service: Reference = nested()
    escalation_policy: Reference = nested()
    priority: Reference = nested()
    incident_type: Reference = nested()
    body: IncidentBody = nested()
    acknowledgements: Items[Acknowledgement] = ()
    assignments: Items[Assignment] = ()
    pending_actions: Items[PendingAction] = ()
    conference_bridge: ConferenceBridge = nested()
    resolve_reason: ResolveReason = nested()
    incidents_responders: Items[IncidentResponder] = ()
    responder_requests: Items[ResponderRequest] = ()
    first_trigger_log_entry: TriggerLogEntry = nested()

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
            description=self.description or self.body.details,
            dedup_key=self.incident_key,
            created_by=self.first_trigger_log_entry.agent.label,
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


class Alert(ApiModel):
    """An alert of an incident."""

    id: Text = ""


class Notification(ApiModel):
    """How somebody was notified."""

    type: Text = ""


class Channel(ApiModel):
    """The channel of a log entry; its summary is the text of a note."""

    type: Text = ""
    summary: Text = ""
    notification: Notification = nested()


class Link(ApiModel):
    """A link to a web page."""

    href: Text = ""
    text: Text = ""


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
    channel: Channel = nested()

    @property
    def is_assignment(self) -> bool:
        """Whether it says that the incident was given to somebody."""
        return self.type in _ASSIGNMENTS

    @property
    def is_automatic(self) -> bool:
        """Whether PagerDuty did it by itself."""
        return self.agent.type.startswith("service") or self.channel.type in {"auto", "timeout"}

    @property
    def assignee_ids(self) -> frozenset[str]:
        """Ids of the people that the incident was given to."""
        return frozenset(one.id for one in self.assignees if one.id)


class ChangeEvent(ApiModel):
    """What was changed on a service."""

    summary: Text = ""
    timestamp: Text = ""
    links: Items[Link] = ()


class PastIncident(ApiModel):
    """A resolved incident that is like another one."""

    incident: PagerDutyIncident = nested()


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


class User(ApiModel):
    """A user."""

    id: Text = ""
    name: Text = ""
    summary: Text = ""
    email: Text = ""
    html_url: Text = ""
    role: Text = ""
    job_title: Text = ""
    description: Text = ""
    time_zone: Text = ""
    teams: Items[Reference] = ()

    @property
    def label(self) -> str:
        """What people call them."""
        return self.name or self.summary


class ContactMethod(ApiModel):
    """How somebody can be reached; the address isn't read, so that nobody shows it."""

    type: Text = ""
    blacklisted: Flag = False

    @property
    def kind(self) -> str:
        """``push``, ``phone``, ``sms``, ``email`` or ``whatsapp``."""
        return self.type.partition("_")[0]

    @property
    def is_usable(self) -> bool:
        """Whether PagerDuty notifies through it; a push device can't be disabled."""
        return not self.blacklisted and self.raw.get("enabled") is not False


class NotificationRule(ApiModel):
    """How somebody is notified of incidents of one urgency, and how long after the assignment."""

    urgency: Text = ""
    start_delay_in_minutes: WholeNumber = None
    contact_method: ContactMethod = nested()


class EscalationRule(ApiModel):
    """A level of an escalation policy."""

    id: Text = ""
    escalation_delay_in_minutes: WholeNumber = None
    targets: Items[Reference] = ()


class EscalationPolicy(ApiModel):
    """An escalation policy; without its rules where it is only referred to."""

    id: Text = ""
    name: Text = ""
    summary: Text = ""
    description: Text = ""
    html_url: Text = ""
    escalation_rules: Items[EscalationRule] = ()

    @property
    def label(self) -> str:
        """What people call it."""
        return self.summary or self.name or self.id

    @property
    def levels(self) -> range:
        """The numbers of its levels."""
        return range(1, len(self.escalation_rules) + 1)

    def minutes_until(self, level: int) -> int | None:
        """Return after how many minutes a level is paged; None if PagerDuty doesn't say."""
        delays = [one.escalation_delay_in_minutes for one in self.escalation_rules[: level - 1]]
        known = [one for one in delays if one is not None]
        return sum(known) if level in self.levels and len(known) == len(delays) else None


class Integration(ApiModel):
    """An integration of a service, which lets alerts in."""

    id: Text = ""
    type: Text = ""
    integration_key: Text = ""

    @property
    def is_events_v2(self) -> bool:
        """Whether it takes events of the Events API v2."""
        return self.type.removesuffix("_reference") == EVENTS_V2


class Service(ApiModel):
    """A service."""

    id: Text = ""
    name: Text = ""
    summary: Text = ""
    status: Text = ""
    description: Text = ""
    html_url: Text = ""
    created_at: Text = ""
    updated_at: Text = ""
    escalation_policy: EscalationPolicy = nested()
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
            escalation_policy=self.escalation_policy.summary or self.escalation_policy.name,
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


class Schedule(ApiModel):
    """A schedule; the list of shift-based (v3) ones doesn't say who is on it."""

    id: Text = ""
    name: Text = ""
    summary: Text = ""
    description: Text = ""
    html_url: Text = ""
    time_zone: Text = ""
    users: Items[Reference] = ()


class ScheduleMember(ApiModel):
    """Who has a shift of a shift-based (v3) schedule; nobody where it has a gap."""

    type: Text = ""
    user_id: Text = ""


class ShiftAssignment(ApiModel):
    """Who has a custom shift."""

    member: ScheduleMember = nested()


class Override(ApiModel):
    """An override of a layer-based (v2) or of a shift-based (v3) schedule, or a custom shift."""

    id: Text = ""
    type: Text = ""
    user: Reference = nested()
    start: Text = ""
    end: Text = ""
    overriding_member: ScheduleMember = nested()
    overridden_member: ScheduleMember = nested()
    assignments: Items[ShiftAssignment] = ()
    start_time: Text = ""
    end_time: Text = ""

    @property
    def is_custom_shift(self) -> bool:
        """Whether it adds somebody to a v3 schedule, rather than replacing them."""
        return self.type == "custom_shift"

    @property
    def user_id(self) -> str:
        """The id of who is on call through it."""
        members = (self.overriding_member, *(one.member for one in self.assignments))
        return self.user.id or next((one.user_id for one in members if one.user_id), "")

    @property
    def person(self) -> str:
        """The name of who is on call through it; a v3 schedule has only the id."""
        return self.user.summary or self.user_id

    @property
    def interval(self) -> Interval | None:
        """From when until when; None if PagerDuty doesn't say."""
        return interval_from_api(self.start or self.start_time, self.end or self.end_time)


class OverrideResult(ApiModel):
    """The result of one override of a request that PagerDuty as a whole answers with 201."""

    status: WholeNumber = None
    errors: Texts = ()
    override: Override = nested()


class ShiftSource(ApiModel):
    """Where a shift comes from: a rotation, a custom shift, or an override."""

    rotation_id: Text = ""
    shift_id: Text = ""
    override_id: Text = ""


class Shift(ApiModel):
    """A shift of a v3 schedule, as it is in the end."""

    member: ScheduleMember = nested()
    source: ShiftSource = nested()
    start_time: Text = ""
    end_time: Text = ""

    @property
    def interval(self) -> Interval | None:
        """From when until when; None if PagerDuty doesn't say."""
        return interval_from_api(self.start_time, self.end_time)


class FinalSchedule(ApiModel):
    """A v3 schedule with all overrides applied."""

    computed_shift_assignments: Items[Shift] = ()


class ScheduleV3(ApiModel):
    """A shift-based (v3) schedule."""

    id: Text = ""
    final_schedule: FinalSchedule = nested()
