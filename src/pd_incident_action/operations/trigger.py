"""Send an alert event through PagerDuty's Events API v2.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import model_validator

from pd_incident_action import limits
from pd_incident_action.errors import ApiError, Refused
from pd_incident_action.fields import (
    Details,
    EventAction,
    Images,
    Input,
    Line,
    Links,
    Severity,
    Timestamp,
    WebUrl,
)
from pd_incident_action.outcome import Incident, Outcome
from pd_incident_action.providers.lookup import wait_for_incident
from pd_incident_action.providers.pagerduty import to_incident

from .base import Operation, Request, Tools

if TYPE_CHECKING:
    from pd_incident_action.identity import RunIdentity

# PagerDuty shows the incident behind an event within a second or two.
_APPEARS_WITHIN = 10.0
_STATUS_AFTER = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
_LOOKS_LIKE_INCIDENT = re.compile(r"[PQR](?=[A-Z0-9]*\d)[A-Z0-9]{6,13}")
# PagerDuty's times have whole seconds, and clocks differ by a little.
_CLOCK_SLACK = 2.0


class Trigger(Request):
    """Inputs of `trigger`."""

    event_action: Annotated[
        EventAction,
        Input("What the event does: `trigger`, `acknowledge` or `resolve` an alert.", "resolve"),
    ] = "trigger"
    summary: Annotated[
        Line | None,
        Input(
            "What is wrong, in a few words; the alert's title.",
            example="Checkout answers 500",
            aliases=("title", "incidentTitle"),
            default_help="names the workflow, job and run",
        ),
    ] = None
    source: Annotated[
        Line | None,
        Input(
            "The affected system, for example a host name.",
            example="checkout.example.com",
            default_help="the repository",
        ),
    ] = None
    severity: Annotated[
        Severity, Input("How bad it is: `critical`, `error`, `warning` or `info`.", "critical")
    ] = "error"
    dedup_key: Annotated[
        Line | None,
        Input(
            "Key of the alert: events with the same key belong to one alert. `acknowledge` and "
            "`resolve` need the one that triggered it.",
            example="checkout-down",
            default_help="to trigger, derived from the run, so that a re-run never pages twice; "
            "else the entity that the Port action was run on",
        ),
    ] = None
    component: Annotated[
        Line | None, Input("The part of the system that is broken.", "payment form")
    ] = None
    group: Annotated[Line | None, Input("The group of components.", "checkout")] = None
    class_: Annotated[Line | None, Input("The kind of event.", "http-500")] = None
    custom_details: Annotated[
        Details | None,
        Input(
            "What responders should know: a JSON object, or any text.",
            example='{"error_rate": "40 %", "since": "03:10"}',
            aliases=("details", "extraDetails"),
            multiline=True,
        ),
    ] = None
    links: Annotated[
        Links | None,
        Input(
            "Links for responders: a URL a line, or JSON.",
            example='[{"href": "https://grafana.example.com", "text": "Dashboard"}]',
            multiline=True,
        ),
    ] = None
    images: Annotated[
        Images | None,
        Input(
            "Images for responders: a URL a line, or JSON.",
            example='[{"src": "https://grafana.example.com/graph.png", "alt": "Errors"}]',
            multiline=True,
        ),
    ] = None
    client: Annotated[
        Line | None,
        Input("Name of the system that sends the event.", "Port", default_help="GitHub Actions"),
    ] = None
    client_url: Annotated[
        WebUrl | None,
        Input(
            "Web page of that system.",
            example="https://app.port.io",
            default_help="the workflow run's page",
        ),
    ] = None
    timestamp: Annotated[
        Timestamp | None,
        Input("When it happened, in ISO 8601.", "2026-12-01T03:10:00Z", default_help="now"),
    ] = None
    entity: Annotated[Line | None, Input("", hidden=True, origin="entity")] = None

    @model_validator(mode="after")
    def _known_alert(self) -> Self:
        if self.event_action != "trigger" and not (self.dedup_key or self.entity):
            msg = (
                f"must hold 'dedup-key' to {self.event_action} an alert: without it PagerDuty "
                "would accept the event and drop it"
            )
            raise ValueError(msg)
        return self


def run(request: Trigger, tools: Tools) -> Outcome:
    """Send the event and, with a REST API key, find the incident behind it.

    Args:
        request: the event.
        tools: PagerDuty's Events API, and its REST API if there is a key.

    Returns:
        The incident, or the alert as far as the event tells.

    Raises:
        ActionError: the event wasn't accepted.
    """
    trimmer = limits.Trimmer()
    key = trimmer.fit_key("dedup-key", _dedup_key(request, tools))
    event = _event(request, key, tools.identity, trimmer)
    sent_at = time.time()
    response = tools.alerts.enqueue(event)
    key = str(response.get("dedup_key") or key)
    json, warnings = _look_up(request, key, tools)
    incident = to_incident(json) if json else _alert(request, key, event)
    return Outcome(
        message=_message(request, incident, known=bool(json)),
        incident=incident,
        created=_created(request, json, sent_at),
        in_catalog=bool(json) or not warnings or request.event_action == "trigger",
        dedup_key=key,
        response={**response, "incident": json} if json else response,
        warnings=trimmer.warnings + warnings,
        full_text=trimmer.full_text,
    )


def recover(request: Trigger, tools: Tools) -> Outcome | None:
    """Find the incident that an interrupted `run` may have brought about.

    Args:
        request: the event.
        tools: PagerDuty's REST API, if there is a key.

    Returns:
        The newest incident with the alert's key, or None.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    if tools.pagerduty is None:
        return None
    key = limits.Trimmer().fit_key("dedup-key", _dedup_key(request, tools))
    found = tools.pagerduty.incidents_by_key(key, only_open=request.event_action == "trigger")
    if not found:
        return None
    incident = to_incident(found[0])
    return Outcome(
        message=f"Incident {incident.name} is {incident.status}, {incident.urgency} urgency.",
        incident=incident,
        created=None,
        dedup_key=key,
        response={"incident": found[0]},
    )


