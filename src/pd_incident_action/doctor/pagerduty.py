"""Whether PagerDuty's credentials work, and what a workflow with PagerDuty needs beyond them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiError, ApiRejected
from pd_incident_action.models import Incident, Outcome, Service
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import USERS, Directory
from pd_incident_action.pagerduty.provider import open_rest_api
from pd_incident_action.pagerduty.settings import PagerDutySettings

from .config_references import check_assignees, check_custom_fields, check_priorities
from .finding import Check, Finding, doubtful, fine, perform, wrong
from .routing import check_form, check_integration, is_well_formed
from .services import check_services

if TYPE_CHECKING:
    from pd_incident_action.clients import ClientFactory
    from pd_incident_action.operations.base import OperationContext

_TOKEN = "pagerduty-token"  # noqa: S105 - an input's name
_APP = "PagerDuty app"
# An account's token isn't anybody's, and a narrow one may not tell whose it is.
_KNOWN_BUT_NOBODYS = frozenset({400, 403})
# What `create` and most operations ask for; see `Operation.scopes`.
_USUAL_SCOPES = ("incidents.read", "incidents.write", "users.read")
_OTHER_REGION = {"us": "eu", "eu": "us"}


def examples() -> Mapping[str, Outcome]:
    """Return an outcome of which everything is known, by the blueprint that it is written to."""
    incident = Incident(
        id="Q1",
        title="Example",
        status="triggered",
        urgency="high",
        url="https://example.com",
        service_id="P1",
        assignees=("Ada",),
        escalation_policy="Platform",
        priority="P1",
        description="An example",
        created_at="2026-01-01T00:00:00Z",
        updated_at="2026-01-01T00:00:00Z",
    )
    service = Service("P1", "Example", "active", "https://example.com", ("ada@example.com",))
    return {
        "pagerdutyIncident": Outcome("", incident=incident),
        "pagerdutyService": Outcome("", service=service),
    }


def checks(context: OperationContext, services: Sequence[str]) -> list[Check]:
    """List the checks of everything that there are credentials for.

    Args:
        context: PagerDuty's APIs, and a way to open them differently.
        services: services to check in addition to those of the configuration file.
    """
    key = context.trial.settings.of(PagerDutySettings).routing_key
    found = []
    if key is not None:
        found.append(Check("routing-key", partial(check_form, key.get_secret_value())))
    if context.find(PagerDuty) is not None:
        found.append(Check("PagerDuty", partial(_check_account, context, services)))
    return found


def _check_account(context: OperationContext, services: Sequence[str]) -> list[Finding]:
    """Check the credentials first, and the rest only with good ones."""
    status = check_pagerduty(context)
    if not status.usable:
        return [status.finding]
    found = [
        Check("from", partial(check_requester, context, status)),
        Check("services", partial(check_services, context, services)),
        Check("assignees", partial(check_assignees, context)),
        Check("priorities", partial(check_priorities, context)),
        Check("custom fields", partial(check_custom_fields, context)),
    ]
    key = context.trial.settings.of(PagerDutySettings).routing_key
    if key is not None and is_well_formed(key.get_secret_value()):
        found.append(
            Check("routing-key", partial(check_integration, context, key.get_secret_value()))
        )
    return [status.finding, *perform(found)]


@dataclass(frozen=True)
class CredentialStatus:
    """Whether PagerDuty lets us in.

    Attributes:
        finding: what is so with the credentials.
        usable: whether the rest of the account can be looked at.
        is_users_own: whether they speak for a user, so that ``from`` isn't needed.
    """

    finding: Finding
    usable: bool = False
    is_users_own: bool = False


def check_pagerduty(context: OperationContext) -> CredentialStatus:
    """Try PagerDuty's credentials, and in its other region where they are refused.

    Args:
        context: PagerDuty's REST API, and ways to open it differently.

    Returns:
        Whether they work, and what they are.

    Raises:
        ApiError: PagerDuty wasn't reached.
    """
    settings = context.trial.settings.of(PagerDutySettings)
    is_token = settings.pagerduty_token is not None
    what = _TOKEN if is_token else _APP
    region = f"region {settings.pagerduty_region}"
    try:
        if not is_token:
            Directory(context.pagerduty).check_app()
            return CredentialStatus(fine(what, f"signs in, {region}"), usable=True)
        owner = _owner(context.pagerduty)
    except ApiRejected as error:
        return CredentialStatus(_explain_refusal(what, error, context.trial))
    whose = f"user {owner}" if owner else "the account (a general access key)"
    finding = fine(what, f"belongs to {whose}, {region}")
    return CredentialStatus(finding, usable=True, is_users_own=bool(owner))


def _owner(pagerduty: PagerDuty) -> str:
    """Tell whose token it is: nobody's where it is an account's."""
    try:
        user = Directory(pagerduty).current_user()
    except ApiRejected as error:
        if error.status in _KNOWN_BUT_NOBODYS:
            return ""
        raise
    return f"{user.label} <{user.email}>"


def _explain_refusal(what: str, error: ApiRejected, trial: ClientFactory) -> Finding:
    """Say why credentials are refused: mostly they belong to the other region."""
    settings = trial.settings.of(PagerDutySettings)
    if what == _APP and _accepts(trial, settings):
        finding = f"signs in with {', '.join(_USUAL_SCOPES)}, but not with a check-up's scopes"
        remedy = "to check more, add the scopes that docs/permissions.md lists for doctor"
        return doubtful(what, finding, remedy)
    # With a URL given there is no other region.
    other = "" if settings.pagerduty_api_url else _OTHER_REGION[settings.pagerduty_region]
    if other and _accepts(trial, settings.model_copy(update={"pagerduty_region": other})):
        finding = f"works in region {other}, not in {settings.pagerduty_region}"
        return wrong(what, finding, f"set pagerduty-region: {other}")
    where = ", in both regions" if other else ""
    return wrong(what, f"{error.summary}{where} ({error.cause})", error.remedy)


def _accepts(trial: ClientFactory, settings: PagerDutySettings) -> bool:
    """Return whether PagerDuty accepts the credentials with other settings."""
    changed = trial.settings.model_copy(update={"provider_settings": (settings,)})
    pagerduty = open_rest_api(replace(trial, settings=changed), _USUAL_SCOPES)
    if pagerduty is None:
        return False
    try:
        if settings.pagerduty_token is None:
            Directory(pagerduty).check_app()
        else:
            _owner(pagerduty)
    except ApiError:
        return False
    return True


def check_requester(context: OperationContext, status: CredentialStatus) -> list[Finding]:
    """Look for the user on whose behalf things are done.

    Args:
        context: PagerDuty's REST API.
        status: what is known of the credentials.

    Returns:
        What is so with ``from``.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    email = context.trial.settings.of(PagerDutySettings).from_
    if status.is_users_own:
        return [fine("from", "isn't needed with a user's own token")]
    if email is None:
        finding = "isn't set, and PagerDuty requires it with this kind of credentials"
        remedy = (
            "set from under with: or in the configuration file, or let whoever starts the "
            "workflow fill it in"
        )
        return [doubtful("from", finding, remedy)]
    if Directory(context.pagerduty).find_by_name(USERS, email):
        return [fine("from", f"{email} is a user of this account")]
    finding = f"PagerDuty has no user with the address {email}"
    return [wrong("from", finding, "use the e-mail address of a user of this account")]
