"""Send a change event, so that responders can correlate it with incidents.

https://developer.pagerduty.com/docs/send-change-event
"""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.identity import RunIdentity, default_source, default_summary
from pd_incident_action.inputs.fields import Details, InputSpec, Links, ShortText
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.truncation import Truncator
from pd_incident_action.text import Json, shorten_title

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
        truncator = Truncator()
        event = truncator.fit_event(_build_event(self.inputs, self.context.identity))
        accepted = self.context.events.change(event)
        summary = shorten_title(event["payload"]["summary"])
        return Outcome(
            message=f"PagerDuty accepted the change event: {summary}.",
            created=True,
            response=accepted.raw,
            warnings=truncator.warnings,
            truncated_inputs=truncator.truncated_inputs,
        )


def _build_event(inputs: ChangeEvent.Inputs, identity: RunIdentity) -> Json:
    """Build the event as POST /change/enqueue takes it, without its routing key."""
    details = {
        "environment": inputs.environment,
        "repository": identity.repository,
        "commit": identity.sha,
        "ref": identity.ref,
        "run": identity.url,
        "actor": identity.actor,
    }
    known = {name: value for name, value in details.items() if value}
    facts = (inputs.environment, identity.ref, identity.sha[:_SHORT_SHA])
    links = {"Workflow run": identity.url, "Commit": identity.commit_url}
    return {
        "payload": {
            "summary": inputs.summary or default_summary(identity, "ran", *facts),
            "source": inputs.source or default_source(identity),
            "timestamp": inputs.timestamp,
            "custom_details": known | (inputs.custom_details or {}),
        },
        "links": [
            *(inputs.links or ()),
            *({"href": href, "text": text} for text, href in links.items() if href),
        ],
    }
