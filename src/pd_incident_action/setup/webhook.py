"""Connecting PagerDuty to Port's webhook, so that what happens there reaches the catalog.

https://developer.pagerduty.com/docs/webhooks-overview and
https://docs.port.io/build-your-software-catalog/custom-integration/webhook/
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pd_incident_action.errors import ApiError, NotApplicable
from pd_incident_action.pagerduty.webhooks import WebhookSubscription, WebhookSubscriptions
from pd_incident_action.port.mapping import Blueprint, PropertySchema
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
_INGEST = {"eu": "https://ingest.port.io", "us": "https://ingest.us.port.io"}
_INCIDENT = "pagerdutyIncident"
_SUBSCRIPTION_TEXT = "Keeps Port's catalog up to date; created by pd-incident-action"
_WEBHOOK_TEXT = "Keeps incidents and services as they are in PagerDuty, by subscription"


@dataclass(frozen=True)
class WebhookEndpoints:
    """Both ends of the connection.

    Attributes:
        region: Port's, whose URL it is where neither Port nor the user says.
        ingest_url: the user's base URL of what receives Port's webhooks.
        keeps_scope: whether a subscription that exists stays on what it is about.
    """

    port: PortResources
    pagerduty: WebhookSubscriptions
    mask: Callable[[str], None]
    step_log: StepLog
    region: str
    ingest_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    keeps_scope: bool = False

    def connect_webhook(self, desired: Json, scope: Json) -> None:
        """Have PagerDuty deliver events to Port's webhook, which checks their signatures.

        PagerDuty shows a subscription's secret only once, so the webhook's description names the
        subscription whose secret it has. Where it names none that exists, the secret is lost: a
        new subscription replaces the others. These are deleted only when Port has the new secret,
        so that no event is lost meanwhile.
        """
        name = desired["identifier"]
        found = self.port.find("webhook", name)
        # A new one is disabled until it can check signatures.
        webhook = PortWebhook.read(
            found or self.port.create("webhook", {**desired, "enabled": False})
        )
        secret, named = webhook.secret, webhook.description.split()
        self.mask(secret)
        existing = self.pagerduty.find_by_url(self._url_of(webhook))
        known = [one for one in existing if secret and one.id in named]
        before = writable_fields("webhook", webhook.raw)
        merged = merge_webhook(before, desired)
        changes = differences(_without_secret(before), _without_secret(merged))
        # A secret that Port shows as asterisks mustn't replace it.
        if known and not (changes and set(secret) == {"*"}):
            if changes:
                self.port.replace("webhook", merged)
            self.step_log.add_changes("webhook", name, changes)
            self._update_subscription(known[0], scope)
            self._delete_subscriptions(one for one in existing if one is not known[0])
            return
        subscription = self._subscribe(webhook, merged, scope)
        if found is None:
            self.step_log.add("webhook", name, "added")
        else:
            self.step_log.add("webhook", name, "changed", (*changes, "~ security.secret: new"))
        self.step_log.add("subscription", subscription, "added")
        try:
            self.pagerduty.ping(subscription)
        except ApiError as error:
            self.step_log.warnings.append(f"Whether events reach Port wasn't tried: {error}")
        self._delete_subscriptions(existing)

    def _url_of(self, webhook: PortWebhook) -> str:
        if webhook.url and self.ingest_url is None:
            return webhook.url
        return f"{self.ingest_url or _INGEST[self.region]}/{webhook.key or 'dry-run'}"

    def _subscribe(self, webhook: PortWebhook, merged: Json, scope: Json) -> str:
        """Create a subscription, and let Port's webhook check its signatures and name it."""
        delivery: Json = {"url": self._url_of(webhook)}
        if self.headers:
            headers = [{"name": name, "value": value} for name, value in self.headers.items()]
            delivery["custom_headers"] = headers
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
        return created.id

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


def _without_secret(webhook: Json) -> Json:
    security = {**(webhook.get("security") or {})}
    security.pop("secret", None)
    return {**webhook, "security": security}


def conform_webhook(
    webhook: Json, existing: Mapping[str, Json], desired: Iterable[Json]
) -> tuple[Json, list[str]]:
    """Make a webhook's mappings suit the blueprints.

    Args:
        webhook: made for the desired blueprints.
        existing: the blueprints as Port has them, by identifier.
        desired: the blueprints as they are installed.

    Returns:
        The webhook, and what the user should know about it.
    """
    ours = {body["identifier"]: Blueprint.read(body) for body in desired}
    mappings, warnings = [], dict[str, None]()
    for mapping in webhook["mappings"]:
        name = mapping["blueprint"]
        theirs = Blueprint.read(existing[name])
        conformed, left_out = conform_mapping(mapping, theirs, ours[name])
        mappings.append(conformed)
        if left_out:
            names = ", ".join(left_out)
            warnings[f"Blueprint {name} has {names} of another type: left out of webhooks."] = None
    theirs = Blueprint.read(existing[_INCIDENT])
    own = theirs.properties.keys() - ours[_INCIDENT].properties.keys()
    mappings += map(_custom_field_mapping, sorted(own))
    return {**webhook, "mappings": mappings}, list(warnings)


def _custom_field_mapping(name: str) -> Json:
    """Make the mapping of a custom field of incidents to a property of that name."""
    field = f".body.event.data.custom_fields[]? | select(.name == {json.dumps(name)})"
    return {
        "blueprint": _INCIDENT,
        "filter": f'.body.event.event_type == "incident.custom_field_values.updated" and '
        f"([{field}] | length > 0)",
        "entity": {
            "identifier": ".body.event.data.incident.id",
            "properties": {name: f"[{field}][0].value"},
        },
    }


def conform_mapping(
    mapping: Json, blueprint: Blueprint, desired: Blueprint
) -> tuple[Json, list[str]]:
    """Make a webhook's mapping suit a blueprint, since Port refuses what doesn't.

    Returns:
        The mapping, and the names of properties that were left out because of their type.
    """
    entity, left_out = {**mapping["entity"]}, list[str]()
    if "properties" in entity:
        entity["properties"] = {}
    for name, expression in mapping["entity"].get("properties", {}).items():
        theirs, ours = blueprint.properties[name], desired.properties[name]
        # Webhooks have no addresses.
        if (theirs.type, theirs.takes_users) == (ours.type, ours.takes_users):
            entity["properties"][name] = _restrict(expression, theirs, ours)
        else:
            left_out.append(name)
    if "relations" in entity:
        entity["relations"] = {
            name: expression if blueprint.relations[name].many else expression.strip("[]")
            for name, expression in entity["relations"].items()
        }
    return {**mapping, "entity": entity}, left_out


def _restrict(expression: str, existing: PropertySchema, desired: PropertySchema) -> str:
    """Make a jq expression give null in place of a value that the property doesn't take."""
    if existing.enum is None or existing.enum == desired.enum or existing.type == "array":
        return expression
    allowed = json.dumps(existing.enum, ensure_ascii=False)
    return f"({expression}) as $value | if {allowed} | index([$value]) then $value else null end"
