"""Open an incident through PagerDuty's REST API, on each of the services that are affected.

https://developer.pagerduty.com/api-reference/a7d81b0e9200f-create-an-incident
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal, Self

from pydantic import model_validator

from pd_incident_action.errors import (
    ActionError,
    ApiError,
    ApiRejected,
    NotApplicable,
    empty_credential,
)
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.inputs.fields import (
    CaseInsensitive,
    InputSpec,
    LooseName,
    NameList,
    ShortText,
    Text,
    Urgency,
)
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.notification.events_fallback import EventsFallback
from pd_incident_action.pagerduty import truncation
from pd_incident_action.pagerduty.client import Json, PagerDuty, reference
from pd_incident_action.pagerduty.events import PagerDutyEvents
from pd_incident_action.pagerduty.idempotency import create_idempotently, write_note
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.pagerduty.truncation import Truncator
from pd_incident_action.text import shorten_title

from ._shared.common_inputs import (
    DEFAULT_SERVICE,
    ConferenceNumber,
    ConferenceUrl,
    IncidentType,
    SeverityName,
)
from ._shared.paging import OpeningInputs, OpeningOperation
from .base import describe_state, incident_outcome, incidents_outcome

# What PagerDuty may refuse, and the page goes out without.
_DECORATION = ("priority", "incident_type", "conference_bridge")
_MAY_BE_ABOUT_DECORATION = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_LOOKS_LIKE_ID = re.compile(r"P(?=[A-Z0-9]*\d)[A-Z0-9]{6,13}")


class Create(OpeningOperation):
    name = "create"
    summary = "Create an incident and page the service's on-call"
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
                aliases=("new_owner", "assignee_id"),
            ),
        ] = None
        priority: Annotated[
            LooseName | None, InputSpec("Priority, by name or id.", "P1", aliases=("priority_id",))
        ] = None
        incident_type: IncidentType = None
        conference_number: ConferenceNumber = None
        conference_url: ConferenceUrl = None
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

        @model_validator(mode="after")
        def _one_recipient(self) -> Self:
            if self.assignee and self.escalation_policy:
                raise ValueError("Set 'assignee' or 'escalation-policy', not both")
            return self

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
        """Open the incidents; where one is open already, go on with that.

        Returns:
            The incidents, and whether this run opened them; of several services those where it
            worked, and the failures of the others.

        Raises:
            ActionError: nobody was paged.
        """
        if self.inputs.fallback is None:
            return self.open_incidents()
        events = self.context.find(PagerDutyEvents)
        if events is None:
            outcome = self.open_incidents()
            missing = str(empty_credential("routing-key", "fallback: events"))
            return replace(outcome, warnings=(missing, *outcome.warnings))

        def open_incidents(pagerduty: PagerDuty) -> Outcome:
            return Create(self.inputs, self.context.with_client(pagerduty)).open_incidents()

        context = self.context
        fallback = EventsFallback(context.pagerduty, events, context.deadline, context.log)
        asked = self.inputs.model_dump(
            exclude={"severity", "incident_key", "fallback", *OpeningInputs.model_fields}
        )
        outcome = fallback.page(open_incidents, asked, self._key(), context.identity.url)
        return replace(outcome, replaces_alert="" if outcome.created else self._key())

    def recover(self) -> Outcome | None:
        """Find the open incidents with this run's key, if there are any."""
        key = self._key()
        services = {name.casefold() for name in self.inputs.service}
        services |= {self.context.config.service(name) or name for name in self.inputs.service}
        found = [
            one
            for one in self.context.incidents.find_by_key(key, only_open=True)
            if services & {one.service.id, one.service.label.casefold()}
        ]
        if not found:
            return None
        message = " ".join(f"Incident {describe_state(one.to_incident())}." for one in found)
        return replace(incidents_outcome(found, message), created=None, dedup_key=key)

    def open_incidents(self) -> Outcome:
        """Open an incident on each service, all at once; on a single one, raise what fails."""
        if len(self.inputs.service) == 1:
            return self._open_on(self.inputs.service[0])
        results = map_concurrently(self._open_on, self.inputs.service)
        opened = _each_once(result for result in results if isinstance(result, Outcome))
        failures = tuple(
            _not_opened_on(service, result)
            for service, result in zip(self.inputs.service, results, strict=True)
            if isinstance(result, ActionError)
        )
        if not opened:
            is_unknown = any(_may_be_open(result) for result in results)
            no_incident = (
                "No incident is known to have been opened"
                if is_unknown
                else ("No incident was opened")
            )
            return Outcome(
                message=f"{no_incident} on any of {len(failures)} services.",
                failures=failures,
                dedup_key=self._key(),
            )
        incidents = tuple(one.incident for one in opened if one.incident)
        warnings = dict.fromkeys(text for one in opened for text in one.warnings)
        is_new = any(one.created is not False for one in opened)
        links = self._link(incidents) if is_new else ()
        return replace(
            opened[0],
            message=_message_of_several(opened),
            related_incidents=incidents[1:],
            created=_all_created(opened),
            failures=failures,
            response={"incidents": [one.raw for one in incidents]},
            log_lines=tuple(one.message for one in opened),
            warnings=(*warnings, *links),
        )

    def _open_on(self, service: str) -> Outcome:
        truncator = Truncator()
        key, service_id = self._key(truncator), self.context.names.service(service)
        body = build_incident(self.inputs, service_id, self._recipient(service), key, truncator)
        opened, created, left_out = self._create(body)
        opened, warnings = self._set_named_priority(opened)
        return replace(
            incident_outcome(opened, _message(opened.to_incident(), created=created)),
            created=created,
            dedup_key=key,
            warnings=(*truncator.warnings, *left_out, *warnings),
            truncated_inputs=truncator.truncated_inputs,
        )

    def _create(self, body: Json) -> tuple[PagerDutyIncident, bool | None, tuple[str, ...]]:
        """Open an incident, without its decoration if PagerDuty doesn't take that.

        Returns:
            The incident, whether this run opened it (None if that can't be known), and warnings.

        Raises:
            ApiError: nobody was paged.
        """
        create = partial(
            create_idempotently,
            self.context.pagerduty,
            seconds=self.context.deadline.remaining() / 2,
            is_rerun=self.context.is_rerun,
            may_have_twin=self.context.is_port_run or self.inputs.incident_key is not None,
        )
        try:
            return *create(body), ()
        except ApiRejected as error:
            decoration = [name for name in _DECORATION if name in body]
            if not decoration or error.status not in _MAY_BE_ABOUT_DECORATION:
                raise
            plain = {name: value for name, value in body.items() if name not in decoration}
            opened, created = create(plain)
            names = " and ".join(name.replace("_", " ") for name in decoration)
            return opened, created, (f"The page went out without its {names}: {error}",)

    def _key(self, truncator: Truncator | None = None) -> str:
        key = self.inputs.incident_key or self.context.key
        return (truncator or Truncator()).shorten_key("incident-key", key)

    def _recipient(self, service: str) -> Json:
        """Return whom to page instead of the service's on-call, if anybody is given."""
        names = self.context.names
        if self.inputs.assignee:
            user = names.user(self.inputs.assignee)
            return {"assignments": [{"assignee": reference("user", user)}]}
        configured = self.context.config.escalation_policy_for(service)
        if policy := self.inputs.escalation_policy or configured:
            return {
                "escalation_policy": reference("escalation_policy", names.escalation_policy(policy))
            }
        return {}

    def _set_named_priority(
        self, incident: PagerDutyIncident
    ) -> tuple[PagerDutyIncident, tuple[str, ...]]:
        """Set a priority given by name: looking it up first would have delayed the page."""
        priority = self.inputs.priority
        is_set = incident.priority.label.lower() == (priority or "").lower()
        if not priority or self.inputs.priority_id or is_set:
            return incident, ()
        try:
            changes = {"priority": reference("priority", self.context.names.priority(priority))}
            return self.context.incidents.update(incident.id, "set the priority", changes), ()
        except (ApiError, NotApplicable) as error:
            return incident, (f"The page went out, but without its priority: {error}",)

    def _link(self, incidents: Sequence[Incident]) -> tuple[str, ...]:
        """Note on each incident which others belong to it; return warnings where that failed."""
        warnings, known = [], [one for one in incidents if one.id]
        for incident in known if len(known) > 1 else ():
            others = [f"{one.name} on {one.service}: {one.url}" for one in known if one != incident]
            text = "\n".join([f"Correlation id: {self._key()}", "Opened together with:", *others])
            try:
                write_note(self.context.pagerduty, incident.id, text)
            except ApiError as error:
                warnings.append(f"The page went out, but {error}")
        return tuple(warnings)


