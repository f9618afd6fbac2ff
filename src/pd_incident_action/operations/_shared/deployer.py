"""The person who started the run: asked to help, or paged first and the policy after them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from pd_incident_action.config.model import get_ignoring_case
from pd_incident_action.errors import ActionError, ApiError, Cancelled
from pd_incident_action.github.client import GitHub
from pd_incident_action.models import Incident
from pd_incident_action.operations.add_responders import AddResponders
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.idempotency import send_or_find
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.pagerduty.services import Services

_SECONDS_BETWEEN_LOOKS = 15.0
_ASKED = "You started the run that broke this pipeline. Please help."
_UNKNOWN = "their e-mail address isn't known; add it to `people` in the configuration file"


class Deployer:
    """The person who started a run.

    Args:
        context: what the operation works with.
        github: GitHub's API, or None without a token.
    """

    def __init__(self, context: OperationContext, github: GitHub | None) -> None:
        self._context = context
        self._github = github
        self.login = context.identity.actor

    def find_email(self) -> str:
        """Return their address: the configuration file's, or that of the run's verified commit.

        Raises:
            ApiError: GitHub refused or wasn't reached.
        """
        sha = self._context.identity.sha
        known = get_ignoring_case(self._context.config.people, self.login)
        if known or self._github is None or not (sha and self.login):
            return known or ""
        commit = self._github.commit(sha)
        is_theirs = commit.author.login.casefold() == self.login.casefold()
        is_verified = commit.commit.verification.verified
        return commit.commit.author.email if is_theirs and is_verified else ""

    def ask(self, incident: Incident) -> tuple[str, str]:
        """Ask them to help with an incident; return a line for the log, and a warning."""
        try:
            email = self.find_email()
            if not email:
                return "", f"{self.login} wasn't asked to help: {_UNKNOWN}."
            asked = AddResponders.Inputs(incident=incident.id, responders=(email,), message=_ASKED)
            return AddResponders(asked, self._context).run().message, ""
        except ActionError as error:
            return "", f"The page went out, but {self.login} wasn't asked to help: {error}"


class PolicyAfter:
    """Pages a service's escalation policy unless the deployer acknowledges in time.

    Args:
        context: what the operation works with.
        incident: the incident that the deployer was paged for.
        patience: how long they have.
    """

    def __init__(
        self, context: OperationContext, incident: PagerDutyIncident, patience: timedelta
    ) -> None:
        self._cancellation = context.deadline.cancellation
        self.incident = incident
        self._patience = patience

    @property
    def is_cut_short(self) -> bool:
        """Whether the job was cancelled, so that nobody waits any longer."""
        try:
            self._cancellation.check()
        except Cancelled:
            return True
        return False

    def wait(self, context: OperationContext) -> str:
        """Wait for the deployer, and page the policy if need be; return what became of it.

        Raises:
            ApiError: the policy couldn't be paged.
        """
        left = self._patience.total_seconds()
        while left > _SECONDS_BETWEEN_LOOKS:
            self._cancellation.sleep(_SECONDS_BETWEEN_LOOKS)
            left -= _SECONDS_BETWEEN_LOOKS
            if answer := self._find_answer(context):
                return answer
        self._cancellation.sleep(left)
        return self.end(context)

    def end(self, context: OperationContext) -> str:
        """Page the policy unless the deployer has answered; return what became of it.

        Raises:
            ApiError: the policy couldn't be paged.
        """
        return self._find_answer(context) or page_policy(context, self.incident)

    def _find_answer(self, context: OperationContext) -> str:
        """Return a sentence on who answered; empty if nobody has, as far as PagerDuty shows."""
        try:
            status = context.incidents.get(self.incident.id).status
        except ApiError as error:
            context.log(f"Whether anybody answered isn't known: {error.summary}")
            return ""
        return "" if status == "triggered" else f"Incident {self.incident.label} is {status}."


def page_policy(context: OperationContext, incident: PagerDutyIncident) -> str:
    """Give an incident to its service's escalation policy; return a sentence about it.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    policy = Services(context.pagerduty).get(incident.service.id).escalation_policy
    change = {"escalation_policy": reference("escalation_policy", policy.id)}
    action = "page the escalation policy"

    def look() -> PagerDutyIncident | None:
        found = context.incidents.get(incident.id)
        return None if found.is_directly_assigned else found

    update = partial(context.incidents.update, incident.id, action, change, idempotent=False)
    send_or_find(update, look, context.deadline)
    return f"Nobody acknowledged incident {incident.label}: {policy.label} was paged."
