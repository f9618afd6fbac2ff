"""Send an alert event through PagerDuty's Events API v2.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

from pd_incident_action.errors import ApiError, ApiRejected
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.notification.post_page import OUTPUTS, follow_up
from pd_incident_action.operations._shared.alert_request import TriggerInputs, build_event
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.pagerduty.polling import wait_for_incident

from ._shared import truncation
from .base import Operation, OperationContext

# PagerDuty shows the incident behind an event within a second or two.
_APPEARS_WITHIN = 10.0
_STATUS_AFTER = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
_LOOKS_LIKE_INCIDENT = re.compile(r"[PQR](?=[A-Z0-9]*\d)[A-Z0-9]{6,13}")
# PagerDuty's times have whole seconds, and clocks differ by a little.
_CLOCK_SLACK = 2.0


class Trigger(Operation):
    """Trigger, acknowledge or resolve an alert with an integration's routing key."""

    name = "trigger"
    summary = "Trigger, acknowledge or resolve an alert with an integration's routing key"
    required_credentials = ("routing-key",)
    scopes = ("incidents.read",)
    port_blueprint = "pagerdutyService"
    outputs = OUTPUTS

    Inputs = TriggerInputs
    inputs: TriggerInputs

    def start_message(self) -> str:
        what = (
            self.inputs.summary
            or self.inputs.dedup_key
            or self.inputs.entity
            or "from this workflow run"
        )
        return f"Sending a {self.inputs.event_action} event to PagerDuty: {what}"

    def run(self) -> Outcome:
        """Send the event and, with a REST API key, find the incident behind it.

        Returns:
            The incident, or the alert as far as the event tells.

        Raises:
            ActionError: the event wasn't accepted.
        """
        trimmer = truncation.Truncator()
        key = trimmer.shorten_key("dedup-key", _dedup_key(self.inputs, self.context))
        event = build_event(self.inputs, key, self.context.identity, trimmer)
        sent_at = time.time()
        response = self.context.events.enqueue(event)
        key = str(response.get("dedup_key") or key)
        json, warnings = _look_up(self.inputs, key, self.context)
        incident = json.to_incident() if json else _alert(self.inputs, key, event)
        return Outcome(
            message=_message(self.inputs, incident, known=bool(json)),
            incident=incident,
            created=_created(self.inputs, json, sent_at),
            write_entity=bool(json) or not warnings or self.inputs.event_action == "trigger",
            dedup_key=key,
            response={**response, "incident": json.raw} if json else response,
            warnings=trimmer.warnings + warnings,
            truncated_inputs=trimmer.truncated_inputs,
        )

    def recover(self) -> Outcome | None:
        """Find the incident that an interrupted `run` may have brought about.

        Returns:
            The newest incident with the alert's key, or None.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        if self.context.find(PagerDuty) is None:
            return None
        key = truncation.Truncator().shorten_key("dedup-key", _dedup_key(self.inputs, self.context))
        found = self.context.incidents.find_by_key(
            key, only_open=self.inputs.event_action == "trigger"
        )
        if not found:
            return None
        incident = found[0].to_incident()
        return Outcome(
            message=f"Incident {incident.name} is {incident.status}, {incident.urgency} urgency.",
            incident=incident,
            created=None,
            dedup_key=key,
            response={"incident": found[0].raw},
        )

    def after(self, outcome: Outcome) -> Outcome:
        """Look who was notified, unless the event is to stop just that."""
        return (
            follow_up(self.inputs, outcome, self.context)
            if self.inputs.event_action == "trigger"
            else outcome
        )


def _dedup_key(request: TriggerInputs, tools: OperationContext) -> str:
    if request.dedup_key or request.event_action == "trigger":
        return request.dedup_key or tools.key
    return _key_of_entity(request.entity or "", tools)


def _key_of_entity(entity: str, tools: OperationContext) -> str:
    """Find the key of a catalog entity: it may be the key itself, or an incident's id.

    PagerDuty would silently drop an event whose key is an incident's id.
    """
    if tools.find(PagerDuty) and _LOOKS_LIKE_INCIDENT.fullmatch(entity):
        try:
            return tools.incidents.get(entity).to_incident().dedup_key or entity
        except ApiRejected as error:
            tools.log(f"{entity} is taken for a dedup key: {error.summary}")
    return entity


def _look_up(
    request: TriggerInputs, key: str, tools: OperationContext
) -> tuple[PagerDutyIncident | None, tuple[str, ...]]:
    """Find the incident behind the alert; the event is out, so trouble here is only a warning."""
    if tools.find(PagerDuty) is None or tools.dry_run:
        return None, ()
    wanted = _STATUS_AFTER[request.event_action]
    statuses = {"triggered", "acknowledged"} if wanted == "triggered" else {wanted}
    try:
        json = wait_for_incident(
            tools.pagerduty,
            key,
            lambda json: json.status in statuses,
            only_open=wanted == "triggered",
            seconds=min(_APPEARS_WITHIN, tools.deadline.remaining() / 2),
        )
    except ApiError as error:
        return None, (f"PagerDuty accepted the event, but {error}",)
    return json, () if json else (_not_found(request, key),)


def _not_found(request: TriggerInputs, key: str) -> str:
    if request.event_action == "trigger":
        return (
            f"PagerDuty accepted the event, but no open incident with dedup key '{key}' appeared: "
            "it may be suppressed or grouped into another incident, its service disabled or in "
            "maintenance, or nobody on call; check the service in PagerDuty."
        )
    return (
        f"PagerDuty accepted the event, but no {_STATUS_AFTER[request.event_action]} incident has "
        f"dedup key '{key}': PagerDuty drops events for keys that the integration does not know; "
        "check dedup-key and routing-key."
    )


def _alert(request: TriggerInputs, key: str, event: dict[str, Any]) -> Incident:
    """Describe the alert by its event alone; what an event doesn't say stays empty."""
    status = _STATUS_AFTER[request.event_action]
    if request.event_action != "trigger":
        return Incident(id=key, title="", status=status, dedup_key=key)
    return Incident(
        id=key,
        title=event["payload"]["summary"],
        status=status,
        urgency="high" if request.severity in {"critical", "error"} else "low",
        dedup_key=key,
    )


def _created(request: TriggerInputs, json: PagerDutyIncident | None, sent_at: float) -> bool | None:
    if request.event_action != "trigger":
        return False
    try:
        created = datetime.fromisoformat(json.created_at if json else "").timestamp()
    except ValueError:
        return None
    return created > sent_at - _CLOCK_SLACK


def _message(request: TriggerInputs, incident: Incident, *, known: bool) -> str:
    if not known:
        what = f" ({incident.title})" if incident.title else ""
        return f"PagerDuty accepted the {request.event_action} event for {incident.id}{what}."
    to = f", assigned to {', '.join(incident.assignees)}" if incident.assignees else ""
    return (
        f"PagerDuty accepted the {request.event_action} event: incident {incident.name} is "
        f"{incident.status}, {incident.urgency} urgency{to}."
    )