def build_incident(
    inputs: Create.Inputs, service_id: str, recipient: Json, key: str, truncator: Truncator
) -> Json:
    """Build the incident as POST /incidents takes it."""
    details, priority = _details(inputs, key), inputs.priority_id
    bridge = {
        "conference_number": inputs.conference_number,
        "conference_url": inputs.conference_url,
    }
    optional = {
        "body": details
        and {
            "type": "incident_body",
            "details": truncator.truncate("details", details, truncation.DETAILS),
        },
        "priority": priority and reference("priority", priority),
        "incident_type": inputs.incident_type and {"name": inputs.incident_type},
        "conference_bridge": {name: value for name, value in bridge.items() if value},
    }
    return {
        "type": "incident",
        "title": truncator.truncate("title", inputs.title, truncation.TITLE),
        "service": reference("service", service_id),
        "urgency": inputs.urgency,
        "incident_key": key,
        **recipient,
        **{name: value for name, value in optional.items() if value},
    }


def _details(inputs: Create.Inputs, key: str) -> str:
    """Add to the details what links the incidents of several services."""
    parts = [inputs.details or ""]
    if len(inputs.service) > 1:
        parts.append(f"Opened on {', '.join(inputs.service)}.\nCorrelation id: {key}")
    return "\n\n".join(filter(None, parts))


