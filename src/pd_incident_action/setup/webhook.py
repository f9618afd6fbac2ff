"""Connecting PagerDuty to Port's webhook, so that what happens there reaches the catalog.

https://developer.pagerduty.com/docs/webhooks-overview and
https://docs.port.io/build-your-software-catalog/custom-integration/webhook/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pd_incident_action.errors import ApiError, NotApplicable
from pd_incident_action.pagerduty.webhooks import WebhookSubscription, WebhookSubscriptions
from pd_incident_action.port.resources import PortResources, PortWebhook, writable_fields
from pd_incident_action.text import Json

from .installer import StepLog
from .merging import differences, merge_webhook

# What the webhook's mappings understand.
EVENTS = (
    "incident.acknowledged",
    "incident.annotated",
    "incident.custom_field_values.updated",
    "incident.delegated",
    "incident.escalated",
    "incident.priority_updated",
    "incident.reassigned",
    "incident.reopened",
    "incident.resolved",
    "incident.responder.added",
    "incident.responder.replied",
    "incident.service_updated",
    "incident.status_update_published",
    "incident.triggered",
    "incident.unacknowledged",
    "service.created",
    "service.deleted",
    "service.updated",
)
_SUBSCRIPTION_TEXT = "Keeps Port's catalog up to date; created by pd-incident-action"
_WEBHOOK_TEXT = "Keeps incidents and services as they are in PagerDuty, by subscription"


@dataclass(frozen=True)
class WebhookEndpoints:
    """Both ends of the connection.

    Attributes:
        keeps_scope: whether a subscription that exists stays on what it is about.
    """

    port: PortResources
    pagerduty: WebhookSubscriptions
    url_of: Callable[[PortWebhook], str]
    mask: Callable[[str], None]
    step_log: StepLog
    headers: Mapping[str, str] = field(default_factory=dict)
    keeps_scope: bool = False

    def connect_webhook(self, desired: Json, scope: Json) -> None:
        """Have PagerDuty deliver events to Port's webhook, which checks their signatures.

        PagerDuty shows a subscription's secret only once, so the webhook's description names the
        subscription whose secret it has. Where it names none that exists, the secret is lost: a
        new subscription replaces the others. These are deleted only when Port has the new secret,
        so that no event is lost meanwhile.
        """
        webhook, is_new = self._find_or_create(desired)
        existing = self.pagerduty.find_by_url(self.url_of(webhook))
        subscription = _matching_subscription(webhook, existing)
        before = writable_fields("webhook", webhook.raw)
        merged = merge_webhook(before, desired)
        changes = differences(_without_secret(before), _without_secret(merged))
        if subscription is None or (changes and _is_hidden(webhook.security.secret)):
            self._subscribe(webhook, merged, scope, () if is_new else changes, is_new=is_new)
            self._delete_subscriptions(existing)
            return
        if changes:
            self.port.replace("webhook", merged)
        self.step_log.add_changes("webhook", webhook.identifier, changes)
        self._update_subscription(subscription, scope)
        self._delete_subscriptions(one for one in existing if one is not subscription)

    def _find_or_create(self, desired: Json) -> tuple[PortWebhook, bool]:
        """Find Port's webhook, or add it; disabled, until it can check signatures."""
        found = self.port.find("webhook", desired["identifier"])
        if found is None:
            created = self.port.create("webhook", {**desired, "enabled": False})
            return PortWebhook.read(created), True
        webhook = PortWebhook.read(found)
        self.mask(webhook.security.secret)
        return webhook, False

    def _subscribe(
        self,
        webhook: PortWebhook,
        merged: Json,
        scope: Json,
        changes: tuple[str, ...],
        *,
        is_new: bool,
    ) -> None:
        """Create a subscription, and let Port's webhook check its signatures and name it."""
        headers = [{"name": name, "value": value} for name, value in self.headers.items()]
        delivery = {"url": self.url_of(webhook), **({"custom_headers": headers} if headers else {})}
        created = self.pagerduty.create(delivery, EVENTS, scope, _SUBSCRIPTION_TEXT)
        secret = created.secret
        if not secret:
            raise NotApplicable(
                f"PagerDuty returned no secret for webhook subscription {created.id}",
                "without it Port can't tell PagerDuty's events from anybody else's",
                "delete the subscription in PagerDuty under Integrations, and run setup again",
            )
        self.mask(secret)
        security = {**merged["security"], "secret": secret}
        description = f"{_WEBHOOK_TEXT} {created.id}"
        self.port.replace("webhook", {**merged, "description": description, "security": security})
        if is_new:
            self.step_log.add("webhook", merged["identifier"], "added")
        else:
            changes = (*changes, "~ security.secret: new")
            self.step_log.add_changes("webhook", merged["identifier"], changes)
        self.step_log.add("subscription", created.id, "added")
        try:
            self.pagerduty.ping(created.id)
        except ApiError as error:
            self.step_log.warnings.append(f"Whether events reach Port wasn't tried: {error}")

    def _update_subscription(self, existing: WebhookSubscription, scope: Json) -> None:
        """Let a subscription deliver all that is desired; what else it delivers stays."""
        events = [*existing.events, *(one for one in EVENTS if one not in existing.events)]
        scope = existing.filter if self.keeps_scope else scope
        before = {
            "active": existing.active,
            "events": list(existing.events),
            "filter": existing.filter,
        }
        changes = differences(before, {"active": True, "events": events, "filter": scope})
        if changes:
            self.pagerduty.update(existing.id, events=events, scope=scope)
        self.step_log.add_changes("subscription", existing.id, changes)
        held = {one.name for one in existing.custom_headers}
        if missing := [name for name in self.headers if name not in held]:
            self.step_log.warnings.append(
                f"PagerDuty can't add {', '.join(missing)} to webhook subscription {existing.id}: "
                "delete it in PagerDuty under Integrations, and run setup again."
            )
        if existing.is_suspended:
            self.step_log.warnings.append(
                f"PagerDuty has disabled webhook subscription {existing.id} for a day, since Port "
                "didn't accept what it delivered: see the audit log of the webhook in Port."
            )

    def _delete_subscriptions(self, subscriptions: Iterable[WebhookSubscription]) -> None:
        """Delete subscriptions whose signatures Port can't check; what stays does no harm."""
        for one in subscriptions:
            try:
                self.pagerduty.delete(one.id)
            except ApiError as error:
                self.step_log.warnings.append(f"Port refuses what {one.id} delivers: {error}")
            else:
                self.step_log.add("subscription", one.id, "removed")


def _matching_subscription(
    webhook: PortWebhook, existing: Iterable[WebhookSubscription]
) -> WebhookSubscription | None:
    """Find the subscription whose secret Port's webhook has."""
    if not webhook.security.secret:
        return None
    named = webhook.description.split()
    return next((one for one in existing if one.id in named), None)


def _is_hidden(secret: str) -> bool:
    """Check whether Port masks the secret, which mustn't replace it."""
    return set(secret) <= {"*"}


def _without_secret(webhook: Json) -> Json:
    security = {**(webhook.get("security") or {})}
    security.pop("secret", None)
    return {**webhook, "security": security}
