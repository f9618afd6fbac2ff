"""Checks of PagerDuty's credentials, and of what workflows need beyond them; no event is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiError, ApiRejected, NotApplicable
from pd_incident_action.models import Incident, Outcome, Service
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import CONTACTS_SCOPE, USERS, Directory
from pd_incident_action.pagerduty.provider import (
    PagerDutySettings,
    open_for,
    open_rest_api,
)
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.text import Json

from .account import AccountChecks
from .finding import Check, Finding, error, ok, run_checks, warning

if TYPE_CHECKING:
    from pd_incident_action.clients import ClientFactory
    from pd_incident_action.operations.base import OperationContext

_API_KEY = "pagerduty-token"
_APP = "PagerDuty app"
_ROUTING_KEY = "routing-key"
_WORKFLOWS_SCOPE = "incident_workflows.read"
_WELL_FORMED = re.compile(r"[0-9A-Za-z]{32}")
# An account's token belongs to no user, and a narrow one may not read its own.
_WITHOUT_USER = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN})
# What `create` and most operations ask for; see `Operation.scopes`.
_USUAL_SCOPES = ("incidents.read", "incidents.write", "users.read")
_OTHER_REGION = {"us": "eu", "eu": "us"}


def examples() -> Mapping[str, Outcome]:
    """Return an outcome with every property, by the blueprint that it is written to."""
    incident = Incident(
        id="Q1",
        title="Example",
        status="triggered",
        urgency="high",
        url="https://example.com",
        service_id="P1",
        assignees=("Ada",),
        assignee_users=("ada@example.com",),
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
    """List the checks of everything that there are credentials for."""
    found, can_ask = [], context.find(PagerDuty) is not None
    if key := _routing_key(context):
        found.append(Check(_ROUTING_KEY, partial(check_routing_key, key, can_ask=can_ask)))
    if can_ask:
        found.append(Check("PagerDuty", partial(check_rest_api, context, services)))
    return found


def check_rest_api(context: OperationContext, services: Sequence[str]) -> list[Finding]:
    """Check the credentials first, and the rest only with good ones."""
    pagerduty, settings = context.pagerduty, context.trial.settings.of(PagerDutySettings)
    what = _API_KEY if settings.pagerduty_token else _APP
    try:
        owner = _sign_in(pagerduty, settings)
    except ApiRejected as reason:
        return [_explain_refusal(what, reason, context.trial)]
    whose = f"user {owner}" if owner else "the account (a general access key)"
    is_whose = "signs in" if what == _APP else f"belongs to {whose}"
    contacts = open_for(pagerduty, context.trial, (CONTACTS_SCOPE,))
    workflows = open_for(pagerduty, context.trial, (_WORKFLOWS_SCOPE,))
    requester = partial(check_requester, pagerduty, settings.from_, is_needed=not owner)
    found = [
        Check("from", requester),
        *AccountChecks(pagerduty, contacts, workflows, context.config).all(services),
    ]
    key = _routing_key(context)
    if _WELL_FORMED.fullmatch(key):
        found.append(Check(_ROUTING_KEY, partial(check_integration, pagerduty, key)))
    signed_in = ok(what, f"{is_whose}, region {settings.pagerduty_region}")
    return [signed_in, *run_checks(found)]


def _routing_key(context: OperationContext) -> str:
    key = context.trial.settings.of(PagerDutySettings).routing_key
    return "" if key is None else key.get_secret_value()


def _sign_in(pagerduty: PagerDuty, settings: PagerDutySettings) -> str:
    """Return whose token it is, or an empty text if it is no user's."""
    if settings.pagerduty_token is None:
        Directory(pagerduty).check_app()
        return ""
    try:
        user = Directory(pagerduty).current_user()
    except ApiRejected as reason:
        if reason.status in _WITHOUT_USER:
            return ""
        raise
    return f"{user.label} <{user.email}>"


