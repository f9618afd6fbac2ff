"""Send an alert event through PagerDuty's Events API v2.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Self

from pydantic import model_validator

from pd_incident_action.errors import (
    ApiError,
    ApiRejected,
    InputError,
    NotApplicable,
    Unconfirmed,
)
from pd_incident_action.inputs.fields import (
    Details,
    EventAction,
    Images,
    InputSpec,
    Links,
    Severity,
    ShortText,
    WebUrl,
)
from pd_incident_action.inputs.intervals import parse_iso
from pd_incident_action.inputs.port_context import is_service_blueprint
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.models import Incident, Outcome, Page
from pd_incident_action.pagerduty.client import PagerDuty, reference
from pd_incident_action.pagerduty.idempotency import wait_for_incident
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident, Service
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.pagerduty.truncation import Truncator
from pd_incident_action.text import shorten_title

from ._shared.alert import (
    STATUS_AFTER,
    alert_of,
    build_event,
    is_dedup_key,
    looks_like_incident,
    may_be_alert,
    may_be_incident,
    not_found,
    unknown_key,
)
from ._shared.common_inputs import EventSource, EventTime
from ._shared.paging import OpeningInputs, OpeningOperation
from .acknowledge import Acknowledge
from .base import OperationContext, OperationInputs, current_outcome, describe_state
from .resolve import Resolve

# PagerDuty shows the incident behind an event within a second or two.
_APPEARS_WITHIN = 10.0
_NOTHING_WITHIN = 2.0
_SECONDS_FOR_KEY = 5.0
_SECONDS_BEFORE = 2.0
_ELSEWHERE = "The alert goes to the service of routing-key"
_EARLIER = {
    False: "The alert was already open",
    None: "It isn't known whether the alert was already open",
}
# PagerDuty's times have whole seconds, and clocks differ by a little.
_CLOCK_SLACK = 2.0


class Trigger(OpeningOperation):
    name = "trigger"
    summary = "Trigger, acknowledge or resolve an alert with an integration's routing key"
    group = "Paging"
    required_credentials = ("routing-key",)
    scopes = ("incidents.read",)
    port_blueprint = "pagerdutyService"

    class Inputs(OpeningInputs):
        event_action: Annotated[
            EventAction,
            InputSpec(
                "Action of the event: `trigger`, `acknowledge` or `resolve`.",
                example="resolve",
            ),
        ] = "trigger"
        summary: Annotated[
            ShortText | None,
            InputSpec(
                "What is wrong, in a few words; the alert's title.",
                example="Checkout answers 500",
                aliases=("title", "incidentTitle"),
                main=("summary",),
                default_help="the repository, workflow, job and run",
            ),
        ] = None
        source: EventSource = None
        severity: Annotated[
            Severity,
            InputSpec(
                "Severity of the event: `critical`, `error`, `warning` or `info`.",
                example="critical",
                decoration=True,
            ),
        ] = "critical"
        dedup_key: Annotated[
            ShortText | None,
            InputSpec(
                "Deduplication key: events with the same key belong to one alert. `acknowledge` "
                "and `resolve` need the key of the triggering event.",
                example="checkout-down",
                default_help="for `trigger` derived from the run, so that a re-run never pages "
                "twice; otherwise that of the incident or alert that the Port action was run on",
            ),
        ] = None
        component: Annotated[ShortText | None, InputSpec("Affected component.", "payment form")] = (
            None
        )
        group: Annotated[ShortText | None, InputSpec("Group of components.", "checkout")] = None
        class_: Annotated[ShortText | None, InputSpec("Class of the event.", "http-500")] = None
        custom_details: Annotated[
            Details | None,
            InputSpec(
                "What responders should know: a JSON object, or any text.",
                example='{"error_rate": "40 %", "since": "03:10"}',
                aliases=("details", "extraDetails"),
                multiline=True,
            ),
        ] = None
        links: Annotated[
            Links | None,
            InputSpec(
                "Links for responders: one URL per line, or JSON.",
                example='[{"href": "https://grafana.example.com", "text": "Dashboard"}]',
                multiline=True,
            ),
        ] = None
        images: Annotated[
            Images | None,
            InputSpec(
                "Images for responders: one URL per line, or JSON.",
                example='[{"src": "https://grafana.example.com/graph.png", "alt": "Errors"}]',
                multiline=True,
            ),
        ] = None
        client: Annotated[
            ShortText | None,
            InputSpec(
                "Name of the system that sends the event.", "Port", default_help="GitHub Actions"
            ),
        ] = None
        client_url: Annotated[
            WebUrl | None,
            InputSpec(
                "URL of that system.",
                example="https://app.port.io",
                default_help="the workflow run's page",
                decoration=True,
            ),
        ] = None
        timestamp: EventTime = None

        @model_validator(mode="after")
        def _known_alert(self) -> Self:
            entity = self.entity if may_be_alert(self.context_blueprint or "") else None
            if self.event_action != "trigger" and not (self.dedup_key or entity):
                raise ValueError(
                    f"Set 'dedup-key' to {self.event_action} an alert: without it PagerDuty "
                    "would accept the event and drop it"
                )
            return self

    inputs: Inputs

    def __init__(self, inputs: Inputs, context: OperationContext) -> None:
        super().__init__(inputs, context)
        self.pages = self._triggers = inputs.event_action == "trigger"

    @classmethod
    def can_page_without_config(cls, _inputs: OperationInputs, _settings: Settings) -> bool:
        return True

    def start_message(self) -> str:
        if not self._triggers:
            key = self.inputs.dedup_key or self.inputs.entity
            return f"Sending an event to PagerDuty to {self.inputs.event_action} alert {key}"
        summary = shorten_title(self.inputs.summary or "")
        of = f": {summary}" if summary else " for this workflow run"
        return f"Sending an alert to PagerDuty{of}"

    def run(self) -> Outcome:
        """Send the event and, with a REST API key, find the incident behind it."""
        elsewhere = self._choose_service()
        truncator, selected = Truncator(), self._selected_incident()
        if selected and not selected.incident_key:
            return self._change(selected)
        key = truncator.shorten_key("dedup-key", self._dedup_key(selected))
        event = build_event(self.inputs, key, self.context.identity, truncator)
        earlier, began = self._open_before(key), time.time()
        accepted = self.context.events.enqueue(event)
        # PagerDuty's clock counts, as the time of an incident is PagerDuty's.
        sent_at = (accepted.answered_at or time.time()) - (time.time() - began)
        key = accepted.dedup_key or key
        found, warnings = self._find_incident(key, event)
        if selected and (found is None or found.id != selected.id):
            self.context.log(f"PagerDuty ignored the event for incident {selected.label}")
            return self._change(selected)
        is_shown = found is not None or self._may_be_written(key, warnings)
        incident = found.to_incident() if found else alert_of(event, key, is_known=is_shown)
        created = self._is_new(found, earlier, sent_at)
        message = f"No changes: no open alert has dedup key '{key}'."
        if found:
            message = self._message(incident, created=created)
        elif is_shown or warnings:
            message = self._message_of_alert(incident)
        return Outcome(
            message=message,
            page=self._page(created=created, is_known=found is not None, is_shown=is_shown),
            incident=incident,
            created=created,
            write_entity=is_shown,
            is_update=not self._triggers and found is None,
            dedup_key=key,
            replaces_alert=key if found else "",
            response={**accepted.raw, "incident": found.raw} if found else accepted.raw,
            warnings=(*truncator.warnings, *elsewhere, *warnings),
            truncated_inputs=truncator.truncated_inputs,
        )

    def recover(self) -> Outcome | None:
        """Find the newest incident with the alert's key, if there is any."""
        if self.context.find(PagerDuty) is None:
            return None
        selected = self._selected_incident()
        key = Truncator().shorten_key("dedup-key", self._dedup_key(selected))
        find = self.context.incidents.find_by_key
        found = [selected] if selected else find(key, only_open=self._triggers)[:1]
        if not found:
            return None
        page = Page.ACCEPTED if self.pages else Page.NOT_ASKED
        return replace(current_outcome(found), created=None, page=page, dedup_key=key)

    def after(self, outcome: Outcome) -> Outcome:
        """Verify notifications, unless the event is to stop just them."""
        return super().after(outcome) if self._triggers else outcome

    def _choose_service(self) -> tuple[str, ...]:
        """Send the alert to the service that was clicked in Port, if it is one of PagerDuty's.

        In any other case the routing key determines where it goes.

        Returns:
            A warning where it goes elsewhere than to that service.
        """
        inputs, pagerduty = self.inputs, self.context.find(PagerDuty)
        is_service = is_service_blueprint(inputs.context_blueprint or "")
        if not (is_service and inputs.entity and self._triggers and pagerduty):
            return ()
        services = Services(pagerduty.with_timeout(_SECONDS_FOR_KEY))
        try:
            service = services.get(inputs.entity, "integrations", source="Port's entity")
            # None is added: that would be a change that nobody asked for.
            has_one = service.events_integration is not None
            key = services.events_integration(service).integration_key if has_one else ""
        except ApiError as error:
            return (f"{_ELSEWHERE}: {error}",)
        if not key:
            return (f"{_ELSEWHERE}: {service.label} has no Events API V2 integration to be seen.",)
        self.context.mask(key)
        self.context.log(f"The alert goes to service {service.label}")
        self.context = self.context.with_client(self.context.events.with_key(key))
        return ()

    def _selected_incident(self) -> PagerDutyIncident | None:
        """Fetch the incident to acknowledge or resolve, if the entity stands for one."""
        entity = self.inputs.entity or ""
        if self.inputs.dedup_key or self._triggers:
            return None
        if self.context.find(PagerDuty) is None:
            blueprint = self.inputs.context_blueprint or ""
            if not is_dedup_key(entity, blueprint, self.context.blueprint):
                raise InputError([unknown_key(entity)])
        elif may_be_incident(entity):
            try:
                return self.context.incidents.get(entity)
            except ApiRejected as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
                self.context.log(f"Using {entity} as a dedup key: {error.summary}")
        return None

    def _dedup_key(self, incident: PagerDutyIncident | None) -> str:
        """Return the alert's key: the one that is given, the incident's, or the entity itself."""
        if self._triggers:
            return self.inputs.dedup_key or self.context.key
        return self.inputs.dedup_key or (
            incident.incident_key if incident else self.inputs.entity or ""
        )

    def _change(self, incident: PagerDutyIncident) -> Outcome:
        """Acknowledge or resolve the incident itself, since no event does."""
        operation = Acknowledge if self.inputs.event_action == "acknowledge" else Resolve
        inputs = operation.Inputs(incident=(incident.id,))
        return operation(inputs, self.context).run()

    def _find_incident(
        self, key: str, event: dict[str, Any]
    ) -> tuple[PagerDutyIncident | None, tuple[str, ...]]:
        """Find the incident behind the alert; the event is out, so trouble is only a warning.

        Raises:
            Unconfirmed: no integration has the routing key, so that the alert went nowhere.
        """
        if self.context.find(PagerDuty) is None:
            is_odd = not self._triggers and may_be_incident(key)
            return None, (looks_like_incident(key),) if is_odd else ()
        try:
            found, is_open = self._look_for(key, event)
            if found is None and self._triggers:
                self._find_service()
        except ApiError as error:
            return None, (f"PagerDuty accepted the event, but {error}",)
        # On a green night there is nothing to resolve.
        is_quiet = found or (self.inputs.event_action == "resolve" and not is_open)
        return found, () if is_quiet else (not_found(self.inputs.event_action, key),)

    def _may_be_written(self, key: str, warnings: tuple[str, ...]) -> bool:
        """Check whether the alert's entity may be written although no incident is known."""
        if self.context.find(PagerDuty) is None:
            return not warnings
        return self._triggers and not_found("trigger", key) not in warnings

    def _look_for(self, key: str, event: dict[str, Any]) -> tuple[PagerDutyIncident | None, bool]:
        """Wait until PagerDuty shows the incident with the event's status.

        Returns:
            The incident, and whether there is one that hasn't got that status.
        """
        if self.context.dry_run:
            return self._predict(key, event), False
        wanted = STATUS_AFTER[self.inputs.event_action]
        seconds = min(_APPEARS_WITHIN, self.context.deadline.remaining() / 2)
        statuses = {"triggered", "acknowledged"} if self._triggers else {wanted}
        is_known = self._triggers

        def accept(incident: PagerDutyIncident) -> bool:
            nonlocal is_known
            is_known = True
            return incident.status in statuses

        pagerduty = self.context.pagerduty.with_timeout(seconds)
        find = partial(wait_for_incident, pagerduty, key, accept, only_open=self._triggers)
        # An alert that isn't open isn't waited for; one that was just triggered may appear.
        found = None if self._triggers else find(seconds=min(seconds, _NOTHING_WITHIN))
        return found or (find(seconds=seconds) if is_known else None), is_known

    def _predict(self, key: str, event: dict[str, Any]) -> PagerDutyIncident | None:
        """Return the incident that the event would open or change."""
        found = next(iter(self.context.incidents.find_by_key(key, only_open=True)), None)
        if not self._triggers:
            status = STATUS_AFTER[self.inputs.event_action]
            after: dict[str, object] = {"status": status}
            after |= {"assignments": []} if status == "resolved" else {}
            return found and PagerDutyIncident.read(found.raw | after)
        service = None if found else self._find_service()
        if service is None or service.silenced:
            return found
        from pd_incident_action.pagerduty.dry_run import predict_incident  # noqa: PLC0415 - 2 ms

        alert = alert_of(event, key, is_known=True)
        return predict_incident(
            self.context.pagerduty,
            {
                "title": alert.title,
                "urgency": alert.urgency,
                "incident_key": key,
                "service": reference("service", service.id),
            },
        )

    def _find_service(self) -> Service | None:
        """Find the service that the routing key belongs to; None where that can't be known.

        Raises:
            Unconfirmed: no integration has it.
        """
        seconds = min(_APPEARS_WITHIN, self.context.deadline.remaining() / 2)
        services = Services(self.context.pagerduty.with_timeout(seconds))
        try:
            found = services.find_by_key(self.context.events.routing_key)
        except NotApplicable:
            return None
        if found is None:
            raise Unconfirmed(
                "PagerDuty accepted the alert and shows no incident for it",
                "no service that pagerduty-token can see has an integration with this routing key",
                "copy the integration key of the service's Events API V2 integration into "
                "routing-key; if it is an event orchestration's, look at its alerts in PagerDuty",
            )
        return found[0]

    def _open_before(self, key: str) -> frozenset[str]:
        """Return the ids of incidents that an earlier attempt of the run may have opened."""
        if not (self._triggers and self.context.is_rerun) or self.context.find(PagerDuty) is None:
            return frozenset()
        # The alert waits for it.
        pagerduty = self.context.pagerduty.with_timeout(_SECONDS_BEFORE, retries=False)
        incidents = Incidents(pagerduty)
        with suppress(ApiError):
            return frozenset(one.id for one in incidents.find_by_key(key, only_open=True))
        return frozenset()

    def _is_new(
        self, incident: PagerDutyIncident | None, earlier: frozenset[str], sent_at: float
    ) -> bool | None:
        if not self._triggers or (incident and incident.id in earlier):
            return False
        created_at = parse_iso(incident.created_at if incident else "")
        return created_at.timestamp() > sent_at - _CLOCK_SLACK if created_at else None

    def _message(self, incident: Incident, *, created: bool | None) -> str:
        if created:
            return f"Incident {describe_state(incident)}."
        accepted = f"PagerDuty accepted the {self.inputs.event_action} event"
        event = _EARLIER[created] if self._triggers else accepted
        return f"{event}: incident {describe_state(incident)}."

    def _message_of_alert(self, alert: Incident) -> str:
        """Say what is known of an alert whose incident isn't."""
        if not self._triggers:
            return f"PagerDuty accepted the {self.inputs.event_action} event for {alert.id}."
        hint = "Add pagerduty-token to check that somebody was notified."
        text = f'PagerDuty accepted the alert "{alert.name}".'
        return text if self.context.find(PagerDuty) else f"{text} {hint}"

    def _page(self, *, created: bool | None, is_known: bool, is_shown: bool) -> Page:
        """Return what is known about the page."""
        if not self._triggers:
            return Page.NOT_ASKED
        if is_known:
            return Page.if_created(created=created)
        return Page.ACCEPTED if is_shown else Page.UNKNOWN
