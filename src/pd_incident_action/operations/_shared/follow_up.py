"""What follows a page for a broken pipeline: suspects, the deployment's status, the deployer."""

from __future__ import annotations

from pd_incident_action.errors import ApiError
from pd_incident_action.github.client import GitHub
from pd_incident_action.github.models import WorkflowRun
from pd_incident_action.github.runs import PipelineRun, Suspects, find_fix, find_suspects
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.notification.context_note import compose
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.events import PagerDutyEvents
from pd_incident_action.pagerduty.idempotency import write_note
from pd_incident_action.text import shorten

from .deployer import Deployer

_SECONDS_FOR_NOTE = 5.0
_MAX_DESCRIPTION = 140
_MAX_TITLE = 60


class FollowUp:
    """Does what can wait until the page is out; whatever fails is only logged, or a warning.

    Args:
        context: what the operation works with.
        github: GitHub's API, or None without a token.
        pipeline: the run that failed.

    Attributes:
        fixed_by: the newer run in which what failed here succeeded, if there is one.
    """

    def __init__(
        self, context: OperationContext, github: GitHub | None, pipeline: PipelineRun
    ) -> None:
        self._context = context
        self._github = github
        self._pipeline = pipeline
        self.fixed_by: WorkflowRun | None = None
        self._lines: list[str] = []
        self._warnings: list[str] = []

    def add_to(self, outcome: Outcome, *, with_deployer: bool) -> Outcome:
        """Do it all, and return the outcome with what there is to read about it."""
        incident = outcome.incident
        if self._github is None or incident is None:
            line = "Without github-token, nothing is known of what changed."
            return outcome.adding(log_lines=[line])
        if self._pipeline.environment:
            self._set_deployment_status(self._github, incident)
        if outcome.created is not False:
            suspects = find_suspects(self._github, self._pipeline)
            self.fixed_by = find_fix(self._github, self._pipeline, suspects)
            self._lines += [f"The suspects are incomplete: {one}" for one in suspects.missing]
            self._publish_suspects(incident, suspects)
            if with_deployer:
                self._ask_deployer(self._github, incident)
        return outcome.adding(log_lines=self._lines, warnings=self._warnings)

    def _publish_suspects(self, incident: Incident, suspects: Suspects) -> None:
        """Note the suspects on the incident, or send a change event where it isn't known.

        An alert can't be added to without the risk of paging again, if it is resolved meanwhile: a
        change event pages nobody, and responders see it next to the incident.
        """
        missing = {"Missing": suspects.missing} if suspects.missing else {}
        parts = {**suspects.parts, **missing}
        if not any(suspects.parts.values()):
            return
        pagerduty, events = (self._context.find(kind) for kind in (PagerDuty, PagerDutyEvents))
        try:
            if isinstance(pagerduty, PagerDuty) and incident.raw:
                write_note(pagerduty.with_timeout(_SECONDS_FOR_NOTE), incident.id, compose(parts))
            elif isinstance(events, PagerDutyEvents):
                events.change(_as_change(incident, parts, self._context.identity.url))
        except ApiError as error:
            self._warnings.append(f"The page went out, without its suspects: {error}")

    def _set_deployment_status(self, github: GitHub, incident: Incident) -> None:
        """Mark the deployment on GitHub as failed, with the incident's link."""
        environment, sha = self._pipeline.environment, self._pipeline.sha
        try:
            for one in github.deployments(environment, sha=sha, limit=1):
                status = {
                    "state": "failure",
                    "log_url": incident.url or self._context.identity.url,
                    "description": shorten(f"Incident {incident.name}", _MAX_DESCRIPTION),
                }
                github.add_deployment_status(one.id or 0, status)
        except ApiError as error:
            self._lines.append(f"The deployment on GitHub doesn't show the incident: {error}")

    def _ask_deployer(self, github: GitHub, incident: Incident) -> None:
        deployer = Deployer(self._context, github)
        if self._context.find(PagerDuty) is None or not incident.raw:
            line = f"{deployer.login} wasn't asked to help: that requires pagerduty-token."
            self._warnings.append(line)
            return
        line, warning = deployer.ask(incident)
        self._lines += filter(None, [line])
        self._warnings += filter(None, [warning])


def _as_change(incident: Incident, parts: dict[str, list[str]], url: str) -> dict[str, object]:
    details = {heading: "\n".join(lines) for heading, lines in parts.items() if lines}
    return {
        "payload": {
            "summary": f"Suspects: {shorten(incident.title, _MAX_TITLE)}",
            "source": "GitHub Actions",
            "custom_details": details,
        },
        "links": [{"href": url, "text": "Workflow run"}] if url else [],
    }
