"""The person who started the run: asked to help, or paged first and the policy after them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from pd_incident_action.config.model import get_ignoring_case
from pd_incident_action.errors import ActionError, ApiError
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


def page_policy_after(
    timeout: timedelta, context: OperationContext, incident: PagerDutyIncident
) -> str:
    """Give the deployer time to answer, then page the policy; return the result.

    Raises:
        ApiError: the policy couldn't be paged.
    """
    left = timeout.total_seconds()
    while left > _SECONDS_BETWEEN_LOOKS:
        context.deadline.cancellation.sleep(_SECONDS_BETWEEN_LOOKS)
        left -= _SECONDS_BETWEEN_LOOKS
        if answer := _find_answer(context, incident):
            return answer
    context.deadline.cancellation.sleep(left)
    return page_policy(context, incident)


def page_policy(context: OperationContext, incident: PagerDutyIncident) -> str:
    """Page the service's policy unless somebody has answered; return the result.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    if answer := _find_answer(context, incident):
        return answer
    policy = Services(context.pagerduty).get(incident.service.id).escalation_policy
    change = {"escalation_policy": reference("escalation_policy", policy.id)}
    action = "page the escalation policy"

    def look() -> PagerDutyIncident | None:
        found = context.incidents.get(incident.id)
        return None if found.is_directly_assigned else found

    update = partial(context.incidents.update, incident.id, action, change, idempotent=False)
    send_or_find(update, look, context.deadline)
    return f"Nobody acknowledged incident {incident.label}: {policy.label} was paged."


def _find_answer(context: OperationContext, incident: PagerDutyIncident) -> str:
    """Return a sentence if somebody has answered; empty if nobody has, or it isn't known."""
    try:
        status = context.incidents.get(incident.id).status
    except ApiError as error:
        context.log(f"Whether anybody answered isn't known: {error.summary}")
        return ""
    return "" if status == "triggered" else f"Incident {incident.label} is {status}."
