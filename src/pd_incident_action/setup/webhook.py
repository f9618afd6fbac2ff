"""Closing the loop: what happens in PagerDuty reaches the catalog through Port's webhook.

https://developer.pagerduty.com/docs/webhooks-overview and
https://docs.port.io/build-your-software-catalog/custom-integration/webhook/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiError, NotApplicable
from pd_incident_action.port.resources import writable_fields

from .diff import differences
from .installer import Step
from .merging import merge_webhook

if TYPE_CHECKING:
    from pd_incident_action.pagerduty.webhooks import WebhookSubscriptions
    from pd_incident_action.port.resources import PortResources

    from .resources import Json

EVENTS = (
    "incident.acknowledged",
    "incident.delegated",
    "incident.escalated",
    "incident.priority_updated",
    "incident.reassigned",
    "incident.reopened",
    "incident.resolved",
    "incident.service_updated",
    "incident.triggered",
    "incident.unacknowledged",
    "service.created",
    "service.deleted",
    "service.updated",
)
"""What the webhook's mappings understand."""

_IN_PAGERDUTY = "Keeps Port's catalog up to date; made by pd-incident-action"
_IN_PORT = "Keeps incidents and services as they are in PagerDuty, by subscription"


@dataclass(frozen=True)
class WebhookEndpoints:
    """Both ends of the loop.

    Attributes:
        port: what a Port account is set up with.
        pagerduty: PagerDuty's subscriptions.
        address: gives the URL where a webhook of Port's listens.
        mask: hides a credential from now on.
        dry_run: whether nothing is really changed.
    """

    port: PortResources
    pagerduty: WebhookSubscriptions
    address: Callable[[Json], str]
    mask: Callable[[str], None]
    dry_run: bool = False


@dataclass(frozen=True)
class ConnectResult:
    """What became of the loop.

    Attributes:
        steps: what was done.
        warnings: what the user should know although it worked.
    """

    steps: tuple[Step, ...]
    warnings: tuple[str, ...] = ()


def connect_webhook(ends: WebhookEndpoints, ours: Json, scope: Json) -> ConnectResult:
    """Have PagerDuty tell Port's webhook, which checks PagerDuty's signatures.

    PagerDuty shows a subscription's secret only once, so Port's webhook names the subscription
    whose secret it holds. Where none of those that deliver to it is named, nobody can tell the
    secret any more: a new subscription takes its place. The old one ends only when Port knows the
    new secret, so that no event is lost meanwhile.

    Args:
        ends: Port and PagerDuty.
        ours: Port's webhook as we bring it, without a secret.
        scope: the subscription's ``filter``.

    Returns:
        What became of the webhook and of the subscription.

    Raises:
        ApiError: one of them refused or wasn't reached.
        Impossible: PagerDuty gave no secret.
    """
    theirs, is_new = _webhook(ends, ours)
    url = ends.address(theirs)
    there = ends.pagerduty.to(url)
    held = _held(theirs, there)
    before = writable_fields("webhook", theirs)
    wanted = merge_webhook(before, ours)
    changes = differences(_without_secret(before), _without_secret(wanted))
    if held is None or (changes and _is_hidden(theirs)):
        made = ends.pagerduty.create(url, list(EVENTS), scope, _IN_PAGERDUTY)
        ends.port.replace("webhook", _signed(wanted, made, ends))
        ends.pagerduty.ping(made["id"])
        renewed = () if is_new else (*changes, "~ security.secret: new")
        step = Step("webhook", ours["identifier"], "added" if is_new else "changed", renewed)
        gone, warnings = _end(ends, there)
        return ConnectResult((step, Step("subscription", made["id"], "added"), *gone), warnings)
    if changes:
        ends.port.replace("webhook", wanted)
    step = Step("webhook", ours["identifier"], "changed" if changes else "unchanged", changes)
    gone, warnings = _end(ends, [one for one in there if one is not held])
    return ConnectResult((step, _follow(ends, held, scope), *gone), warnings + _disabled(held))


def _webhook(ends: WebhookEndpoints, ours: Json) -> tuple[Json, bool]:
    """Find Port's webhook, or add it; a new one takes nothing before it can check signatures."""
    theirs = ends.port.find("webhook", ours["identifier"])
    if theirs is None:
        return ends.port.create("webhook", {**ours, "enabled": False}), True
    ends.mask(_secret_of(theirs))
    return theirs, False


def _secret_of(webhook: Json) -> str:
    return str((webhook.get("security") or {}).get("secret") or "")


def _held(webhook: Json, there: Sequence[Json]) -> Json | None:
    """Find the subscription whose secret Port's webhook holds."""
    named = str(webhook.get("description") or "").split()
    found = next((one for one in there if one["id"] in named), None)
    return found if _secret_of(webhook) else None


def _is_hidden(webhook: Json) -> bool:
    """Tell whether Port shows stars for the secret, which mustn't take its place."""
    return set(_secret_of(webhook)) <= {"*"}


def _without_secret(webhook: Json) -> Json:
    security = {**(webhook.get("security") or {})}
    security.pop("secret", None)
    return {**webhook, "security": security}


def _signed(webhook: Json, subscription: Json, ends: WebhookEndpoints) -> Json:
    """Let the webhook check the signatures of a new subscription, and name it."""
    secret = str((subscription.get("delivery_method") or {}).get("secret") or "")
    if not secret and not ends.dry_run:
        raise NotApplicable(
            f"PagerDuty gave no secret for webhook subscription {subscription['id']}",
            "without it Port can't tell PagerDuty's events from anybody else's",
            "delete the subscription in PagerDuty under Integrations, and run setup again",
        )
    ends.mask(secret)
    security = {**webhook["security"], **({"secret": secret} if secret else {})}
    return {**webhook, "description": f"{_IN_PORT} {subscription['id']}", "security": security}


def _follow(ends: WebhookEndpoints, subscription: Json, scope: Json) -> Step:
    """Let a subscription tell all that is wanted; what else it tells stays."""
    before = {name: subscription.get(name) for name in ("active", "events", "filter")}
    told = list(before["events"] or ())
    events = [*told, *(one for one in EVENTS if one not in told)]
    changes = differences(before, {"active": True, "events": events, "filter": scope})
    if changes:
        wanted = {"active": True, "events": events, "filter": scope}
        ends.pagerduty.update(subscription["id"], wanted)
    return Step("subscription", subscription["id"], "changed" if changes else "unchanged", changes)


def _end(
    ends: WebhookEndpoints, subscriptions: Iterable[Json]
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """End subscriptions whose signatures Port can't check; what stays is only a nuisance."""
    gone, warnings = [], []
    for one in subscriptions:
        try:
            ends.pagerduty.delete(one["id"])
        except ApiError as error:
            warnings.append(f"Port refuses what this subscription delivers: {error}")
        else:
            gone.append(Step("subscription", one["id"], "removed"))
    return tuple(gone), tuple(warnings)


def _disabled(subscription: Json) -> tuple[str, ...]:
    if not (subscription.get("delivery_method") or {}).get("temporarily_disabled"):
        return ()
    text = (
        f"PagerDuty has disabled webhook subscription {subscription['id']} for a day, since Port "
        "did not take what it delivered: see the audit log of the webhook in Port."
    )
    return (text,)
