"""Send an alert event through PagerDuty's Events API v2.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from pd_incident_action.errors import (
    ApiError,
    ApiRejected,
    InputError,
    InputProblem,
    NotApplicable,
)
from pd_incident_action.identity import (
    KEY_PREFIX,
    RunIdentity,
    default_source,
    default_summary,
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
from pd_incident_action.inputs.port_context import is_service_blueprint
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.models import Outcome, Page
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.events import SentEvent, may_be_incident, send_event
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.pagerduty.truncation import Truncator
from pd_incident_action.text import Json, shorten_title

from ._shared.common_inputs import EventSource, EventTime
from ._shared.paging import OpeningInputs, OpeningOperation
from .acknowledge import Acknowledge
from .base import OperationContext, OperationInputs, current_outcome, describe_state
from .resolve import Resolve

_SECONDS_FOR_KEY = 5.0
_ELSEWHERE = "The alert goes to the service of routing-key"
_OPENED = {
    True: "Incident",
    False: "The alert was already open: incident",
    None: "It isn't known whether the alert was already open: incident",
}


class Trigger(OpeningOperation):
    name = "trigger"
    summary = "Trigger, acknowledge or resolve an alert with an integration's routing key"
    group = "Paging"
    required_credentials = ("routing-key",)
    scopes = ("incidents.read", "incidents.write", "services.read")
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

        def problems(self) -> Iterator[str]:
            is_service = is_service_blueprint(self.context_blueprint or "")
            entity = None if is_service else self.entity
            if self.event_action != "trigger" and not (self.dedup_key or entity):
                yield (
                    f"Set 'dedup-key' to {self.event_action} an alert: without it PagerDuty "
                    "would accept the event and drop it"
                )

    inputs: Inputs

    def __init__(self, inputs: Inputs, context: OperationContext) -> None:
        super().__init__(inputs, context)
        self.pages = inputs.event_action == "trigger"

    @classmethod
    def can_page_without_config(cls, _inputs: OperationInputs, _settings: Settings) -> bool:
        return True

    def start_message(self) -> str:
        if not self.pages:
            key = self.inputs.dedup_key or self.inputs.entity
            return f"Sending an event to PagerDuty to {self.inputs.event_action} alert {key}"
        summary = shorten_title(self.inputs.summary or "")
        of = f": {summary}" if summary else " for this workflow run"
        return f"Sending an alert to PagerDuty{of}"

    def run(self) -> Outcome:
        """Send the event and, with a REST API key, find the incident behind it."""
        elsewhere = self._choose_service()
        truncator = Truncator()
        selected, key = self._target(truncator)
        if not key and selected:
            return self._change(selected)
        sent = self._send(key, truncator)
        if selected and (sent.found is None or sent.found.id != selected.id):
            self.context.log(f"PagerDuty ignored the event for incident {selected.label}")
            return self._change(selected)
        return Outcome(
            message=self._message(sent),
            page=self._page(sent),
            incident=sent.alert,
            created=sent.created,
            write_entity=sent.is_plausible,
            is_update=not self.pages and sent.found is None,
            dedup_key=sent.key,
            replaces_alert=sent.key if sent.found else "",
            response=sent.response,
            warnings=(*truncator.warnings, *elsewhere, *sent.warnings),
            truncated_inputs=truncator.truncated_inputs,
        )

    def recover(self) -> Outcome | None:
        """Find the newest incident with the alert's key, if there is any."""
        if self.context.find(PagerDuty) is None:
            return None
        selected, key = self._target(Truncator())
        find = self.context.incidents.find_by_key
        found = [selected] if selected else find(key, only_open=self.pages)[:1]
        if not found:
            return None
        page = Page.ACCEPTED if self.pages else Page.NOT_ASKED
        return replace(current_outcome(found), created=None, page=page)

    def _choose_service(self) -> tuple[str, ...]:
        """Send the alert to the service that was clicked in Port, if it is one of PagerDuty's.

        In any other case the routing key determines where it goes.

        Returns:
            A warning where it goes elsewhere than to that service.
        """
        inputs, pagerduty = self.inputs, self.context.find(PagerDuty)
        is_service = is_service_blueprint(inputs.context_blueprint or "")
        if not (is_service and inputs.entity and self.pages):
            return ()
        if pagerduty is None:
            unknown = f"without pagerduty-token, the key of {inputs.entity} isn't known"
            self.context.log(f"{_ELSEWHERE}: {unknown}")
            return ()
        services = Services(pagerduty.with_timeout(_SECONDS_FOR_KEY))
        try:
            service, key = services.routing_key(inputs.entity, "Port's entity")
        except (ApiError, NotApplicable) as error:
            return (f"{_ELSEWHERE}: {error}",)
        self.context.mask(key)
        self.context.log(f"The alert goes to service {service.label}")
        self.context = self.context.with_client(self.context.events.with_key(key))
        return ()

    def _target(self, truncator: Truncator) -> tuple[PagerDutyIncident | None, str]:
        """Return the alert's dedup key, and the incident that it was taken from, if it was."""
        incident, key = None, self.inputs.dedup_key or (self.context.key if self.pages else "")
        if not key:
            entity = self.inputs.entity or ""
            incident = self._find_selected(entity)
            key = incident.incident_key if incident else entity
        return incident, truncator.shorten_key("dedup-key", key)

    def _find_selected(self, entity: str) -> PagerDutyIncident | None:
        """Find the incident that an entity stands for; None where it is an alert's dedup key.

        An incident's entity has PagerDuty's id, with which PagerDuty would silently drop an event;
        that of an alert whose incident wasn't known has the alert's dedup key.
        """
        if self.context.find(PagerDuty) is None:
            is_alert = self.inputs.context_blueprint == self.context.blueprint
            if not entity.startswith(KEY_PREFIX) and (not is_alert or may_be_incident(entity)):
                problem = (
                    f"is missing, and entity '{entity}' is not known to be one: give "
                    "pagerduty-token as well, to act on the incident that the entity stands for"
                )
                raise InputError([InputProblem("dedup-key", problem, "checkout-down")])
        elif may_be_incident(entity):
            try:
                return self.context.incidents.get(entity)
            except ApiRejected as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
                self.context.log(f"Using {entity} as a dedup key: {error.summary}")
        return None

    def _send(self, key: str, truncator: Truncator) -> SentEvent:
        event: Json = {"event_action": self.inputs.event_action, "dedup_key": key}
        if self.pages:
            event = truncator.fit_event(event | _describe(self.inputs, self.context.identity))
        return send_event(
            self.context.events,
            self.context.find(PagerDuty),
            event,
            is_rerun=self.context.is_rerun,
            dry_run=self.context.dry_run,
        )

    def _change(self, incident: PagerDutyIncident) -> Outcome:
        """Acknowledge or resolve the incident itself, since no event does."""
        operation = Acknowledge if self.inputs.event_action == "acknowledge" else Resolve
        inputs = operation.Inputs(incident=(incident.id,))
        return operation(inputs, self.context).run()

    def _message(self, sent: SentEvent) -> str:
        accepted = f"PagerDuty accepted the {self.inputs.event_action} event"
        if sent.found is not None:
            what = _OPENED[sent.created] if self.pages else f"{accepted}: incident"
            return f"{what} {describe_state(sent.alert)}."
        if not (sent.is_plausible or sent.warnings):
            return f"No changes: no open alert has dedup key '{sent.key}'."
        if not self.pages:
            return f"{accepted} for {sent.key}."
        hint = " Add pagerduty-token to check that somebody was notified."
        is_checked = self.context.find(PagerDuty) is not None
        return f'PagerDuty accepted the alert "{sent.alert.name}".{"" if is_checked else hint}'

    def _page(self, sent: SentEvent) -> Page:
        """Return what is known about the page."""
        if not self.pages:
            return Page.NOT_ASKED
        if sent.found is not None:
            return Page.if_created(created=sent.created)
        return Page.ACCEPTED if sent.is_plausible else Page.UNKNOWN


def _describe(inputs: Trigger.Inputs, identity: RunIdentity) -> Json:
    """Build what an event that triggers an alert says about it."""
    facts = (identity.job and f"job {identity.job}", identity.ref)
    return {
        "payload": {
            "summary": inputs.summary or default_summary(identity, "failed", *facts),
            "source": inputs.source or default_source(identity),
            "severity": inputs.severity,
            "component": inputs.component,
            "group": inputs.group,
            "class": inputs.class_,
            "timestamp": inputs.timestamp,
            "custom_details": inputs.custom_details,
        },
        "links": inputs.links,
        "images": inputs.images,
        "client": inputs.client or "GitHub Actions",
        "client_url": inputs.client_url or identity.url,
    }