def _explain_refusal(what: str, reason: ApiRejected, trial: ClientFactory) -> Finding:
    """Try refused credentials with fewer scopes, and in the other region."""
    settings = trial.settings.of(PagerDutySettings)
    if what == _APP and _try(trial, settings) is None:
        finding = f"signs in with {', '.join(_USUAL_SCOPES)}, but not with all of doctor's scopes"
        remedy = "to check more, add the scopes that docs/permissions.md lists for doctor"
        return warning(what, finding, remedy)
    where = ""
    # With a URL given there is no other region.
    if settings.pagerduty_api_url is None:
        other = _OTHER_REGION[settings.pagerduty_region]
        there = _try(trial, settings.model_copy(update={"pagerduty_region": other}))
        if there is None:
            finding = f"works in region {other}, not in {settings.pagerduty_region}"
            return error(what, finding, f"set pagerduty-region: {other}")
        where = ", in both regions" if isinstance(there, ApiRejected) else ""
    return error(what, f"{reason.summary}{where} ({reason.cause})", reason.remedy)


def _try(trial: ClientFactory, settings: PagerDutySettings) -> ApiError | None:
    """Sign in with other settings; return why that isn't possible, or None."""
    changed = trial.settings.model_copy(update={"provider_settings": (settings,)})
    pagerduty = open_rest_api(replace(trial, settings=changed), _USUAL_SCOPES)
    try:
        if pagerduty is not None:
            _sign_in(pagerduty, settings)
    except ApiError as reason:
        return reason
    return None


def check_requester(
    pagerduty: PagerDuty, email: str | None, *, is_needed: bool
) -> Iterator[Finding]:
    """Check that the input ``from`` names a user, if it is given."""
    if email is not None:
        if Directory(pagerduty).find_by_name(USERS, email):
            yield ok("from", f"{email} is a user of this account")
        else:
            finding = f"PagerDuty has no user with the address {email}"
            yield error("from", finding, "use the e-mail address of a user of this account")
    elif is_needed:
        finding = "isn't set, and PagerDuty requires it with this kind of credentials"
        remedy = (
            "set from under with: or in the configuration file, or let whoever starts the "
            "workflow fill it in"
        )
        yield warning("from", finding, remedy)
    else:
        yield ok("from", "isn't needed with a user's own token")


def check_routing_key(key: str, *, can_ask: bool) -> Iterator[Finding]:
    """Check a routing key's form; the key isn't shown."""
    if _WELL_FORMED.fullmatch(key):
        form = "has the form of an integration key"
        unknown = "; to check which integration has it, set pagerduty-token"
        yield ok(_ROUTING_KEY, form if can_ask else form + unknown)
    else:
        finding = f"has {len(key)} characters; an integration key has 32 letters and digits"
        remedy = "copy the integration key of an Events API V2 integration, whole"
        yield error(_ROUTING_KEY, finding, remedy)


def check_integration(pagerduty: PagerDuty, key: str) -> list[Finding]:
    """Check the integration that a routing key belongs to, and its service; raises `ApiError`."""
    found = None
    with suppress(NotApplicable):
        found = Services(pagerduty).find_by_key(key)
    if found is None:
        finding = (
            "belongs to none of the services that can be seen; PagerDuty drops events silently "
            "if it belongs to no integration at all"
        )
        remedy = "check it, unless it belongs to an event orchestration or to another account"
        return [warning(_ROUTING_KEY, finding, remedy)]
    service, integration = found
    if not integration.is_events_v2:
        kind = integration.type.replace("_", " ")
        finding = f"belongs to service {service.label}, but to another kind of integration ({kind})"
        remedy = "add an Events API V2 integration to the service, and use its key"
        return [error(_ROUTING_KEY, finding, remedy)]
    if service.silenced:
        finding = f"pages service {service.label}, which is {service.silenced}: events are dropped"
        remedy = "enable the service, or end its maintenance, in PagerDuty"
        return [error(_ROUTING_KEY, finding, remedy)]
    return [ok(_ROUTING_KEY, f"pages service {service.label}")]


def offer_choices(_context: OperationContext, action: Json) -> Json:
    """Return a self-service action as it is: people type names, which are looked up."""
    return action
