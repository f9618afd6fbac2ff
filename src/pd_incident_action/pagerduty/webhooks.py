"""PagerDuty's webhook subscriptions.

https://developer.pagerduty.com/api-reference/ under Webhooks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import AliasPath, Field

from pd_incident_action.http.api_model import ApiModel, Flag, Items, Members, Text, Texts, nested
from pd_incident_action.http.messages import build_path
from pd_incident_action.text import Json

from .client import PagerDuty

_PATH, _ENVELOPE = "/webhook_subscriptions", "webhook_subscription"


class CustomHeader(ApiModel):
    """A header that deliveries have."""

    name: Text = ""


class WebhookSubscription(ApiModel):
    """Which events are delivered where.

    Attributes:
        secret: what signs deliveries; a credential, shown only when the subscription is created.
        is_suspended: whether PagerDuty has given up for a day.
    """

    id: Text = ""
    active: Flag = False
    events: Texts = ()
    filter: Members[Any] = Field(default_factory=dict)
    url: Text = nested("delivery_method", "url")
    secret: Text = Field(
        default="", repr=False, validation_alias=AliasPath("delivery_method", "secret")
    )
    is_suspended: Flag = nested("delivery_method", "temporarily_disabled")
    custom_headers: Items[CustomHeader] = nested("delivery_method", "custom_headers")


class WebhookSubscriptions:
    """Reads and changes webhook subscriptions. All methods raise `ApiError`."""

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def all(self) -> Iterator[WebhookSubscription]:
        """GET /webhook_subscriptions: list them, without their secrets."""
        action = "list the webhook subscriptions"
        listed = self._pagerduty.paginate(_PATH, action, f"{_ENVELOPE}s")
        return map(WebhookSubscription.read, listed)

    def find_by_url(self, url: str) -> list[WebhookSubscription]:
        """List those that deliver to a URL."""
        return [one for one in self.all() if one.url == url]

    def create(
        self, delivery: Json, events: Sequence[str], scope: Json, description: str
    ) -> WebhookSubscription:
        """POST /webhook_subscriptions: have events delivered to a URL.

        What may have been processed isn't repeated, since the subscription would exist twice. The
        delivery's ``url`` and ``custom_headers`` can't be changed afterwards.
        """
        body = {
            "type": _ENVELOPE,
            "delivery_method": {"type": "http_delivery_method", **delivery},
            "events": list(events),
            "filter": scope,
            "description": description,
            "active": True,
        }
        action = "subscribe Port to its events (unless webhooks: false)"
        created = self._pagerduty.post_once(_PATH, action, {_ENVELOPE: body}, _ENVELOPE)
        return WebhookSubscription.read(created)

    def update(self, subscription_id: str, *, events: Sequence[str], scope: Json) -> None:
        """PUT /webhook_subscriptions/{id}: activate a subscription for some events."""
        changes = {"active": True, "events": list(events), "filter": scope}
        action = f"change webhook subscription {subscription_id}"
        path = f"{_PATH}{build_path(subscription_id)}"
        self._pagerduty.write("PUT", path, action, {_ENVELOPE: changes}, _ENVELOPE)

    def delete(self, subscription_id: str) -> None:
        """DELETE /webhook_subscriptions/{id}: delete a subscription."""
        action = f"delete webhook subscription {subscription_id}"
        path = f"{_PATH}{build_path(subscription_id)}"
        self._pagerduty.write("DELETE", path, action, None)

    def ping(self, subscription_id: str) -> None:
        """POST /webhook_subscriptions/{id}/ping: have a test event delivered."""
        path = f"{_PATH}{build_path(subscription_id, 'ping')}"
        self._pagerduty.write("POST", path, "send Port a test", None)