def _dedup_key(request: Trigger, tools: Tools) -> str:
    if request.dedup_key or request.event_action == "trigger":
        return request.dedup_key or tools.key
    return _key_of_entity(request.entity or "", tools)


def _key_of_entity(entity: str, tools: Tools) -> str:
    """Find the key of a catalog entity: it may be the key itself, or an incident's id.

    PagerDuty would silently drop an event whose key is an incident's id.
    """
    if tools.pagerduty and _LOOKS_LIKE_INCIDENT.fullmatch(entity):
        try:
            return to_incident(tools.pagerduty.incident(entity)).dedup_key or entity
        except Refused as error:
            tools.say(f"{entity} is taken for a dedup key: {error.what}")
    return entity


def _event(
    request: Trigger, key: str, identity: RunIdentity, trimmer: limits.Trimmer
) -> dict[str, Any]:
    event: dict[str, Any] = {"event_action": request.event_action, "dedup_key": key}
    if request.event_action != "trigger":
        return event
    optional = {
        "links": request.links,
        "images": request.images,
        "client": request.client or "GitHub Actions",
        "client_url": request.client_url or identity.url,
    }
    event["payload"] = _payload(request, identity, trimmer)
    return event | {name: value for name, value in optional.items() if value}


def _payload(request: Trigger, identity: RunIdentity, trimmer: limits.Trimmer) -> dict[str, Any]:
    summary = request.summary or default_summary(identity)
    details = request.custom_details
    optional = {
        "component": request.component,
        "group": request.group,
        "class": request.class_,
        "custom_details": details and trimmer.fit_json("custom-details", details),
        "timestamp": request.timestamp,
    }
    return {
        "summary": trimmer.fit("summary", summary, limits.SUMMARY),
        "source": trimmer.fit("source", request.source or default_source(identity), limits.SUMMARY),
        "severity": request.severity,
        **{name: value for name, value in optional.items() if value},
    }


def default_summary(identity: RunIdentity) -> str:
    """Name the run that raises the alert.

    Args:
        identity: the GitHub run.

    Returns:
        For example ``octo/shop: CI needs attention (job test, on main, run 12)``.
    """
    where = {"job": identity.job, "on": identity.ref, "run": identity.run_number}
    known = ", ".join(f"{name} {value}" for name, value in where.items() if value)
    workflow = identity.workflow or "a workflow"
    return f"{default_source(identity)}: {workflow} needs attention" + (known and f" ({known})")


def default_source(identity: RunIdentity) -> str:
    """Name the system that an alert is about when nobody said.

    Args:
        identity: the GitHub run.

    Returns:
        The repository.
    """
    return identity.repository or "GitHub Actions"


def _look_up(
    request: Trigger, key: str, tools: Tools
) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Find the incident behind the alert; the event is out, so trouble here is only a warning."""
    if tools.pagerduty is None:
        return None, ()
    wanted = _STATUS_AFTER[request.event_action]
    statuses = {"triggered", "acknowledged"} if wanted == "triggered" else {wanted}
    try:
        json = wait_for_incident(
            tools.pagerduty,
            key,
            lambda json: json.get("status") in statuses,
            only_open=wanted == "triggered",
            seconds=min(_APPEARS_WITHIN, tools.deadline.left() / 2),
        )
    except ApiError as error:
        return None, (f"PagerDuty accepted the event, but {error}",)
    return json, () if json else (_not_found(request, key),)


def _not_found(request: Trigger, key: str) -> str:
    if request.event_action == "trigger":
        return (
            f"PagerDuty accepted the event, but no open incident with dedup key '{key}' appeared: "
            "it may be suppressed or grouped into another incident; check the service in PagerDuty."
        )
    return (
        f"PagerDuty accepted the event, but no {_STATUS_AFTER[request.event_action]} incident has "
        f"dedup key '{key}': PagerDuty drops events for keys that the integration does not know; "
        "check dedup-key and routing-key."
    )


def _alert(request: Trigger, key: str, event: dict[str, Any]) -> Incident:
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


def _created(request: Trigger, json: dict[str, Any] | None, sent_at: float) -> bool | None:
    if request.event_action != "trigger":
        return False
    try:
        created = datetime.fromisoformat(to_incident(json or {}).created_at).timestamp()
    except ValueError:
        return None
    return created > sent_at - _CLOCK_SLACK


def _message(request: Trigger, incident: Incident, *, known: bool) -> str:
    if not known:
        what = f" ({incident.title})" if incident.title else ""
        return f"PagerDuty accepted the {request.event_action} event for {incident.id}{what}."
    to = f", assigned to {', '.join(incident.assignees)}" if incident.assignees else ""
    return (
        f"PagerDuty accepted the {request.event_action} event: incident {incident.name} is "
        f"{incident.status}, {incident.urgency} urgency{to}."
    )


def _announce(request: Trigger) -> str:
    what = request.summary or request.dedup_key or request.entity or "from this workflow run"
    return f"Sending a {request.event_action} event to PagerDuty: {what}"


OPERATION = Operation(
    name="trigger",
    summary="Trigger, acknowledge or resolve an alert with an integration's routing key",
    request=Trigger,
    run=run,
    announce=_announce,
    recover=recover,
    needs=("routing-key",),
    port_blueprint="pagerdutyService",
)
