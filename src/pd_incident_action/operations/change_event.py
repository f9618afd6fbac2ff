"""Send a change event, so that responders can correlate it with incidents.

https://developer.pagerduty.com/docs/send-change-event
"""

from __future__ import annotations

from typing import Annotated, Any

from pd_incident_action.identity import RunIdentity, default_source
from pd_incident_action.inputs.fields import Details, InputSpec, Links, ShortText
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty import truncation
from pd_incident_action.text import shorten_title

from ._shared.common_inputs import Environment, EventSource, EventTime
from .base import Operation, OperationInputs

_SHORT_SHA = 7


class ChangeEvent(Operation):
    name = "change-event"
    summary = "Send a change event (such as a deployment) that responders see next to incidents"
    group = "Services and changes"
    required_credentials = ("routing-key",)
    scopes = ()
    port_blueprint = ""
    is_urgent = True

    class Inputs(OperationInputs):
        summary: Annotated[
            ShortText | None,
            InputSpec(
                "What changed, in a few words.",
                example="Checkout 1.4.2 is in production",
                aliases=("title",),
                main=("summary",),
                default_help="the repository, workflow, branch and commit",
            ),
        ] = None
        source: EventSource = None
        environment: Environment = None
        custom_details: Annotated[
            Details | None,
            InputSpec(
                "What responders should know: a JSON object, or any text. Repository, commit, "
                "branch, run and actor are added.",
                example='{"version": "1.4.2"}',
                aliases=("details",),
                multiline=True,
            ),
        ] = None
        links: Annotated[
            Links | None,
            InputSpec(
                "Links for responders: one URL per line, or JSON. Links to the workflow run and "
                "the commit are added.",
                example='[{"href": "https://grafana.example.com", "text": "Dashboard"}]',
                multiline=True,
            ),
        ] = None
        timestamp: EventTime = None

    inputs: Inputs

    def start_message(self) -> str:
        summary = shorten_title(self.inputs.summary or "this workflow run")
        return f"Sending a change event to PagerDuty: {summary}"

    def run(self) -> Outcome:
        truncator = truncation.Truncator()
        event = build_change_event(self.inputs, self.context.identity, truncator)
        accepted = self.context.events.change(event)
        summary = shorten_title(event["payload"]["summary"])
        return Outcome(
            message=f"PagerDuty accepted the change event: {summary}.",
            created=True,
            response=accepted.raw,
            warnings=truncator.warnings,
            truncated_inputs=truncator.truncated_inputs,
        )


def build_change_event(
    inputs: ChangeEvent.Inputs, identity: RunIdentity, truncator: truncation.Truncator
) -> dict[str, Any]:
    """Build the event as POST /change/enqueue takes it, without its routing key."""
    summary = inputs.summary or _default_summary(identity, inputs.environment)
    source = inputs.source
    details = _run_details(identity, inputs.environment) | (inputs.custom_details or {})
    payload: dict[str, Any] = {
        "summary": truncator.truncate("summary", summary, truncation.SUMMARY),
        "source": truncator.truncate(
            "source", source or default_source(identity), truncation.EVENT_TEXT
        ),
        "timestamp": inputs.timestamp,
    }
    payload = {name: value for name, value in payload.items() if value}
    links = [*truncator.truncate_links("links", inputs.links or ()), *_run_links(identity)]
    event: dict[str, Any] = {"payload": payload, **({"links": links} if links else {})}
    if details:
        payload["custom_details"] = truncator.truncate_details("custom-details", details, event)
    return event


def _default_summary(identity: RunIdentity, environment: str | None) -> str:
    """Name the run, for example ``octo/shop: Deploy ran (production, main, 0123456, run #12)``."""
    run = identity.run_number and f"run #{identity.run_number}"
    known = ", ".join(filter(None, (environment, identity.ref, identity.sha[:_SHORT_SHA], run)))
    text = f"{default_source(identity)}: {identity.workflow or 'a workflow'} ran"
    return f"{text} ({known})" if known else text


def _run_details(identity: RunIdentity, environment: str | None) -> dict[str, Any]:
    details = {
        "environment": environment,
        "repository": identity.repository,
        "commit": identity.sha,
        "ref": identity.ref,
        "run": identity.url,
        "actor": identity.actor,
    }
    return {name: value for name, value in details.items() if value}


def _run_links(identity: RunIdentity) -> list[dict[str, str]]:
    links = {"Workflow run": identity.url, "Commit": identity.commit_url}
    return [{"href": href, "text": text} for text, href in links.items() if href]
