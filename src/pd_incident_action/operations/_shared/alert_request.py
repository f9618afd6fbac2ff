"""An alert event: what users may say about it, and how PagerDuty wants it.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import model_validator

from pd_incident_action.identity import default_source, default_summary
from pd_incident_action.inputs.fields import (
    Details,
    EventAction,
    Images,
    InputSpec,
    Links,
    Severity,
    ShortText,
    Timestamp,
    WebUrl,
)
from pd_incident_action.notification.post_page import (
    ContextBlueprint,
    ContextEntity,
    Enrich,
    RequireResponder,
)
from pd_incident_action.operations.base import OperationInputs

from . import truncation

if TYPE_CHECKING:
    from pd_incident_action.identity import RunIdentity


Source = Annotated[
    ShortText | None,
    InputSpec(
        "The affected system, for example a host name.",
        example="checkout.example.com",
        default_help="the repository",
    ),
]


class TriggerInputs(OperationInputs):
    """Inputs of `trigger`."""

    event_action: Annotated[
        EventAction,
        InputSpec(
            "What the event does: `trigger`, `acknowledge` or `resolve` an alert.", "resolve"
        ),
    ] = "trigger"
    summary: Annotated[
        ShortText | None,
        InputSpec(
            "What is wrong, in a few words; the alert's title.",
            example="Checkout answers 500",
            aliases=("title", "incidentTitle"),
            default_help="names the workflow, job and run",
        ),
    ] = None
    source: Source = None
    severity: Annotated[
        Severity, InputSpec("How bad it is: `critical`, `error`, `warning` or `info`.", "critical")
    ] = "error"
    dedup_key: Annotated[
        ShortText | None,
        InputSpec(
            "Key of the alert: events with the same key belong to one alert. `acknowledge` and "
            "`resolve` need the one that triggered it.",
            example="checkout-down",
            default_help="to trigger, derived from the run, so that a re-run never pages twice; "
            "else the entity that the Port action was run on",
        ),
    ] = None
    component: Annotated[
        ShortText | None, InputSpec("The part of the system that is broken.", "payment form")
    ] = None
    group: Annotated[ShortText | None, InputSpec("The group of components.", "checkout")] = None
    class_: Annotated[ShortText | None, InputSpec("The kind of event.", "http-500")] = None
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
            "Links for responders: a URL a line, or JSON.",
            example='[{"href": "https://grafana.example.com", "text": "Dashboard"}]',
            multiline=True,
        ),
    ] = None
    images: Annotated[
        Images | None,
        InputSpec(
            "Images for responders: a URL a line, or JSON.",
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
            "Web page of that system.",
            example="https://app.port.io",
            default_help="the workflow run's page",
        ),
    ] = None
    timestamp: Annotated[
        Timestamp | None,
        InputSpec("When it happened, in ISO 8601.", "2026-12-01T03:10:00Z", default_help="now"),
    ] = None
    require_responder: RequireResponder = False
    enrich: Enrich = False
    entity: ContextEntity = None
    context_blueprint: ContextBlueprint = None

    @model_validator(mode="after")
    def _known_alert(self) -> Self:
        if self.event_action != "trigger" and not (self.dedup_key or self.entity):
            msg = (
                f"must hold 'dedup-key' to {self.event_action} an alert: without it PagerDuty "
                "would accept the event and drop it"
            )
            raise ValueError(msg)
        return self


def build_event(
    request: TriggerInputs, key: str, identity: RunIdentity, trimmer: truncation.Truncator
) -> dict[str, Any]:
    """Make the event, as POST /enqueue takes it, without its routing key.

    Args:
        request: what is asked for.
        key: the alert's dedup key.
        identity: the GitHub run, for what nobody said.
        trimmer: cuts what is too long.

    Returns:
        The event.
    """
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


def _payload(
    request: TriggerInputs, identity: RunIdentity, trimmer: truncation.Truncator
) -> dict[str, Any]:
    summary = request.summary or default_summary(identity)
    details = request.custom_details
    optional = {
        "component": request.component,
        "group": request.group,
        "class": request.class_,
        "custom_details": details and trimmer.truncate_json("custom-details", details),
        "timestamp": request.timestamp,
    }
    return {
        "summary": trimmer.fit("summary", summary, truncation.SUMMARY),
        "source": trimmer.fit(
            "source", request.source or default_source(identity), truncation.SUMMARY
        ),
        "severity": request.severity,
        **{name: value for name, value in optional.items() if value},
    }
