"""What follows a page for a broken pipeline: suspects, the deployment's status, the deployer.

The deployer is who started the run: asked to help, or paged first and the policy after them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from pd_incident_action.config.model import get_ignoring_case
from pd_incident_action.errors import ActionError, ApiError, NotApplicable
from pd_incident_action.github.client import GitHub, WorkflowRun
from pd_incident_action.github.runs import Suspects
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.notification.context_note import compose
from pd_incident_action.operations.add_responders import AddResponders
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.change_event import ChangeEvent
from pd_incident_action.pagerduty.client import PagerDuty, reference
from pd_incident_action.pagerduty.events import PagerDutyEvents
from pd_incident_action.pagerduty.idempotency import send_or_find, write_note
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.text import shorten

_SECONDS_BETWEEN_LOOKS = 15.0
_SECONDS_FOR_NOTE = 5.0
_MAX_DESCRIPTION = 140
_MAX_TITLE = 60
_ASKED = "You started the run that broke this pipeline. Please help."


@dataclass
class FollowUp:
    """Does what can wait until the page is out; whatever fails is only logged, or a warning.

    Attributes:
        fixed_by: the newer run in which what failed here succeeded, if there is one.
    """

    context: OperationContext
    github: GitHub | None
    environment: str
    fixed_by: WorkflowRun | None = None

    def add_to(self, outcome: Outcome, *, with_deployer: bool) -> Outcome:
        """Do it all, and return the outcome with what there is to read about it."""
        github, incident, log = self.github, outcome.incident, self.context.log
        if github is None or incident is None:
            log("Without github-token, nothing is known of what changed.")
            return outcome
        if self.environment:
            self._set_deployment_status(github, incident)
        if outcome.created is False:
            return outcome
        suspects = Suspects(github, self.context.identity, self.environment)
        self.fixed_by = suspects.find_fix()
        for text in suspects.missing:
            log(f"The suspects are incomplete: {text}")
        warnings = []
        try:
            self._publish_suspects(incident, suspects)
        except ApiError as error:
            warnings.append(f"The incident lacks its suspects: {error}")
        try:
            if with_deployer:
                log(self._ask_deployer(github, incident))
        except ActionError as error:
            login = self.context.identity.actor
            warnings.append(f"{login} wasn't asked to help: {error}")
        return outcome.adding(warnings=warnings)

    def _set_deployment_status(self, github: GitHub, incident: Incident) -> None:
        """Mark the deployment on GitHub as failed, with the incident's link."""
        status = {
            "state": "failure",
            "log_url": incident.url or self.context.identity.url,
            "description": shorten(f"Incident {incident.name}", _MAX_DESCRIPTION),
        }
        sha = self.context.identity.sha
        try:
            for one in github.deployments(self.environment, sha=sha, limit=1):
                github.add_status(one, status)
        except ApiError as error:
            self.context.log(f"The deployment on GitHub doesn't show the incident: {error}")

    def _publish_suspects(self, incident: Incident, suspects: Suspects) -> None:
        """Note the suspects on the incident, or send a change event where it isn't known.

        An alert can't be added to without the risk of paging again, if it is resolved meanwhile: a
        change event pages nobody, and responders see it next to the incident.
        """
        if not any(suspects.parts.values()):
            return
        parts = {**suspects.parts, "Missing": [*suspects.missing]}
        pagerduty = self.context.find(PagerDuty)
        if pagerduty and incident.raw:
            pagerduty = pagerduty.with_timeout(_SECONDS_FOR_NOTE)
            write_note(pagerduty, incident.id, compose(parts))
        elif self.context.find(PagerDutyEvents):
            summary = f"Suspects: {shorten(incident.title, _MAX_TITLE)}"
            details = {name: "\n".join(lines) for name, lines in parts.items() if lines}
            event = ChangeEvent.Inputs(summary=summary, custom_details=details)
            ChangeEvent(event, self.context).run()

    def _ask_deployer(self, github: GitHub, incident: Incident) -> str:
        """Ask who started the run to help; return a line for the log.

        Raises:
            ActionError: they weren't asked.
        """
        if self.context.find(PagerDuty) is None or not incident.raw:
            raise NotApplicable("that requires pagerduty-token")
        email = find_deployer(self.context, github)
        asked = AddResponders.Inputs(incident=incident.id, responders=(email,), message=_ASKED)
        return AddResponders(asked, self.context).run().message


def find_deployer(context: OperationContext, github: GitHub | None) -> str:
    """Return the address of who started the run: the configuration file's, or the commit's.

    Raises:
        NotApplicable: it isn't known.
        ApiError: GitHub refused or wasn't reached.
    """
    login, sha = context.identity.actor, context.identity.sha
    email = get_ignoring_case(context.config.people, login)
    if not email and github and sha and login:
        found = github.commit(sha)
        is_theirs = found.author.login.casefold() == login.casefold()
        if is_theirs and found.commit.verification.verified:
            email = found.commit.author.email
    if not email:
        raise NotApplicable(
            "their e-mail address isn't known",
            remedy="add it to `people` in the configuration file",
        )
    return email


def page_policy_after(
    timeout: timedelta, context: OperationContext, incident: PagerDutyIncident
) -> None:
    """Give the deployer time to answer, then do as `page_policy` does."""
    left = timeout.total_seconds()
    while left > _SECONDS_BETWEEN_LOOKS:
        context.deadline.cancellation.sleep(_SECONDS_BETWEEN_LOOKS)
        left -= _SECONDS_BETWEEN_LOOKS
        if _is_answered(context, incident):
            return
    context.deadline.cancellation.sleep(left)
    page_policy(context, incident)


def page_policy(context: OperationContext, incident: PagerDutyIncident) -> bool:
    """Page the service's policy unless somebody has answered; return whether it was paged.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    if _is_answered(context, incident):
        return False
    policy = Services(context.pagerduty).get(incident.service.id).escalation_policy
    change = {"escalation_policy": reference("escalation_policy", policy.id)}
    action = "page the escalation policy"

    def look() -> PagerDutyIncident | None:
        found = context.incidents.get(incident.id)
        return None if found.is_directly_assigned else found

    update = partial(context.incidents.update, incident.id, action, change, idempotent=False)
    send_or_find(update, look, context.deadline)
    context.log(f"Nobody acknowledged incident {incident.label}: {policy.label} was paged.")
    return True


def _is_answered(context: OperationContext, incident: PagerDutyIncident) -> bool:
    """Check whether somebody has answered; what can't be known counts as no answer."""
    try:
        status = context.incidents.get(incident.id).status
    except ApiError as error:
        context.log(f"Whether anybody answered isn't known: {error.summary}")
        return False
    if status == "triggered":
        return False
    context.log(f"Incident {incident.label} is {status}.")
    return True
