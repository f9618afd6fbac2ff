"""Tell PagerDuty what was changed, so that responders see it beside what broke.

https://developer.pagerduty.com/docs/send-change-event
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pd_incident_action.identity import default_source
from pd_incident_action.inputs.fields import Details, InputSpec, Links, ShortText, Timestamp
from pd_incident_action.models import Outcome
from pd_incident_action.operations._shared.alert_request import Source

from ._shared import truncation
from .base import Operation, OperationInputs

if TYPE_CHECKING:
    from pd_incident_action.identity import RunIdentity

_SHORT_SHA = 7


class ChangeEvent(Operation):
    """Tell PagerDuty what was changed, so that responders see it beside what broke."""

    name = "change-event"
    summary = "Tell PagerDuty what was changed, so that responders see it beside what broke"
    required_credentials = ("routing-key",)
    scopes = ()
    port_blueprint = "pagerdutyService"

    class Inputs(OperationInputs):
        """The inputs of `change-event`."""

        summary: Annotated[
            ShortText | None,
            InputSpec(
                "What was changed, in a few words.",
                example="Checkout 1.4.2 is in production",
                aliases=("title",),
                default_help="names the repository, workflow, branch and commit",
            ),
        ] = None
        source: Source = None
        custom_details: Annotated[
            Details | None,
            InputSpec(
                "What responders should know: a JSON object, or any text. Repository, commit, "
                "branch, run and actor are added to it.",
                example='{"version": "1.4.2"}',
                aliases=("details",),
                multiline=True,
            ),
        ] = None
        links: Annotated[
            Links | None,
            InputSpec(
                "Links for responders: a URL a line, or JSON. Links to the workflow run and the "
                "commit are added.",
                example='[{"href": "https://grafana.example.com", "text": "Dashboard"}]',
                multiline=True,
            ),
        ] = None
        timestamp: Annotated[
            Timestamp | None,
            InputSpec("When it happened, in ISO 8601.", "2026-12-01T03:10:00Z", default_help="now"),
        ] = None

    inputs: Inputs

    def start_message(self) -> str:
        return f"Sending a change event to PagerDuty: {self.inputs.summary or 'this workflow run'}"

    def run(self) -> Outcome:
        """Send the change event.

        Returns:
            What was sent; PagerDuty gives a change event no id.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        trimmer = truncation.Truncator()
        event = _event(self.inputs, self.context.identity, trimmer)
        response = self.context.events.change(event)
        return Outcome(
            message=f"PagerDuty accepted the change event: {event['payload']['summary']}.",
            created=True,
            response=response,
            warnings=trimmer.warnings,
            truncated_inputs=trimmer.truncated_inputs,
        )


def _event(
    request: ChangeEvent.Inputs, identity: RunIdentity, trimmer: truncation.Truncator
) -> dict[str, Any]:
    summary = request.summary or _default_summary(identity)
    source = request.source or default_source(identity)
    details = _known_details(identity) | (request.custom_details or {})
    payload = {
        "summary": trimmer.fit("summary", summary, truncation.SUMMARY),
        "source": trimmer.fit("source", source, truncation.SUMMARY),
        "custom_details": trimmer.truncate_json("custom-details", details),
        "timestamp": request.timestamp,
    }
    links = [*(request.links or ()), *_links(identity)]
    event = {"payload": {name: value for name, value in payload.items() if value}, "links": links}
    return {name: value for name, value in event.items() if value}


def _default_summary(identity: RunIdentity) -> str:
    sha = identity.sha[:_SHORT_SHA]
    where = {"on": identity.ref, "at": sha, "run": identity.run_number}
    known = ", ".join(f"{name} {value}" for name, value in where.items() if value)
    workflow = identity.workflow or "a workflow"
    return f"{default_source(identity)}: {workflow} ran" + (known and f" ({known})")


def _known_details(identity: RunIdentity) -> dict[str, Any]:
    details = {
        "repository": identity.repository,
        "commit": identity.sha,
        "ref": identity.ref,
        "run": identity.url,
        "actor": identity.actor,
    }
    return {name: value for name, value in details.items() if value}


def _links(identity: RunIdentity) -> list[dict[str, str]]:
    links = {"Workflow run": identity.url, "Commit": identity.commit_url}
    return [{"href": href, "text": text} for text, href in links.items() if href]