def _may_be_open(result: object) -> bool:
    return isinstance(result, ApiError) and result.outcome_unknown


def _each_once(opened: Iterable[Outcome]) -> list[Outcome]:
    """Keep one outcome for each incident: a service may be named twice, by name and by id."""
    unique: dict[tuple[str, str], Outcome] = {}
    for one in opened:
        if one.incident:
            incident = (one.incident.id, one.incident.service_id)
            unique[incident] = one if one.created else unique.get(incident, one)
    return list(unique.values())


def _not_opened_on(service: str, error: ActionError) -> ActionError:
    no_incident = "No incident was opened"
    if _may_be_open(error):
        no_incident = "It isn't known whether an incident was opened"
    what = f"{no_incident} on service '{service}': {error.summary}"
    named = NotApplicable(what, error.cause, error.remedy)
    named.__cause__ = error
    return named


def _all_created(opened: Sequence[Outcome]) -> bool | None:
    """Return whether this run opened all incidents, None if that can't be known."""
    answers = {one.created for one in opened}
    return False if False in answers else None if None in answers else True


def _message(incident: Incident, *, created: bool | None) -> str:
    if created:
        return f"Created incident {incident.name}: {incident.state}."
    if created is None:
        return (
            f"Incident {incident.name} is open: {incident.state}. Whether this run opened it, or "
            "another with the same key at the same time, isn't known."
        )
    return f"Incident {incident.name} is already open; nobody was paged again ({incident.state})."


def _message_of_several(opened: Sequence[Outcome]) -> str:
    created = [i for one in opened if (i := one.incident) and one.created]
    found = [i for one in opened if (i := one.incident) and one.created is False]
    unclear = [i for one in opened if (i := one.incident) and one.created is None]
    texts = {
        f"Created {len(created)} of {len(opened)} incidents": created,
        "Already open; nobody was paged again": found,
        "Open, by this run or another with the same key": unclear,
    }
    return " ".join(
        f"{text}: {', '.join(f'{one.name} on {one.service}' for one in incidents)}."
        for text, incidents in texts.items()
        if incidents
    )
