"""Whether there are credentials at all, and whether PagerDuty knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiError, ApiRejected
from pd_incident_action.pagerduty.directory import USERS, Directory

from .finding import Finding, doubtful, fine, wrong

if TYPE_CHECKING:
    from pd_incident_action.inputs.settings import Settings
    from pd_incident_action.operations.base import OperationContext
    from pd_incident_action.pagerduty.client import PagerDuty

    from .context import DoctorContext

_TOKEN = "pagerduty-token"  # noqa: S105 - an input's name
_APP = "PagerDuty app"
# An account's token isn't anybody's, and a narrow one may not tell whose it is.
_KNOWN_BUT_NOBODYS = frozenset({400, 403})
# What `create` and most operations ask for; see `Operation.scopes`.
_USUAL_SCOPES = ("incidents.read", "incidents.write", "users.read")


def check_credentials_present(settings: Settings) -> list[Finding]:
    """Look at which credentials there are.

    Args:
        settings: the shared inputs.

    Returns:
        Findings about what is missing; none where somebody can be paged.
    """
    findings = _check_port(settings)
    pages = settings.has_pagerduty or settings.routing_key or settings.incident_io_token
    if not pages and not (settings.port_client_id or settings.port_client_secret):
        finding = "none is set, so there is nothing to check and nobody can be paged"
        remedy = (
            "set pagerduty-token or routing-key for PagerDuty or incident-io-token for "
            "incident.io, and port-client-id with port-client-secret for Port"
        )
        return [wrong("credentials", finding, remedy)]
    if not pages:
        finding = "there are only Port's, so nobody can be paged"
        remedy = "set pagerduty-token, routing-key or incident-io-token as well"
        return [*findings, doubtful("credentials", finding, remedy)]
    return findings


def _check_port(settings: Settings) -> list[Finding]:
    parts = {
        "port-client-id": settings.port_client_id,
        "port-client-secret": settings.port_client_secret,
    }
    missing = [name for name, value in parts.items() if not value]
    if len(missing) != 1:
        return []
    finding = f"{missing[0]} is missing, so nothing is reported to Port"
    return [wrong("Port credentials", finding, f"set {missing[0]} as well")]


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


def check_pagerduty(tools: OperationContext) -> CredentialStatus:
    """Try PagerDuty's credentials, and in its other region where they are refused.

    Args:
        tools: PagerDuty's REST API, and ways to open it differently.

    Returns:
        Whether they work, and what they are.

    Raises:
        ApiError: PagerDuty wasn't reached.
    """
    checkup = tools.doctor
    is_token = checkup.settings.pagerduty_token is not None
    what = _TOKEN if is_token else _APP
    region = f"region {checkup.settings.pagerduty_region}"
    try:
        if not is_token:
            Directory(tools.pagerduty).check_app()
            return CredentialStatus(fine(what, f"signs in, {region}"), usable=True)
        owner = _owner(tools.pagerduty)
    except ApiRejected as error:
        return CredentialStatus(_explain_refusal(what, error, checkup))
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


def _explain_refusal(what: str, error: ApiRejected, checkup: DoctorContext) -> Finding:
    """Say why credentials are refused: mostly they belong to the other region."""
    if what == _APP and _takes(checkup, checkup.settings):
        finding = f"signs in with {', '.join(_USUAL_SCOPES)}, but not with a check-up's scopes"
        remedy = "to check more, add the scopes that docs/permissions.md lists for doctor"
        return doubtful(what, finding, remedy)
    elsewhere = checkup.pagerduty_in_other_region
    if elsewhere is not None and _takes(checkup, elsewhere):
        right, given = elsewhere.pagerduty_region, checkup.settings.pagerduty_region
        finding = f"works in region {right}, not in {given}"
        return wrong(what, finding, f"set pagerduty-region: {right}")
    where = ", in both regions" if elsewhere is not None else ""
    return wrong(what, f"{error.summary}{where} ({error.cause})", error.remedy)


def _takes(checkup: DoctorContext, settings: Settings) -> bool:
    """Tell whether PagerDuty takes the credentials with other settings."""
    pagerduty = checkup.open_pagerduty(settings, _USUAL_SCOPES)
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


def check_requester(tools: OperationContext, admission: CredentialStatus) -> list[Finding]:
    """Look for the user on whose behalf things are done.

    Args:
        tools: PagerDuty's REST API.
        admission: what is known of the credentials.

    Returns:
        What is so with ``from``.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    email = tools.doctor.settings.from_
    if admission.is_users_own:
        return [fine("from", "isn't needed with a user's own token")]
    if email is None:
        finding = "isn't set, and PagerDuty requires it with this kind of credentials"
        remedy = (
            "set from under with: or in the configuration file, or let whoever starts the "
            "workflow fill it in"
        )
        return [doubtful("from", finding, remedy)]
    if Directory(tools.pagerduty).find_by_name(USERS, email):
        return [fine("from", f"{email} is a user of this account")]
    finding = f"PagerDuty has no user with the address {email}"
    return [wrong("from", finding, "use the e-mail address of a user of this account")]
