"""Open an incident through PagerDuty's REST API, on each of the services that are affected.

https://developer.pagerduty.com/api-reference/a7d81b0e9200f-create-an-incident
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal

from pd_incident_action.errors import ApiError, NotApplicable, empty_credential
from pd_incident_action.inputs.fields import (
    CaseInsensitive,
    InputSpec,
    LooseName,
    NameList,
    ShortText,
    Text,
    Urgency,
)
from pd_incident_action.models import Outcome, Page
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.events import PagerDutyEvents
from pd_incident_action.pagerduty.idempotency import open_incident
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.pagerduty.truncation import DETAILS, TITLE, Truncator
from pd_incident_action.text import Json, shorten_title

from ._shared.common_inputs import (
    DEFAULT_SERVICE,
    ConferenceNumber,
    ConferenceUrl,
    CustomFields,
    IncidentType,
    SeverityName,
)
from ._shared.once_per_run import apply_to_each, set_off
from ._shared.paging import (
    OpeningInputs,
    OpeningOperation,
    link_incidents,
    open_on_each,
    open_or_alert,
)
from .base import OperationContext, current_outcome, incident_outcome

_SECONDS_AFTER_PAGE = 5.0
_LOOKS_LIKE_ID = re.compile(r"P(?=[A-Z0-9]*\d)[A-Z0-9]{6,13}")
_MESSAGES = {
    True: "Created incident {0.name}: {0.state}.",
    False: "Incident {0.name} is already open: {0.state}.",
    None: "Incident {0.name} is open: {0.state}. Whether this run opened it, or another with the "
    "same key at the same time, isn't known.",
}


class Create(OpeningOperation):
    name = "create"
    summary = "Create an incident and page the service's on-call"
    group = "Paging"
    scopes = (
        "incidents.read",
        "incidents.write",
        "services.read",
        "escalation_policies.read",
        "priorities.read",
        "users.read",
    )
    port_blueprint = "pagerdutyService"

    class Inputs(OpeningInputs):
        title: Annotated[
            ShortText,
            InputSpec(
                "What is wrong, in a few words.",
                example="Checkout answers 500",
                aliases=("incidentTitle",),
                deprecated=("incidentTitle",),
                main=("title", "incidentTitle"),
            ),
        ]
        service: Annotated[
            NameList,
            InputSpec(
                "PagerDuty service to page: its id, its name, or its name in the configuration "
                "file. Several, separated by commas, get one incident each.",
                example="Checkout, Payments",
                aliases=("service_id", "services", "service_ids"),
                origin="service",
                guess="entity",
                default_help=DEFAULT_SERVICE,
            ),
        ]
        severity: SeverityName = None
        urgency: Annotated[
            Urgency, InputSpec("Urgency: `high` or `low`.", "low", decoration=True)
        ] = "high"
        details: Annotated[
            Text | None,
            InputSpec(
                "What responders should know.",
                example="Error rate 40 % since 03:10, see the dashboard",
                aliases=("extraDetails", "description"),
                deprecated=("extraDetails",),
                multiline=True,
            ),
        ] = None
        escalation_policy: Annotated[
            LooseName | None,
            InputSpec(
                "Escalation policy to page, by id or name.",
                example="Platform",
                aliases=("escalation_policy_id",),
                default_help="from the configuration file, or the service's own",
            ),
        ] = None
        assignee: Annotated[
            LooseName | None,
            InputSpec(
                "User to page instead of an escalation policy: e-mail address, id, or name in the "
                "configuration file. Nobody else is paged if that user doesn't respond.",
                example="ada@example.com",
                names_people=True,
                aliases=("new_owner", "assignee_id"),
            ),
        ] = None
        priority: Annotated[
            LooseName | None, InputSpec("Priority, by name or id.", "P1", aliases=("priority_id",))
        ] = None
        incident_type: IncidentType = None
        conference_number: ConferenceNumber = None
        conference_url: ConferenceUrl = None
        custom_fields: Annotated[
            CustomFields | None,
            InputSpec(
                "Custom fields to set once the incident is open, by field name, as JSON: "
                "PagerDuty's names, or your own from the configuration file.",
                example='{"impact": "12 customers"}',
                multiline=True,
                decoration=True,
            ),
        ] = None
        incident_key: Annotated[
            ShortText | None,
            InputSpec(
                "Idempotency key: PagerDuty keeps at most one open incident per service and key.",
                example="checkout-down",
                default_help="derived from the run, so that a re-run never pages twice",
            ),
        ] = None
        fallback: Annotated[
            Literal["events"] | None,
            CaseInsensitive,
            InputSpec(
                "`events` falls back to the Events API with `routing-key` when the REST API has "
                "not created the incident after a quarter of `timeout`, or rejects the "
                "credentials. Use the routing key of an integration of the same service.",
                example="events",
                trusted=True,
                decoration=True,
            ),
        ] = None

        def problems(self) -> Iterator[str]:
            if self.assignee and self.escalation_policy:
                yield "Set 'assignee' or 'escalation-policy', not both"

        @property
        def priority_id(self) -> str | None:
            """The priority, if it is given by id."""
            given = self.priority
            return given if given and _LOOKS_LIKE_ID.fullmatch(given) else None

    inputs: Inputs

    def start_message(self) -> str:
        services = ", ".join(self.inputs.service)
        what = f"an incident on service {services}"
        if len(self.inputs.service) > 1:
            what = f"{len(self.inputs.service)} incidents, on {services}"
        return f"Creating {what} in PagerDuty: {shorten_title(self.inputs.title)}"

    def run(self) -> Outcome:
        """Open the incidents; where one is open already, go on with that."""
        if self.inputs.fallback is None:
            return self.open_incidents()
        if self.context.find(PagerDutyEvents) is None:
            missing = str(empty_credential("routing-key", "fallback: events"))
            return self.open_incidents().adding(warnings=[missing])

        def open_incidents(context: OperationContext) -> Outcome:
            return Create(self.inputs, context).open_incidents()

        without = {"severity", "incident_key", "fallback", *OpeningInputs.model_fields}
        asked = self.inputs.model_dump(exclude=without, exclude_none=True)
        outcome = open_or_alert(self.context, open_incidents, asked, self._key())
        return replace(outcome, replaces_alert="" if outcome.created else self._key())

    def after(self, outcome: Outcome) -> Outcome:
        """Do what the severity sets off, and set the custom fields."""
        context = self.context
        # Where a duplicate of the run has just opened an incident, that one does both.
        may_be_twins = context.is_port_run and not context.is_rerun
        incidents = outcome.opened if may_be_twins else outcome.incidents
        outcome = set_off(context, self.inputs.severity, outcome, incidents)
        if fields := self.inputs.custom_fields:
            effects = [("set-custom-fields", {"fields": fields})]
            problem = "without its custom fields"
            outcome = apply_to_each(context, outcome, incidents, effects, problem)
        outcome = link_incidents(context.pagerduty.with_timeout(_SECONDS_AFTER_PAGE), outcome)
        return super().after(outcome)

    def recover(self) -> Outcome | None:
        """Find the open incidents with this run's key, if there are any."""
        key, config = self._key(), self.context.config
        services = {config.service(name) or name.casefold() for name in self.inputs.service}
        found = [
            one
            for one in self.context.incidents.find_by_key(key, only_open=True)
            if services & {one.service.id, one.service.id.casefold(), one.service.label.casefold()}
        ]
        if not found:
            return None
        return replace(current_outcome(found), created=None, page=Page.ACCEPTED)

    def open_incidents(self) -> Outcome:
        """Open an incident on each service, without a fallback; raises as `run` does."""
        return open_on_each(self.inputs.service, self._open_on, self._key())

    def _open_on(self, service: str) -> Outcome:
        truncator = Truncator()
        key = self._key(truncator)
        opened, created, left_out = open_incident(
            self.context.pagerduty,
            self._describe(service, key, truncator),
            is_rerun=self.context.is_rerun,
            may_race=self.context.is_port_run or self.inputs.incident_key is not None,
        )
        opened, warnings = self._set_named_priority(opened)
        return replace(
            incident_outcome(opened, _MESSAGES[created].format(opened.to_incident())),
            created=created,
            page=Page.if_created(created=created),
            dedup_key=key,
            warnings=(*truncator.warnings, *left_out, *warnings),
            truncated_inputs=truncator.truncated_inputs,
        )

    def _key(self, truncator: Truncator | None = None) -> str:
        key = self.inputs.incident_key or self.context.key
        return (truncator or Truncator()).shorten_key("incident-key", key)

    def _describe(self, service: str, key: str, truncator: Truncator) -> Json:
        """Build the incident as POST /incidents takes it."""
        inputs, priority = self.inputs, self.inputs.priority_id
        several = f"Opened on {', '.join(inputs.service)}.\nCorrelation id: {key}"
        parts = (inputs.details, several if len(inputs.service) > 1 else "")
        details = truncator.truncate("details", "\n\n".join(filter(None, parts)), DETAILS)
        optional = {
            "body": details and {"type": "incident_body", "details": details},
            "priority": priority and reference("priority", priority),
            "incident_type": inputs.incident_type and {"name": inputs.incident_type},
            "conference_bridge": inputs.model_dump(
                include={"conference_number", "conference_url"}, exclude_none=True
            ),
        }
        return {
            "type": "incident",
            "title": truncator.truncate("title", inputs.title, TITLE),
            "service": reference("service", self.context.names.service(service)),
            "urgency": inputs.urgency,
            "incident_key": key,
            **self._recipient(service),
            **{name: value for name, value in optional.items() if value},
        }

    def _recipient(self, service: str) -> Json:
        """Return whom to page instead of the service's on-call, if anybody is given."""
        names = self.context.names
        if self.inputs.assignee:
            user = names.user(self.inputs.assignee)
            return {"assignments": [{"assignee": reference("user", user)}]}
        configured = self.context.config.escalation_policy_for(service)
        if policy := self.inputs.escalation_policy or configured:
            policy_id = names.escalation_policy(policy)
            return {"escalation_policy": reference("escalation_policy", policy_id)}
        return {}

    def _set_named_priority(
        self, incident: PagerDutyIncident
    ) -> tuple[PagerDutyIncident, tuple[str, ...]]:
        """Set a priority given by name: looking it up first would have delayed the page."""
        priority = self.inputs.priority
        is_set = incident.priority.label.lower() == (priority or "").lower()
        if not priority or self.inputs.priority_id or is_set:
            return incident, ()
        # Nobody is told of the page before.
        pagerduty = self.context.pagerduty.with_timeout(_SECONDS_AFTER_PAGE)
        context = self.context.with_client(pagerduty)
        try:
            changes = {"priority": reference("priority", context.names.priority(priority))}
            return context.incidents.update(incident.id, "set the priority", changes), ()
        except (ApiError, NotApplicable) as error:
            what = f"Incident {incident.label} is open, but without its priority"
            return incident, (f"{what}: {error}",)
