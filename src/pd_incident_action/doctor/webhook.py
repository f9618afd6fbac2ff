"""Checks of the way from PagerDuty's events to Port's catalog, which `setup` lays."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from pd_incident_action.errors import ApiRejected
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.webhooks import WebhookSubscription, WebhookSubscriptions
from pd_incident_action.port.client import PortClient
from pd_incident_action.port.resources import PortResources, PortWebhook
from pd_incident_action.setup import resources
from pd_incident_action.setup.webhook import EVENTS

from .finding import Finding, error, ok, warning

_SETUP = "run operation: setup"
_MAY_NOT_READ = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def check_webhook(port: PortClient, pagerduty: PagerDuty | None, *, ping: bool) -> list[Finding]:
    """Check that what happens in PagerDuty arrives in Port; raises `ApiError`.

    Args:
        port: Port's API.
        pagerduty: PagerDuty's REST API, or None where only Port can be looked at.
        ping: whether PagerDuty is to send Port a test event.
    """
    name = resources.webhook()["identifier"]
    what = f"webhook {name}"
    try:
        found = PortResources(port).find("webhook", name)
        if found is None:
            return [ok(what, "isn't in Port, which shows only what the action does")]
        webhook = PortWebhook.read(found)
        findings = list(_check_port(what, webhook))
        if pagerduty is not None:
            findings += _check_subscription(WebhookSubscriptions(pagerduty), webhook, ping=ping)
    except ApiRejected as reason:
        if reason.status not in _MAY_NOT_READ:
            raise
        return [warning(what, f"can't be checked: {reason.summary}", reason.remedy)]
    return findings


def _check_port(what: str, webhook: PortWebhook) -> Iterator[Finding]:
    if not webhook.enabled:
        yield error(what, "is disabled in Port, so no event arrives", f"enable it, or {_SETUP}")
    elif not webhook.security.secret:
        yield error(what, "has no secret, so Port takes events from anybody", _SETUP)
    else:
        yield ok(what, "is enabled in Port, and checks signatures")


def _check_subscription(
    subscriptions: WebhookSubscriptions, webhook: PortWebhook, *, ping: bool
) -> Iterator[Finding]:
    found = [one for one in subscriptions.all() if _delivers_to(webhook, one)]
    if not found:
        what = "webhook subscription"
        yield error(what, "PagerDuty delivers nothing to Port's webhook", _SETUP)
    for one in found:
        what = f"webhook subscription {one.id}"
        missing = [event for event in EVENTS if event not in one.events]
        if not one.active:
            yield error(what, "isn't active, so PagerDuty delivers nothing", _SETUP)
        elif one.is_suspended:
            finding = "is disabled for a day, since Port didn't accept what was delivered"
            yield error(what, finding, "see the audit log of the webhook in Port")
        elif missing:
            yield warning(what, f"doesn't deliver {', '.join(missing)}", _SETUP)
        else:
            yield ok(what, "delivers every event to Port")
        if ping:
            subscriptions.ping(one.id)
            yield ok(what, "PagerDuty sends Port a test event: see the webhook's log in Port")


def _delivers_to(webhook: PortWebhook, subscription: WebhookSubscription) -> bool:
    url = subscription.url
    return url == webhook.url or bool(webhook.key and url.endswith(f"/{webhook.key}"))
